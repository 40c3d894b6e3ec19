"""Who plays, what each player sees, in which order they move, and what each one minimizes."""

from mulligan.games._game import Outcome, Turn

__all__ = ["Outcome", "Turn"]
