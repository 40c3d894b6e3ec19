"""A file of runs and their numbers, all measured alike, with what it takes to measure and to train each again."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock

from mulligan.apps._evaluation import Evaluation
from mulligan.apps.compare import cell, lines, markdown
from mulligan.apps.evaluate import SAMPLES, evaluate
from mulligan.assemble.place import located
from mulligan.disk import whole_file
from mulligan.errors import DataError, MulliganError, RunError
from mulligan.metrics import Score
from mulligan.run import Run

FORMAT = 1
# What may decide how a board is measured, and what it is where nobody says it.
DEFAULTS = {"samples": SAMPLES, "extractor": "auto", "measures": None, "seed": 0, "seeds": 1, "checkpoint": "last",
            "split": "train", "quick": False}  # fmt: skip
DIGITS = 8  # of a hash, in a table
# Numbers of the same samples differ by rounding alone: this share of the value, or of half of the interval.
ROUNDING, OF_INTERVAL = 1e-3, 0.1


@dataclass(frozen=True)
class Row:
    """A run: ``command`` trains it again, ``log`` and ``model`` are the SHA-256 of its log and its model's tensors."""

    run: str
    recipe: str
    command: str
    images: int
    log: str
    model: str
    scores: list[dict[str, Any]]

    @property
    def name(self) -> str:
        """The run's own name."""
        return Path(self.run).name

    @property
    def checkpoint(self) -> str:
        """Which model of the run was measured, the last or the best."""
        return str(self.evaluation.scores[0].protocol.get("checkpoint"))

    @property
    def evaluation(self) -> Evaluation:
        """Its numbers."""
        return Evaluation(self.name, [Score.from_json(score) for score in self.scores], None)


@dataclass
class Leaderboard:
    """``words`` are those of ``evaluate``, equal for all rows."""

    file: Path
    words: dict[str, Any] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)

    @classmethod
    def open(cls, file: Path) -> "Leaderboard":
        """Read a file, or begin a new one; RunError for a file that is something else."""
        if not file.exists():
            return cls(file)
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            if content["format"] > FORMAT:
                raise RunError(f"{file} was made by a newer Mulligan; type: pip install --upgrade mulligan")
            rows = [Row(**row) for row in content["rows"]]
            if not all(row.evaluation.scores for row in rows):
                raise ValueError("a row has no scores")
            if unknown := content["words"].keys() - DEFAULTS:
                raise ValueError(f"nothing is measured with {min(unknown)}")
            return cls(file, dict(content["words"]), rows)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise RunError(f"{file} is no leaderboard ({error}); name another FILE") from error

    def add(self, folder: Path, words: Mapping[str, Any], **how: Any) -> None:
        """Measure a run as all others are, and write the file; an older row of the same run makes room.

        DataError where other ``words`` are wanted than those of the board.
        """
        self._refuse_other(words)
        row = self._measured(folder, self.words or words, **how)  # which takes long, and keeps nobody waiting
        self.file.absolute().parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{self.file.resolve()}.lock"):
            there = Leaderboard.open(self.file)  # with what others have added meanwhile
            there._refuse_other(self.words or words)
            self.words = there.words or self.words or dict(words)
            self.rows = [*(kept for kept in there.rows if kept.run != row.run), row]
            self._refuse_unlike()
            with whole_file(self.file) as temporary:
                content = {"format": FORMAT, "words": self.words, "rows": [asdict(kept) for kept in self.rows]}
                temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")

    def check(self, **how: Any) -> dict[str, list[str]]:
        """Measure every run again: by its place, what no longer holds of its row. RunError where there is none."""
        if not self.rows:
            raise RunError(f"{self.file} has no rows to check; add one: mulligan leaderboard {self.file} --add RUN")
        return {row.run: self._changed(row, **how) for row in self.rows}

    def table(self) -> str:
        """The rows in Markdown, the best first, and below the commands that repeat them."""
        if not self.rows:
            return f"{self.file} has no rows yet; add one: mulligan leaderboard {self.file} --add RUN"
        found = lines([row.name for row in self.rows], [row.evaluation for row in self.rows])
        order = sorted(range(len(self.rows)), key=lambda i: self._rank(found[0].scores[i]))
        measures = [f"{line.measure} ({line.better})" for line in found]
        head = ["run", "recipe", "checkpoint", "images", *measures, "model", "log"]
        cells = [self._cells(self.rows[i], [line.scores[i] for line in found]) for i in order]
        commands = [f"- {self.rows[i].name}: `{self.rows[i].command}`" for i in order]
        return "\n".join([markdown([head, *cells]), "", *commands])

    def _refuse_other(self, words: Mapping[str, Any]) -> None:
        """What is not said is as the first row has it, or else the default."""
        for name, value in words.items() if self.rows else ():
            if (kept := (DEFAULTS | self.words).get(name)) != value:
                measured = f"{self.file} is measured with {name} {'not named' if kept is None else kept}, not {value}"
                raise DataError(f"{measured}; leave --{name} out, or begin a new FILE")

    def _refuse_unlike(self) -> None:
        try:
            lines([row.name for row in self.rows], [row.evaluation for row in self.rows])
        except DataError as error:
            raise DataError(f"{str(error).rpartition('; ')[0]}; begin a new FILE for the last") from error

    def _rank(self, score: Score | None) -> float:
        if score is None:
            return float("inf")
        return -score.value if score.better == "higher" else score.value

    def _cells(self, row: Row, scores: list[Score | None]) -> list[str]:
        about = [row.name, row.recipe, row.checkpoint, f"{row.images:,}"]
        return [*about, *map(cell, scores), row.model[:DIGITS], row.log[:DIGITS]]

    def _measured(self, folder: Path, words: Mapping[str, Any], **how: Any) -> Row:
        run = Run.open(folder)
        resolved = run.resolved()
        found = evaluate(folder, **words, **how)
        place = Path(os.path.relpath(folder.resolve(), self.file.resolve().parent)).as_posix()
        return Row(
            run=place,
            recipe=str(resolved.get("recipe", {}).get("name") or "own"),
            command=str(resolved.get("command") or "not known: an older Mulligan trained it"),
            images=int(found.about.get("images") or 0),
            log=_sha256(run.log),
            model=str(found.about["model"]),
            scores=[score.to_json() for score in found.scores],
        )

    def _changed(self, row: Row, **how: Any) -> list[str]:
        folder = Path(located(row.run, self.file.parent))
        if not folder.is_dir():
            return [f"there is no run at {folder}"]
        try:
            again = self._measured(folder, self.words, **how)
        except MulliganError as error:  # of one run, which says nothing of the others
            return [f"cannot be measured: {error}"]
        changed = [
            f"another {part} than then" for part in ("log", "model") if getattr(row, part) != getattr(again, part)
        ]
        numbers = {(score.measure, score.stamp): score for score in again.evaluation.scores}
        for score in row.evaluation.scores:
            new = numbers.get((score.measure, score.stamp))
            if new is None:
                changed.append(f"{score.measure} is not measured so any more")
            elif abs(new.value - score.value) > max(
                ROUNDING * abs(score.value), OF_INTERVAL * (score.high - score.low) / 2
            ):
                changed.append(f"{score.measure} was {score.value:.4g} and is {new.value:.4g}")
        return changed


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
