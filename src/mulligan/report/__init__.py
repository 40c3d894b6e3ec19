"""The page of a run: one file that shows what was trained, how it went, how good it is and how to go on."""

from mulligan.report._page import write_report

__all__ = ["write_report"]
