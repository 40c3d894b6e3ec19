"""How good a model, a run or a folder of pictures is, in numbers with their protocol, beside what real data gets."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal

from mulligan import kinds
from mulligan.apps import _stored
from mulligan.apps._evaluation import Evaluation
from mulligan.apps._progress import bars
from mulligan.apps._seeds import over_seeds
from mulligan.apps._side import OfModel, Side, open_side
from mulligan.apps.path_length import path_length
from mulligan.assemble._backend import open_backend
from mulligan.assemble.judge import FEWEST_SAMPLES, OF_GENERATOR, Judge, Verdict, file_of, other_half, real_side
from mulligan.errors import DataError, RecipeError
from mulligan.metrics import Features, Score
from mulligan.run import RESOLVED, Run

__all__ = ["Evaluation", "evaluate"]

SAMPLES = 10_000
REAL_SAMPLES = 60_000  # of the real side at most, spread over all of it
Names = str | Sequence[str]


@dataclass(frozen=True)
class Asked:
    """The protocol as it was asked for: everything that decides the numbers beside the model and the data."""

    samples: int = SAMPLES
    split: str = "train"
    seed: int = 0
    seeds: int = 1
    measures: tuple[str, ...] | None = None
    quick: bool = False

    def __post_init__(self) -> None:
        if self.seeds < 1 or self.seed < 0:
            raise RecipeError(f"{self.seeds} seeds from {self.seed} on are none; expected 1 or more, seed 0 or more")

    @property
    def of_samples(self) -> tuple[str, ...] | None:
        """Those of the measures that look at samples; None for all that there are."""
        return self.measures and tuple(name for name in self.measures if name != OF_GENERATOR)

    @property
    def all_seeds(self) -> range:
        """The seeds of the samples."""
        return range(self.seed, self.seed + self.seeds)


@dataclass
class Found:
    """What is gathered on the way, extractor by extractor."""

    scores: list[Score] = field(default_factory=list)
    floor: list[Score] = field(default_factory=list)
    best: list[Score] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    why_no_floor: str = ""


@kinds.checked()
def evaluate(what: str | PathLike[str], data: str | PathLike[str] | None = None, *, samples: int = SAMPLES,
             extractor: Names = "auto", split: str = "train", seed: int = 0, seeds: int = 1,
             measures: Names | None = None, quick: bool = False, checkpoint: str | None = None,
             recipe: str | PathLike[str] | None = None, device: str = "auto", backend: str | None = None,
             display: Literal["auto", "silent"] = "auto", reuse: bool = False) -> Evaluation:  # fmt: skip
    """Score ``what`` (a run, a model file, or pictures in any form that training takes) against ``data``.

    A run knows its data, is scored by its last model unless ``checkpoint`` is "best", and keeps what was found in its
    folder; ``reuse`` takes what it has kept where model, data and words are the same. ``seeds`` draws of samples give
    means. DataError, RunError, RecipeError or ModelFileError where it cannot be.
    """
    path, asked = Path(what), Asked(samples, split, seed, seeds, _measures(measures), quick)
    how, extractors = {"recipe": recipe, "device": device, "backend": backend}, _names(extractor, "extractor")
    side = open_side(path, None if data is None else fspath(data), samples, checkpoint, **how)
    _check_count(side.count, str(path), _arrays_in(path))
    if seeds > 1 and not isinstance(side, OfModel):
        raise RecipeError(f"{what} is samples, the same ones for every seed; leave --seeds out, or name a run")
    best = _best_beside(path, side, checkpoint, **how)
    eyes = side.model.backend if isinstance(side, OfModel) else open_backend(backend, device)
    on, notices = {"device": str(eyes.device), "framework": eyes.name}, list[str]()
    with bars(display) as progress:
        judges = _judges(side, asked, extractors, tell=notices.append, progress=progress, **on)
        about = side.about | {"request": _request(judges, asked, best)}
        run = Run.open(path) if (path / RESOLVED).is_file() else None
        if reuse and run and (kept := _stored.read(run, about)):
            return kept
        found = Found()
        for judge in judges if asked.of_samples != () else []:
            _measure(judge, side, best, asked, found)
        if OF_GENERATOR in (asked.measures or ()):
            found.scores += over_seeds([_of_generator(side, asked, seed) for seed in asked.all_seeds], asked.all_seeds)
        about["data"] = judges[0].source.report.where  # its name decides nothing, and is no part of the request
        if best:
            about["best_images"] = best.about["images"]
        result = Evaluation(path.absolute().name, found.scores, found.floor or None, found.why_no_floor, found.best,
                            found.left_out, notices, about)  # fmt: skip
        return _stored.write(run, result, side, judges[0].source, asked.seed) if run else result


def _measures(given: Names | None) -> tuple[str, ...] | None:
    return None if given is None else _names(given, "measures")


def _names(given: Names, option: str) -> tuple[str, ...]:
    """Names in a list, or in one text with commas between them; RecipeError where there is none."""
    names = given.split(",") if isinstance(given, str) else given
    found = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    if not found:
        raise RecipeError(f"--{option} was typed without a name; name one or more, or leave --{option} out")
    return found


def _best_beside(path: Path, side: Side, checkpoint: str | None, **how: Any) -> OfModel | None:
    """The run's best model, where the last is scored and another one is the best."""
    if checkpoint == "best" or not isinstance(side, OfModel) or not (path / RESOLVED).is_file():
        return None
    if not (file := Run.open(path).best).is_file():
        return None
    best = open_side(file, side.where, side.count, None, **how)
    assert isinstance(best, OfModel)
    return best if best.about["model"] != side.about["model"] else None


def _judges(side: Side, asked: Asked, extractors: tuple[str, ...], **words: Any) -> list[Judge]:
    """One for each extractor, over one opened source."""
    source = real_side(side.where, side.codec, asked.split)
    _check_count(len(source), side.where)
    shown = asked.split if asked.split != "test" or source.has_test_split else "all"
    test = (lambda: other_half(side.where, side.codec)) if asked.split == "train" else _no_test
    words |= {"where": source.report.where, "split": shown, "real": REAL_SAMPLES, "test": test}
    pictures = len(source.shape) == 3
    if not pictures and extractors != ("auto",):
        raise RecipeError(f"{side.where} holds points, which are scored as they are; leave --extractor out")
    return [Judge(source, extractor=name, **words) for name in (extractors if pictures else ("auto",))]


def _no_test() -> None:
    raise DataError("the real side is not train")


def _request(judges: list[Judge], asked: Asked, best: OfModel | None) -> dict[str, Any]:
    """All that decides the numbers beside the model itself."""
    from mulligan import __version__

    words = {"samples": asked.samples, "split": asked.split, "seed": asked.seed, "seeds": asked.seeds}
    chosen = {"measures": None if asked.measures is None else list(asked.measures), "quick": asked.quick}
    beside = {"best": best.about["model"]} if best else {}
    if (test := judges[0].test) is not None:
        beside["held_out_hash"] = test.fingerprint
    return {"mulligan": __version__, "judges": [judge.about for judge in judges], **words, **chosen, **beside}


def _measure(judge: Judge, side: Side, best: OfModel | None, asked: Asked, found: Found) -> None:
    """One extractor's numbers: of the samples of each seed, of the best model, and of real samples."""
    seeds, chosen = asked.all_seeds, None if asked.of_samples is None else judge.named(asked.of_samples)
    verdicts, held_out = [], judge.held_out()
    for seed in seeds:
        fake = _features(judge, side, seed, "samples" if len(seeds) == 1 else f"samples of seed {seed}")
        words: dict[str, Any] = {"protocol": side.protocol(seeds), "held_out": held_out, "quick": asked.quick,
                                 "without": _unknown_training(judge, side)}  # fmt: skip
        verdicts.append(judge.verdict(fake, chosen, **words))
        for name, why in verdicts[-1].left_out.items():
            if chosen is not None:
                named = dict(zip(map(file_of, chosen), asked.of_samples or (), strict=True))
                raise DataError(f"{named[name]} was asked for and cannot be measured: {why}")
            found.left_out[name] = why
    found.scores += over_seeds([verdict.scores for verdict in verdicts], seeds)
    if best:
        found.best += _deciding(judge, best, seeds).scores
    found.floor += judge.floor(side.count, chosen, quick=asked.quick) or []
    found.why_no_floor = judge.why_no_test


def _unknown_training(judge: Judge, side: Side) -> dict[str, str]:
    """Copies of training samples are looked for among those that the model was trained on, and nowhere else."""
    if not isinstance(side, OfModel) or side.trained_on == judge.source.fingerprint:
        return {}
    return {"memorization": f"{side.model.name} was not trained on these real samples; leave --data and --split out"}


def _of_generator(side: Side, asked: Asked, seed: int) -> list[Score]:
    if not isinstance(side, OfModel):
        raise DataError(f"{OF_GENERATOR} is asked of a generator, and pictures have none; name a run or a model file")
    score = path_length(side.model, pairs=asked.samples, seed=seed)
    return [replace(score, protocol=score.protocol | side.protocol(asked.all_seeds))]


def _deciding(judge: Judge, best: OfModel, seeds: range) -> Verdict:
    fake = _features(judge, best, seeds[0], "samples of the best model")
    return judge.verdict(fake, judge.named(["frechet"]), protocol=best.protocol(seeds[:1]))


def _features(judge: Judge, side: Side, seed: int, what: str) -> Features:
    labels = side.labels(seed, tuple(judge.source.class_names))
    return judge.features(side.chunks(seed), side.count, labels, what)


def _check_count(count: int, what: str, instead: str = "") -> None:
    if count < FEWEST_SAMPLES:
        raise DataError(
            f"{what} gives {count} samples, too few to be scored; expected {FEWEST_SAMPLES} or more{instead}"
        )


def _arrays_in(path: Path) -> str:
    """Beside the one picture of points that were generated lie the points."""
    found = sorted(path.glob("*.npz")) if path.is_dir() else []
    return f"; perhaps {found[0]} was meant" if found else ""
