"""Scores of samples against a source, in training and afterwards: extractor chosen, real side read once."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from mulligan import data, metrics
from mulligan.codecs.image import ImageCodec
from mulligan.errors import DataError
from mulligan.metrics.frechet import Frechet
from mulligan.metrics.modes import Modes

REAL_SAMPLES = 10_000
FEWEST_SAMPLES = 10  # below which a distribution cannot be told from its samples
_BATCH = 500


class Judge:
    """Measures raw samples against real ones of a source; the first score is the one that decides which model is best.

    ``test`` opens the other half of the source, where it has one; ``tell`` is given what a user should know.
    """

    def __init__(
        self,
        source: Any,
        *,
        where: str,
        split: str,
        extractor: str = "auto",
        device: str = "cpu",
        framework: str = "torch",
        real: int = REAL_SAMPLES,
        test: Callable[[], Any] | None = None,
        tell: Callable[[str], None] = lambda notice: None,
    ) -> None:
        self.source, self.real_name, self.count = source, f"{where} {split}", min(real, len(source))
        pictures = len(source.shape) == 3
        self.extractor = (
            metrics.open_extractor(extractor, self._look(), device=device, framework=framework) if pictures else None
        )
        self._test, self._tell = test, tell
        self._floor: dict[str, Any] | None = None
        self._real: metrics.Features | None = None

    @property
    def real(self) -> metrics.Features:
        """The features of the real side."""
        if self._real is None:
            self._real = self.features(self.batches(self.source, self.count))
        return self._real

    def score(self, raw: np.ndarray, *, seed: int, protocol: dict[str, Any] | None = None) -> list[metrics.Score]:
        """All measures of raw samples [n, ...]."""
        return self.score_features(self.features(iter([raw])), seed=seed, protocol=protocol)

    def score_features(
        self, fake: metrics.Features, *, seed: int, protocol: dict[str, Any] | None = None, quick: bool = False
    ) -> list[metrics.Score]:
        """All measures of features that were extracted before; ``quick`` takes the deciding one alone."""
        stamp = self._about() | (protocol or {})
        measures = self._measures(quick)
        return metrics.score_features(
            self.real, fake, only=measures, seed=seed, real_name=self.real_name, protocol=stamp
        )

    def floor(self, test: Any, count: int, *, seed: int, quick: bool = False) -> list[metrics.Score]:
        """The same measures for real samples of the other half: what a perfect model would get from so many."""
        fake = self.features(self.batches(test, min(count, len(test))))
        protocol = {"fake_side": "real samples of the test split"}
        return self.score_features(fake, seed=seed, protocol=protocol, quick=quick)

    def deciding_floor(self, count: int) -> dict[str, Any] | None:
        """What ``count`` real samples of the other half get by the deciding measure, where it can be read."""
        if self._test is not None:
            opened, self._test = self._test, None
            try:
                self._floor = self._found_floor(opened(), count)
            except DataError as error:  # a floor is good to have, and no reason to end a run
                self._tell(f"scores come without those of real samples beside them: {error}")
        return self._floor

    def _found_floor(self, test: Any, count: int) -> dict[str, Any]:
        if len(test) < FEWEST_SAMPLES:
            raise DataError(f"the test split has {len(test)}, expected {FEWEST_SAMPLES} or more")
        first = self.floor(test, count, seed=0, quick=True)[0]
        return {"value": first.value, "low": first.low, "high": first.high, "samples": min(count, len(test))}

    def features(self, batches: Iterator[np.ndarray]) -> metrics.Features:
        """Features of raw samples; points are their own."""
        if self.extractor is None:
            return metrics.Features(np.concatenate(list(batches)))
        return metrics.extract(batches, self.extractor)

    @staticmethod
    def batches(source: Any, count: int) -> Iterator[np.ndarray]:
        """``count`` samples of a source, the same ones each time and spread over all of it."""
        indices = np.sort(np.random.default_rng(0).permutation(len(source))[:count])
        for start in range(0, count, _BATCH):
            yield source.read(indices[start : start + _BATCH])["real"]

    def _look(self) -> np.ndarray:
        """A few samples, by which an extractor is chosen."""
        return next(self.batches(self.source, min(256, len(self.source))))

    def _measures(self, quick: bool) -> list[Any] | None:
        if self.extractor is None:
            truth = self.source.modes
            known = [Modes(centers=tuple(map(tuple, truth.centers)), deviation=truth.deviation)] if truth else []
            return [Frechet()] if quick else [Frechet(), *known]
        return [Frechet()] if quick else None

    def _about(self) -> dict[str, Any]:
        if self.extractor is None:
            return {"extractor": "none (points)"}
        return {
            "extractor": self.extractor.name,
            "extractor_hash": self.extractor.hash,
            "resizer": self.extractor.resizer,
        }


def real_side(where: str, codec: Any, split: str) -> Any:
    """The source of the real samples that others are held against."""
    return data.open_source(where, codec, split=split)


def given_pictures(where: str) -> tuple[Any, ImageCodec]:
    """Pictures to be scored, brought to the size and channels that most of them have; DataError where it is none."""
    found = data.survey(where)
    if found.is_points:
        raise DataError(f"{where} holds points; expected pictures, a run or a model file")
    height, width = found.size
    codec = ImageCodec(size=(height, width), channels=found.channels)
    return data.open_source(where, codec, split="all"), codec


def other_half(where: str, codec: Any, cache: bool | None = None) -> Any | None:
    """The test split of a source, where it has one."""
    test = data.open_source(where, codec, split="test", cache=cache)
    return test if test.has_test_split else None
