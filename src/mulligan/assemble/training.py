"""Training from beginning to end, and going on with a run: the parts are built here and handed to the loop."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mulligan import catalogue, data, report
from mulligan.assemble import budget, fine_tune
from mulligan.assemble._backend import open_backend
from mulligan.assemble.differences import refuse_changes
from mulligan.assemble.judge import Judge
from mulligan.assemble.plan import Options, Plan, make_plan, resolved_json, user_module
from mulligan.assemble.ticks import Standing, Ticks
from mulligan.errors import RunError
from mulligan.recipe import Recipe
from mulligan.run import Run
from mulligan.train import log as run_log
from mulligan.train.draws import Draws
from mulligan.train.interrupt import polite_stop
from mulligan.train.loop import Limits, Progress, loop
from mulligan.train.progress import Display, open_display
from mulligan.train.tensorboard import Events


@dataclass(frozen=True)
class Result:
    """A finished run: ``reason`` is "budget", "time", "no more gain" or "interrupted"."""

    folder: Path
    reason: str
    images: int
    scores: tuple[dict[str, Any], ...]
    best: float | None

    def to_json(self) -> dict[str, Any]:
        """As JSON's types."""
        return {f.name: getattr(self, f.name) for f in fields(self)} | {"folder": str(self.folder), "scores": list(self.scores)}

    def summary(self) -> str:
        """What a person wants to know next."""
        lines = [f"{self.folder}: {self.images:,} images, stopped by {self.reason}"]
        if self.reason == "interrupted":
            return "\n".join([*lines, f"go on with it: mulligan train --resume {self.folder}"])
        for score in self.scores:
            lines.append(f"  {score['measure']:<20} {score['value']:>10.4g}  [{score['low']:.4g}, {score['high']:.4g}]")
        return "\n".join([*lines, f"next: mulligan generate {self.folder} -n 64 --out pictures/", f"      {self.folder / 'report.html'}"])


def train(where: str, options: Options | None = None, *, out: str | Path | None = None, display: str = "auto") -> Result:
    """Train on data; DataError, RecipeError, DeviceError or RunError, each with a sentence, for what cannot be."""
    options = options or Options()
    backend = open_backend(options.backend or "torch", options.device or "auto")
    plan = make_plan(where, options, backend.device.type)
    limits, plan.recipe = budget.resolve(plan, options, backend)
    folder = Path(out) if out else _fresh_folder(where, plan.recipe.name)
    settings = {
        "seed": options.seed or 0,
        "backend": backend.name,
        "device": str(backend.device),
        "workers": options.workers,
        "limits": {"images": limits.images, "seconds": limits.seconds},
        "init": fine_tune.described(options, folder),
    }
    environment = backend.environment()
    run = Run.create(folder, resolved_json(plan, run_folder=folder, settings=settings, environment=environment))
    try:
        if plan.user_file:
            shutil.copyfile(plan.user_file, folder / plan.user_file.name)
        return _go(run, plan, backend, settings, limits, display)
    finally:
        run.unlock()


def resume(folder: str | Path, options: Options | None = None, *, display: str = "auto", where: str | None = None) -> Result:
    """Go on with a run as if it had never stopped; RunError with the difference when a setting is another one."""
    options = options or Options()
    run = Run.open(Path(folder))
    run.lock()
    try:
        resolved = run.resolved()
        plan, settings, limits = _reopened(run, resolved, options, where)
        backend = open_backend(settings["backend"], options.device or settings["device"])
        backend.use_threads(resolved["environment"].get("threads"))
        return _go(run, plan, backend, settings, limits, display)
    finally:
        run.unlock()


def _reopened(run: Run, resolved: dict[str, Any], options: Options, where: str | None) -> tuple[Plan, dict[str, Any], Limits]:
    user_file = resolved["user_file"]
    module = user_module(options.recipe if isinstance(options.recipe, str) else None, user_file)
    recipe = Recipe.from_json(resolved["recipe"], module)
    recipe = refuse_changes(run.folder, recipe, resolved, options)
    found = resolved["data"]
    where = where or (found["path"] if found["path"] == found["where"] else str(run.folder / found["path"]))
    codec = catalogue.from_json(resolved["codec"])
    source = data.open_source(where, codec, split="train", cache=None if options.cache else False)
    if source.fingerprint != found["fingerprint"]:
        raise RunError(f"the data at {where} is not what this run was started with ({found['where']}); bring that back, or start a new run")
    settings = resolved["settings"]
    limits = budget.larger(Limits(**settings["limits"]), recipe, len(source), options)
    settings = settings | {"limits": {"images": limits.images, "seconds": limits.seconds}}
    run.write_json("recipe.json", resolved | {"recipe": recipe.to_json(), "settings": settings})
    return Plan(recipe, source, codec, where, Path(options.recipe) if user_file else None, []), settings, limits


def _go(run: Run, plan: Plan, backend: Any, settings: dict[str, Any], limits: Limits, display_kind: str) -> Result:
    arrays, state, notices = run.load_checkpoint()
    progress = Progress(**state.get("progress", {}))
    step = backend.step(plan.recipe, plan.codec.shape, plan.labels, settings["seed"])
    notices += fine_tune.prepare(backend, step, settings["init"], run.folder, fresh=not arrays)
    backend.load(step, arrays)
    run_log.truncate_after(run.log, progress.images)
    with (
        run_log.Log(run.log) as log,
        open_display(display_kind, budget.described(limits)) as display,
        polite_stop() as interrupted,
    ):
        events = Events(run.folder, progress.images)
        emit = _emitter(log, events, display)
        ticks = Ticks(
            run=run,
            plan=plan,
            backend=backend,
            step=step,
            draws=(draws := Draws(settings["seed"])),
            progress=progress,
            limits=limits,
            standing=Standing(**state.get("standing", {})),
            judge=Judge(plan.source, where=plan.source.report.where, split="train", device=str(backend.device)),
            emit=emit,
        )
        ticks.scores = tuple(state.get("scores", ()))
        emit(_start_event(run, plan, progress, resumed=bool(arrays)))
        for notice in (*plan.choices, *notices):
            display.notice(notice)
        feed = backend.feed(plan.recipe, plan.source, plan.codec, draws, settings["workers"])
        reason = loop(
            step=step,
            rounds=feed.rounds(progress.images),
            numbers=plan.recipe.numbers,
            progress=progress,
            limits=limits,
            images_per_step=plan.recipe.images_per_step,
            tick_images=plan.recipe.tick_images,
            on_tick=ticks,
            checkpoint=lambda: _checkpoint(run, backend, step, ticks),
            interrupted=interrupted,
        )
        ticks.save_model()
        emit({"event": "stop", "images": progress.images, "reason": reason})
        events.close()
    report.write_report(run.folder)
    return Result(run.folder, reason, progress.images, ticks.scores, ticks.standing.best)


def _checkpoint(run: Run, backend: Any, step: Any, ticks: Ticks) -> None:
    run.save_checkpoint(ticks.progress.images, backend.arrays(step), ticks.state())


def _emitter(log: run_log.Log, events: Events, display: Display) -> Callable[[dict[str, Any]], None]:
    """Each event goes to the log, to TensorBoard and to the screen."""

    def emit(event: dict[str, Any]) -> None:
        log.write({key: value for key, value in event.items() if key not in ("share", "seconds_left")})
        events.write(event)
        show = {"resume": display.start}.get(event["event"]) or getattr(display, event["event"])
        show(event)

    return emit


def _start_event(run: Run, plan: Plan, progress: Progress, resumed: bool) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="seconds")  # for reading only: nothing depends on the clock
    kind = "resume" if resumed else "start"
    return {"event": kind, "images": progress.images, "time": now, "name": run.folder.name, "recipe": plan.recipe.name}


def _fresh_folder(where: str, recipe: str) -> Path:
    stem = f"{Path(where.replace(':', '-')).stem}-{recipe or 'own'}"
    number = 1
    while (folder := Path("runs") / f"{stem}-{number}").exists():
        number += 1
    return folder
