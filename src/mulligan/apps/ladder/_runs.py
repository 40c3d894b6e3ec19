"""One run of the ladder: how it is started, how far it is, and whether a folder that is there is this run."""

import shlex
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from mulligan.apps.ladder._rungs import Entrant, Rung
from mulligan.errors import RunError
from mulligan.report._folder import Told, read_folder
from mulligan.run import RESOLVED

ENDED = ("time", "budget", "no more gain")
ERROR = "error: "
SENTENCE = "mulligan: "
FINISHED, FAILED, UNFINISHED, MISSING = "finished", "failed", "unfinished", "missing"
DEVICE = "cpu"


@dataclass(frozen=True)
class Standing:
    """How far a run is; ``seconds`` of CPU time. ``sentence`` says why it failed or did not go on."""

    state: str
    images: int = 0
    seconds: float = 0.0
    sentence: str = ""
    is_final: bool = False


@dataclass(frozen=True)
class LadderRun:
    """``place`` is the data as one types it, ``home`` the folder of all runs of its rung."""

    rung: Rung
    entrant: Entrant
    seed: int
    place: str
    home: Path

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self.home / f"{self.entrant.name}-seed{self.seed}"

    @property
    def output(self) -> Path:
        """What its process said."""
        return self.home / f"{self.folder.name}.txt"

    def __str__(self) -> str:
        return f"{self.rung.name}/{self.folder.name}"

    @property
    def command(self) -> list[str]:
        """The process that starts it, or that goes on with it."""
        words = [sys.executable, "-m", "mulligan", "train", self.place, "--display", "silent"]
        if self._is_there:
            return [*words, "--resume", str(self.folder)]
        settings = [word for text in self.entrant.settings for word in ("--set", text)]
        limits = {"--time": self.rung.seconds, "--images": self.rung.images}
        budget = [word for name, value in limits.items() if value is not None for word in (name, f"{value:.10g}")]
        chosen = ["--recipe", self.entrant.recipe, *settings, *budget, "--clock", "cpu", "--device", DEVICE]
        return [*words, *chosen, "--seed", str(self.seed), "--out", str(self.folder)]

    @property
    def standing(self) -> Standing:
        """How far it is now."""
        said = self._said()
        if not self._is_there:
            return Standing(FAILED if said else MISSING, sentence=said)
        told = read_folder(self.folder)
        ticks, stops = told.of("tick"), told.events[-1:]
        seconds = float(ticks[-1].get("seconds") or 0.0) if ticks else 0.0
        reason = str(stops[0].get("reason", "")) if stops and stops[0].get("event") == "stop" else ""
        if reason in ENDED:
            return Standing(FINISHED, told.images, seconds, is_final=True)
        if reason.startswith(ERROR):
            return Standing(FAILED, told.images, seconds, reason.removeprefix(ERROR), is_final=True)
        return Standing(UNFINISHED, told.images, seconds, said)

    def refuse_another(self) -> None:
        """RunError where the folder holds another run than this one."""
        if not self._is_there:
            return
        told = read_folder(self.folder)
        found, wanted = _identity(told), self._wanted()
        for name, value in wanted.items():
            if found[name] != value:
                advice = "name the same with --time and --recipes, or another folder with --out"
                raise RunError(f"{self.folder} has the {name} {found[name]}, not {value}; {advice}")

    def _wanted(self) -> dict[str, Any]:
        return {
            "data": self.rung.data,
            "recipe": self.entrant.recipe,
            "settings": _words(self.entrant.settings),
            "seed": self.seed,
            "budget": _budget(self.rung.seconds, self.rung.images, "cpu"),
            "device": DEVICE,
        }

    @property
    def _is_there(self) -> bool:
        return (self.folder / RESOLVED).is_file()

    def _said(self) -> str:
        """The sentence that its process ended with, if it was a complaint."""
        lines = self.output.read_text(encoding="utf-8", errors="replace").splitlines() if self.output.is_file() else []
        return lines[-1].removeprefix(SENTENCE) if lines and lines[-1].startswith(SENTENCE) else ""


def _identity(told: Told) -> dict[str, Any]:
    """What a run folder says of the same things."""
    settings = told.section("settings")
    limits = settings.get("limits") or {}
    typed = shlex.split(str(told.resolved.get("command", "")))
    return {
        "data": told.section("data").get("where"),
        "recipe": told.section("recipe").get("name"),
        "settings": _words(tuple(after for word, after in pairwise(typed) if word == "--set")),
        "seed": settings.get("seed"),
        "budget": _budget(limits.get("seconds"), limits.get("images"), limits.get("clock", "wall")),
        "device": settings.get("device"),
    }


def _words(settings: tuple[str, ...]) -> str:
    return " ".join(settings) or "none"


def _budget(seconds: float | None, images: int | None, clock: str) -> str:
    """A budget in words."""
    words = [f"{seconds:g} s of {clock} time"] if seconds is not None else []
    return " or ".join([*words, *([f"{images:,} images"] if images is not None else [])])
