"""A critic that knows its reals by heart."""

from collections.abc import Mapping
from dataclasses import dataclass

from mulligan.train.watch._finding import SEVERE
from mulligan.train.watch._history import History
from mulligan.train.watch._illness import Evidence, Illness


@dataclass(frozen=True)
class CriticOverfitting(Illness):
    """Held-out reals are scored like fakes (Karras et al. 2020, section 3, r_v), and quality falls with it.

    On small data a critic may be far on that way while the samples still get better, so scores decide where there are
    some; the bound is higher where there are none.
    """

    most: float = 0.5
    most_unscored: float = 0.8
    worse: float = 0.1  # how far the distance to the data stays above its best
    scores: int = 3  # on end that it does so: a single one is often worse on the way
    late: float = 0.9  # share of the budget after which it is not worth while to begin anew
    most_augmented: float = 0.9  # above it more augmentation changes next to nothing
    over: int = 5  # ticks whose median counts: a hundred samples are few

    severity = SEVERE
    explanation = (
        "The critic tells the training samples from others of the same kind: it knows them by heart. "
        "What it teaches the generator is then about single samples, and quality falls."
    )
    advice = (
        "let augmentation follow it: --set augment=diffaug --set 'augment_probability=adaptive(0,0.8,20%)', "
        "raise the penalties, or bring more data"
    )

    def evidence(self, history: History) -> Evidence | None:
        """How far the held-out reals are on the way from the training reals to the fakes."""
        overfitting = history.median("critic/overfitting", self.over)
        found = {"overfitting (0 none, 1 complete)": overfitting, "accuracy": history.signal("critic/accuracy")}
        distances = history.scored("frechet")
        if len(distances) < 2:
            return found if overfitting > self.most_unscored else None
        best, newest = min(distances), distances[-min(self.scores, len(distances) - 1) :]
        if not overfitting > self.most or best <= 0:  # which is as good as can be
            return None
        lost = min(newest) / best - 1
        return found | {"distance above its best": lost} if lost > self.worse else None

    def is_inborn(self, history: History) -> bool:
        """Where augmentation is at hand and was not used: a critic that has seen all samples as they are knows them."""
        return history.setting.augments and history.number("augment_probability") == 0 and history.share < self.late

    def remedy(self, history: History) -> Mapping[str, float]:
        """Augmentation of three in four of those left as they are; else a smoother critic that learns more slowly."""
        if history.setting.augments and history.number("augment_probability") < self.most_augmented:
            return {"augment_probability": 4.0}
        return {"critic_learning_rate": 0.5} | dict.fromkeys(history.setting.penalties, 3.0)
