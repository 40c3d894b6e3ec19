"""Scores of samples against a source, in training and afterwards: extractor chosen, real side read once and kept."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from mulligan import data, metrics
from mulligan.errors import DataError, RecipeError, nearest
from mulligan.metrics._neighbors import load_neighbors
from mulligan.metrics.classification_accuracy import ClassificationAccuracy
from mulligan.metrics.frechet import Frechet
from mulligan.metrics.memorization import Memorization
from mulligan.metrics.modes import Modes
from mulligan.twins import choose

REAL_SAMPLES = 10_000  # of the real side while a run trains
HELD_OUT = 10_000  # of the test split
FEWEST_SAMPLES = 10  # below which a distribution cannot be told from its samples
KEPT_PICTURES, KEPT_BYTES = 2_000, 256 * 1024**2  # raw pictures of each side, for the measures that look at pixels
OF_GENERATOR = "path_length"  # asked of the generator itself, and only where it was named
_BATCH = 500
_READ_HELD_OUT = (Memorization, ClassificationAccuracy)

Progress = Callable[[str, int, int], None]  # told what is done, how much of it, and of how much


class Verdict(NamedTuple):
    """The scores, the deciding one first, and why each measure was left out that could not be taken."""

    scores: list[metrics.Score]
    left_out: dict[str, str]


class Judge:
    """Measures samples against real ones of a source; the first score is the one that decides which model is best.

    ``test`` opens the other half of the source, where it has one; ``tell`` is given what a user should know. ``real``
    bounds the real side, and ``cache`` says whether its features stay on disk.
    """

    def __init__(
        self,
        source: Any,
        *,
        where: str,
        split: str,
        extractor: str = "auto",
        device: str = "cpu",
        framework: str | None = None,
        real: int = REAL_SAMPLES,
        test: Callable[[], Any] | None = None,
        cache: bool = True,
        tell: Callable[[str], None] = lambda notice: None,
        progress: Progress = lambda what, done, total: None,
    ) -> None:
        self.source, self.where, self.split, self.count = source, where, split, min(real, len(source))
        self._framework, self.why_no_test = choose(framework), ""
        self.extractor = self._opened(extractor, device) if len(source.shape) == 3 else None
        self._device, self._tell, self._progress = f"{self._framework} on {device}", tell, progress
        self._cache = metrics.FeatureCache.usual(tell) if cache else None
        self._open_test, self._test = test, None
        self._has_test, self._floor_sought = test is not None, False
        self._real: metrics.Features | None = None
        self._held_out: metrics.Features | None = None
        self._floor: dict[str, Any] | None = None
        self._told: set[tuple[str, str]] = set()

    @property
    def about(self) -> dict[str, Any]:
        """What the stamp of every score says of the real side, whatever its folder is called, and of the extractor."""
        real = {"real_hash": self.source.fingerprint}
        if self.count < len(self.source):
            real["real_of"] = len(self.source)
        if self.extractor is None:
            return real | {"extractor": "none (points)"}
        named = {"extractor": self.extractor.name, "extractor_hash": self.extractor.hash}
        return real | named | {"resizer": self.extractor.resizer}

    @property
    def real(self) -> metrics.Features:
        """The features of the real side."""
        if self._real is None:
            self._real = self._features_of(self.source, self.count, f"{self.where} {self.split}")
        return self._real

    def prepare(self, count: int) -> None:
        """Load and compute now what the first score of ``count`` samples would otherwise wait for."""
        if self.extractor is not None:
            load_neighbors()
        _ = self.real
        self.deciding_floor(count)

    @property
    def test(self) -> Any | None:
        """The other half of the source; None, and then ``why_no_test`` is said, where it cannot be used."""
        if self._open_test is not None:
            opened, self._open_test = self._open_test, None
            try:
                self._test = _usable(opened())
            except DataError as error:
                self.why_no_test = str(error)
        return self._test

    def held_out(self, count: int = HELD_OUT) -> metrics.Features | None:
        """The features of at most ``count`` real samples that no training has seen."""
        if self.test is None:
            return None
        count = min(count, len(self.test))
        if self._held_out is None or len(self._held_out.values) < count:
            self._held_out = self._features_of(self.test, count, "test split")
        return _first(self._held_out, count)

    def score(self, raw: np.ndarray, labels: np.ndarray | None, *, protocol: dict[str, Any]) -> list[metrics.Score]:
        """The quick measures of raw samples [n, ...] with their labels [n], for the ticks of a run."""
        found = self.verdict(self.features(iter([raw]), len(raw), labels), quick=True, protocol=protocol)
        for name, why in found.left_out.items() - self._told:
            self._told.add((name, why))  # once, and not at every tick
            self._tell(f"{name} is not measured: {why}")
        return found.scores

    def verdict(
        self, fake: metrics.Features, measures: Sequence[Any] | None = None, *, quick: bool = False,
        protocol: dict[str, Any] | None = None, held_out: metrics.Features | None = None,
        without: Mapping[str, str] = MappingProxyType({}),
    ) -> Verdict:  # fmt: skip
        """Take measures of features that were extracted before; by default all, or all quick ones, that they feed.

        ``without`` says why some, by their files' names, cannot be taken of these samples.
        """
        real, scores, left_out = self.real._replace(held_out=held_out), [], {}
        chosen = self._fitting(real, fake, quick) if measures is None else measures
        for index, measure in enumerate(chosen):
            try:
                if why := without.get(file_of(measure)) or self._unlike_classes(measure, real, fake):
                    raise DataError(why)
                words = self.about | (protocol or {}) | self._beside(measure, held_out)
                scores += metrics.score_features(real, fake, only=[measure], real_name=self.split, protocol=words)
            except DataError as error:  # one that needs more samples than there are must not cost all others
                if isinstance(measure, Frechet):
                    raise
                left_out[file_of(measure)] = str(error)
            self._progress("measures", index + 1, len(chosen))
        return Verdict(scores, left_out)

    def floor(
        self, count: int, measures: Sequence[Any] | None = None, quick: bool = False
    ) -> list[metrics.Score] | None:
        """The same measures for ``count`` real samples of the other half: what a perfect model would get."""
        fake, test = self.held_out(count), self.test  # which then cannot be what fakes are held against as well
        if fake is None or test is None:
            return None
        protocol = {"fake_side": "real samples of the test split", "fake_hash": test.fingerprint}
        without = {"memorization": "held-out samples would be measured by themselves"}
        return self.verdict(fake, measures, quick=quick, protocol=protocol, without=without).scores

    def deciding_floor(self, count: int) -> dict[str, Any] | None:
        """What ``count`` real samples of the other half get by the deciding measure, where it can be read."""
        if self._has_test and not self._floor_sought:
            self._floor_sought = True
            if found := self.floor(count, [Frechet()]):
                about = {name: getattr(found[0], name) for name in ("value", "low", "high")}
                self._floor = about | {"samples": found[0].protocol["fake"]}
            else:  # a floor is good to have, and no reason to end a run
                self._tell(f"scores come without those of real samples beside them: {self.why_no_test}")
        return self._floor

    def features(
        self, batches: Iterator[np.ndarray], count: int, labels: np.ndarray | None = None, what: str = "samples"
    ) -> metrics.Features:
        """Features of raw samples with their labels; points are their own."""
        if self.extractor is None:
            return metrics.Features(np.concatenate(list(batches)))
        tell, kept = (lambda done: self._progress(what, done, count)), kept_pictures(self.source.shape)
        return metrics.extract(batches, self.extractor, tell, keep_raw=kept)._replace(labels=labels)

    def named(self, names: Sequence[str]) -> list[Any]:
        """The measures of these names; RecipeError with the nearest for a name that is none."""
        return [self._built(_kind(name)) for name in names]

    def _fitting(self, real: metrics.Features, fake: metrics.Features, quick: bool) -> list[Any]:
        """The deciding measure, then all others that can be taken of these samples."""
        if self.extractor is None:
            return [Frechet(), *([self._built(Modes)] if self.source.modes else [])]
        kinds = [kind for kind in metrics.fitting(real, fake) if kind is not Frechet and (kind.quick or not quick)]
        return [Frechet(), *(kind() for kind in kinds)]

    def _beside(self, measure: Any, held_out: metrics.Features | None) -> dict[str, str]:
        """Which held-out samples a measure looks at, for its stamp."""
        test = self.test if held_out is not None and isinstance(measure, _READ_HELD_OUT) else None
        return {"held_out_hash": test.fingerprint} if test is not None else {}

    def _unlike_classes(self, measure: Any, real: metrics.Features, fake: metrics.Features) -> str:
        """Why a measure of classes cannot be taken: points have none, the extractor other ones. Nothing if it can."""
        if self.extractor is None:
            said = "it needs classes, and points have none; of points type frechet, of toy data modes_found"
            return said if measure.needs & {"probabilities", "labels"} else ""
        if not measure.needs >= {"probabilities", "labels"} or not real.known & fake.known >= measure.needs:
            return ""
        theirs, mine = tuple(self.source.class_names), tuple(self.extractor.class_names or ())
        places = tuple(map(str, range(len(mine))))  # names of files that have numbers alone
        if theirs in (mine, places) or self.extractor.name == "trained":
            return ""
        return f"{self.extractor.name} knows other classes than the labels of {self.where}; type --extractor trained"

    def _built(self, kind: Any) -> Any:
        if kind is ClassificationAccuracy:
            return kind(framework=self._framework)
        if kind is not Modes:
            return kind()
        truth = self.source.modes
        if truth is None:
            raise DataError(f"the modes of {self.where} {self.split} are not known; toy data has some, as toy:ring")
        return Modes(centers=tuple(map(tuple, truth.centers)), deviation=truth.deviation)

    def _features_of(self, source: Any, count: int, what: str) -> metrics.Features:
        """Features of so many samples of a source, with its labels; those on disk are taken where there are any."""
        chosen = spread(source, count)
        labels = None if source.labels is None else source.labels[chosen]
        if self.extractor is None:
            return metrics.Features(source.read(chosen)["real"])
        key = metrics.features_key(source.fingerprint, count, self.extractor, self._device)
        found = self._cache.read(key) if self._cache else None
        if found is None:
            found = self.features(batches(source, count), count, what=what)
            if self._cache:
                self._cache.write(key, found)
        raw = source.read(chosen[: kept_pictures(source.shape)])["real"]
        return found._replace(raw=raw, labels=labels)

    def _opened(self, name: str, device: str) -> metrics.Extractor:
        """The extractor of that name, chosen by a few samples or trained on the labels of many."""
        look = next(batches(self.source, min(256, len(self.source))))
        labelled = None if self.source.labels is None else partial(_labelled, self.source)
        return metrics.open_extractor(name, look, labelled=labelled, device=device, framework=self._framework)


def spread(source: Any, count: int) -> np.ndarray:
    """The places of ``count`` samples of a source: always the same ones, in an order that says nothing of them."""
    return np.random.default_rng(0).permutation(len(source))[:count]


def batches(source: Any, count: int) -> Iterator[np.ndarray]:
    """These samples, raw."""
    return (batch["real"] for batch in _read(source, count))


def _labelled(source: Any, most: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    return ((batch["real"], batch["label"]) for batch in _read(source, min(most, len(source))))


def _read(source: Any, count: int) -> Iterator[dict[str, np.ndarray]]:
    places = spread(source, count)
    return (source.read(places[start : start + _BATCH]) for start in range(0, count, _BATCH))


def kept_pictures(shape: tuple[int, ...]) -> int:
    """How many raw pictures of a shape are kept."""
    return min(KEPT_PICTURES, KEPT_BYTES // int(np.prod(shape)))


def _first(features: metrics.Features, count: int) -> metrics.Features:
    return metrics.Features(**{name: getattr(features, name)[:count] for name in features.known})


def _kind(name: str) -> Any:
    """A measure by its file's name, or by that of one of its numbers."""
    every = metrics.measures()
    numbers = {number: kind for kind in every.values() for number in kind.better}
    if name not in {**every, **numbers}:
        rows = [*numbers, OF_GENERATOR]
        hint = nearest(name, [*every, *rows]) or f" There are {', '.join(rows)}."
        raise RecipeError(f"there is no measure {name!r}.{hint}")
    return every.get(name) or numbers[name]


def file_of(measure: Any) -> str:
    """The name of a measure's file."""
    return type(measure).__module__.rpartition(".")[2]


def real_side(where: str, codec: Any, split: str) -> Any:
    """The source of the real samples that others are held against."""
    return data.open_source(where, codec, split=split)


def other_half(where: str, codec: Any, cache: bool | None = None) -> Any | None:
    """The test split of a source, where it has one."""
    test = data.open_source(where, codec, split="test", cache=cache)
    return test if test.has_test_split else None


def _usable(test: Any) -> Any:
    if test is None:
        raise DataError("the data has no test split")
    if len(test) < FEWEST_SAMPLES:
        raise DataError(f"the test split has {len(test)} samples, expected {FEWEST_SAMPLES} or more")
    return test
