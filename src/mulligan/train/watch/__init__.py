"""The watch: reads the signals of a run at each tick and names what is wrong with it."""

from mulligan.train.watch._critic import critic_signals
from mulligan.train.watch._samples import sample_signals

__all__ = ["critic_signals", "sample_signals"]
