"""What an evaluation found: scores, those of real samples beside them, and how all of them were measured."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mulligan.disk import whole_file
from mulligan.metrics import Score

_HASH_DIGITS = 12


@dataclass(frozen=True, repr=False)
class Evaluation:
    """``scores`` of what was asked about; ``floor``: what real samples of the test split get, or ``why_no_floor``.

    ``best`` is the deciding score of the run's best model, where that is not the last; ``left_out`` says why a measure
    is missing; ``about`` which model it was, and what was asked for.
    """

    what: str
    scores: list[Score]
    floor: list[Score] | None
    why_no_floor: str = ""
    best: list[Score] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return self.table()

    def to_json(self) -> dict[str, Any]:
        """As JSON's types."""
        floor = None if self.floor is None else [score.to_json() for score in self.floor]
        told = {name: value for name in ("left_out", "notices", "about") if (value := getattr(self, name))}
        told |= {"why_no_floor": self.why_no_floor} if self.why_no_floor else {}
        told |= {"best": [score.to_json() for score in self.best]} if self.best else {}
        return {"what": self.what, "scores": [score.to_json() for score in self.scores], "floor": floor, **told}

    def save(self, path: Path) -> None:
        """Write ``to_json`` to a file; RunError where that cannot be."""
        with whole_file(path) as temporary:
            temporary.write_text(json.dumps(self.to_json(), indent=2), encoding="utf-8")

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Evaluation":
        """What ``to_json`` wrote; entries of later versions are left aside."""
        told = {name: content[name] for name in ("why_no_floor", "left_out", "notices", "about") if name in content}
        floor, best = _scores(content.get("floor")), _scores(content.get("best"))
        return cls(content["what"], _scores(content["scores"]), floor or None, best=best, **told)

    def table(self) -> str:
        """The numbers as a person reads them, and below how all of them were measured: a table for each extractor."""
        parts = [self._part(extractor) for extractor in dict.fromkeys(score.extractor for score in self.scores)]
        told = [*(f"left out: {name}, {why}" for name, why in self.left_out.items()), *self.notices]
        told += [f"{'no floor':<20} {self.why_no_floor}"] if self.why_no_floor else []
        return "\n".join(line.rstrip() for line in ["\n\n".join(parts), *told])

    def _part(self, extractor: str) -> str:
        scores = [score for score in self.scores if score.extractor == extractor]
        floors = {score.measure: score for score in self.floor or () if score.extractor == extractor}
        beside = f"{next(iter(floors.values())).protocol['fake']:,} real get" if floors else ""
        beside += " (fewer)" if any(fewer(floors.get(score.measure), score) for score in scores) else ""
        wide = max(20, *(len(score.measure) for score in scores))
        lines = [f"{self.what[:20]:<{wide}} {'value':>9}  {'95 % interval':<22} {'better':<8} {beside}"]
        for score in scores:
            real = f"{floors[score.measure].value:.4g}" if score.measure in floors else ""
            lines.append(f"{_number(score.measure, score, wide)} {score.better:<8} {real}")
        for best in self.best:
            if best.extractor == extractor:
                alone = best.protocol.get("samples_seed")
                seed = f", of seed {alone} alone" if alone != scores[0].protocol.get("samples_seed") else ""
                after = f"after {self.about.get('best_images', 0):,} images{seed}; all of it: --checkpoint best"
                lines.append(f"{_number(f'best {best.measure}', best, wide)} {after}")
        data = {"data": self.about["data"]} if "data" in self.about else {}
        lines += ["", *(f"{name:<20} {value}" for name, value in (data | shared(scores)).items())]
        return "\n".join(line.rstrip() for line in lines)


def fewer(floor: Score | None, score: Score) -> bool:
    """Whether there were fewer real samples than generated ones, so that the two are not quite alike."""
    return floor is not None and floor.protocol.get("fake", 0) < score.protocol.get("fake", 0)


def _scores(content: Any) -> list[Score]:
    return [Score.from_json(one) for one in content or ()]


def _number(name: str, score: Score, wide: int) -> str:
    return f"{name:<{wide}} {score.value:>9.4g}  {f'{score.low:.4g} to {score.high:.4g}':<22}"


def shared(scores: Sequence[Score]) -> dict[str, Any]:
    """What the protocols of all scores have in common, hashes cut to the digits that one compares."""
    first, *others = (score.protocol for score in scores)
    alike = {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}
    return {name.replace("_", " "): _short(name, value) for name, value in alike.items()}


def _short(name: str, value: Any) -> Any:
    return value[:_HASH_DIGITS] if name.endswith("_hash") and value else value
