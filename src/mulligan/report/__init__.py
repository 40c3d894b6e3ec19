"""The page of a run, and that of a comparison: one file that shows what was trained, how it went and how good it is."""

from mulligan.report._comparison import Compared, refuse_place, write_comparison
from mulligan.report._page import write_report

__all__ = ["Compared", "refuse_place", "write_comparison", "write_report"]
