"""The watch: reads the signals of a run at each tick and names what is wrong with it."""

from mulligan.train.watch._critic import critic_signals
from mulligan.train.watch._data import data_signals
from mulligan.train.watch._finding import NOTE, SEVERE, WARNING, Finding
from mulligan.train.watch._handful import Handful
from mulligan.train.watch._history import History, Setting
from mulligan.train.watch._samples import sample_signals
from mulligan.train.watch._watch import Watch
from mulligan.train.watch.illnesses import illnesses

__all__ = [
    "NOTE",
    "SEVERE",
    "WARNING",
    "Finding",
    "Handful",
    "History",
    "Setting",
    "Watch",
    "critic_signals",
    "data_signals",
    "illnesses",
    "sample_signals",
]
