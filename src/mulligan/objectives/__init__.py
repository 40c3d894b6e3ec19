"""What a player wants: adversarial losses and penalties, each a pure formula written once for every framework."""

from mulligan.objectives._objective import Objective, Penalty, Play

__all__ = ["Objective", "Penalty", "Play"]
