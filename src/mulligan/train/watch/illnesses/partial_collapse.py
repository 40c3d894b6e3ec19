"""Partial mode loss."""

from dataclasses import dataclass

from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness

COUNTS = ("classes_found", "modes_found")  # scores that count what the samples cover


@dataclass(frozen=True)
class PartialCollapse(Illness):
    """Samples differ, yet many are copies of each other, or each label has but one, or classes or modes are lost."""

    most_repeats: float = 0.3
    least_within: float = 0.25  # distance of two samples of a label beside that of two reals of one
    least_kept: float = 0.8  # share of the most that a run has covered, at two scores on end
    late: float = 0.3  # share of the budget, before which what is covered comes and goes, and labels alone are learned
    most_copies: float = 0.3  # of the samples of a score, at two on end,
    least_recall: float = 0.05  # while next to nothing of the data is between them,
    enough: int = 1000  # of which there are so many samples: few are known by heart, and rightly so

    explanation = "The samples show a few kinds of what the data holds, again and again. The rest of the data is lost."

    def evidence(self, history: History) -> Evidence | None:
        """Repeats among the samples, one sample to a label, or a count of classes or modes that fell."""
        if not history.has_begun:
            return None
        repeats = history.median("samples/repeats", 3)
        if repeats > self.most_repeats and history.signal("samples/diversity") > 0:
            return {"share of samples with a twin": repeats}
        within = history.median("samples/diversity_within", 3)
        if within < self.least_within and history.share > self.late:
            return {"diversity within a label beside the data's": within}
        for name in COUNTS:
            if found := history.scored(name):
                most, now = max(found), max(found[-2:])
                if now < self.least_kept * most and history.share > self.late:
                    return {f"{name} now": now, f"{name} at most": most}
        return self._scored_copies(history)

    def advice_for(self, history: History) -> str:
        """A larger batch, or more of the penalties that the run has."""
        return f"make the batch larger, or {history.heavier(3)}"

    def _scored_copies(self, history: History) -> Evidence | None:
        """The same by the scores, which look at many more samples, and at what they are like rather than at pixels."""
        copies, recall = history.scored("near_duplicates")[-2:], history.scored("recall")[-2:]
        if len(copies) < 2 or not recall or history.setting.samples < self.enough or history.share < self.late:
            return None
        is_ill = min(copies) > self.most_copies and max(recall) < self.least_recall
        return {"share of samples that repeat another": copies[-1], "recall": recall[-1]} if is_ill else None
