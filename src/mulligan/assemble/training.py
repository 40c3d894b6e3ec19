"""Training from beginning to end, and going on with a run."""

import re
import shutil
from dataclasses import asdict, replace
from os import PathLike
from pathlib import Path
from typing import Any

import mulligan
from mulligan import catalogue, data
from mulligan.assemble import budget, fine_tune, follow, memory, own_file
from mulligan.assemble._backend import open_backend
from mulligan.assemble.command import command
from mulligan.assemble.differences import refuse_changes
from mulligan.assemble.launch import joined
from mulligan.assemble.place import is_there, located, portable
from mulligan.assemble.plan import WORKERS, Options, Plan, make_plan
from mulligan.assemble.probe import choose_precision, choose_threads
from mulligan.assemble.result import Result
from mulligan.assemble.second_chance import ACT, MULLIGANS, WATCH, able_to_act, refuse_unknown
from mulligan.assemble.session import sit
from mulligan.errors import RunError
from mulligan.recipe import Recipe
from mulligan.run import RESOLVED, Run, refuse_taken
from mulligan.train.interrupt import prompt_stop
from mulligan.train.loop import Limits
from mulligan.train.reading import long_wait, reading

__all__ = ["Result", "resume", "train"]

_SECTIONS = ("recipe", "data", "codec", "settings", "environment", "user_file")


def train(
    where: str, options: Options | None = None, *, out: str | PathLike[str] | None = None, display: str = "auto"
) -> Result:
    """Train on data; DataError, RecipeError, DeviceError or RunError, each with a sentence, for what cannot be."""
    options = options or Options()
    refuse_unknown(options.watch, options.mulligans)
    with joined(options.backend) as group:
        if not group.leads:
            return follow.follow(group, options, where, fresh=True)
        if out:
            refuse_taken(Path(out))  # before the minutes that reading the data may take
        backend = open_backend(fine_tune.framework(options), options.device or "auto", group)
        with backend.threads_kept(), prompt_stop():
            return _begin(where, options, backend, out, display)


def _begin(where: str, options: Options, backend: Any, out: str | PathLike[str] | None, display: str) -> Result:
    plan = make_plan(where, options, backend.device.type, reading(display))
    if options.watch == ACT and (recipe := able_to_act(plan.recipe, plan.codec.shape, options.set)) != plan.recipe:
        plan.recipe = recipe
        plan.choices.append("augmentation: at hand with probability 0, should the critic learn its reals by heart")
    choose_precision(plan, backend)
    plan.choices += memory.fit(plan, options, backend)
    follow.lead(backend, plan)
    with long_wait(display, "trying a few steps takes long; for smaller ones type a smaller --size or --batch"):
        choose_threads(plan, options, backend)
        limits, plan.recipe = budget.resolve(plan, options, backend)
    folder = Path(out) if out else _fresh_folder(plan)
    settings = {
        "seed": options.seed or 0,
        "backend": backend.name,
        "device": str(backend.device),
        "workers": WORKERS if options.workers is None else options.workers,
        "limits": asdict(limits),
        "watch": options.watch or WATCH,
        "mulligans": MULLIGANS if options.mulligans is None else options.mulligans,
        "init": fine_tune.described(options.init, options.freeze_layers, folder),
    }
    resolved = {
        "mulligan": mulligan.__version__,
        **plan.to_json(folder),
        "settings": settings,
        "environment": backend.environment(),
        "command": command(where, options, folder),
    }
    run = Run.create(folder, resolved)
    try:
        if plan.user_file:
            shutil.copyfile(plan.user_file, folder / plan.user_file.name)
        return sit(run, plan, backend, settings, [], options, display)
    finally:
        run.unlock()


def resume(
    folder: str | Path, options: Options | None = None, *, display: str = "auto", where: str | None = None
) -> Result:
    """Go on with a run as if it had never stopped; RunError with the difference when a setting is another one.

    ``where`` names the data where its place is another one than the run remembers.
    """
    options = options or Options()
    refuse_unknown(options.watch, options.mulligans)
    with joined(options.backend) as group:
        if not group.leads:
            return follow.follow(group, options, where, fresh=False)
        run = Run.open(Path(folder))
        with prompt_stop():
            return _go_on(run, options, display, where, group)


def _go_on(run: Run, options: Options, display: str, where: str | None, group: Any) -> Result:
    run.lock()
    try:
        resolved = _complete(run.resolved(), run)
        plan = _reopened(run, resolved, options, where, display)
        settings = resolved["settings"]
        # One process has a card of its own, several have one each.
        kept = settings["device"] if group.size == 1 else settings["device"].partition(":")[0]
        backend = open_backend(settings["backend"], options.device or kept, group)
        with backend.threads_kept():
            follow.lead(backend, plan)
            backend.use_threads(resolved["environment"].get("threads"))
            notices = _moved(resolved["environment"], backend.environment())
            if told := memory.fit(plan, options, backend):
                notices += [*told, "sums over parts differ from the run's so far in their last bits"]
                run.write_json(RESOLVED, resolved | {"recipe": plan.recipe.to_json()})
            return sit(run, plan, backend, settings, notices, options, display)
    finally:
        run.unlock()


def _reopened(run: Run, resolved: dict[str, Any], options: Options, where: str | None, display: str) -> Plan:
    """The run's plan, with accepted changes taken over in ``resolved`` and in the run's file."""
    user_file = resolved["user_file"]
    module = own_file.load(options.recipe, user_file)
    before = Recipe.from_json(resolved["recipe"], module)
    # Runs of the first versions have the resolved one alone.
    unresolved = Recipe.from_json(resolved.get("unresolved", resolved["recipe"]), module)
    recipe = refuse_changes(run.folder, before, resolved, options)
    codec = catalogue.from_json(resolved["codec"])
    where, source = _same_data(run, resolved["data"], codec, options, where, display)
    settings = resolved["settings"]
    limits = budget.of_resumed(Limits(**settings["limits"]), before, recipe, len(source), options)
    recipe = replace(recipe, images=before.images)  # the length that its schedules were made for
    resolved["recipe"] = recipe.to_json()
    resolved["data"] = resolved["data"] | {"path": portable(where, run.folder)}
    resolved["settings"] = settings | {"limits": asdict(limits)}
    wishes = {name: getattr(options, name) for name in ("workers", "watch", "mulligans")}
    resolved["settings"] |= {name: wish for name, wish in wishes.items() if wish is not None}
    run.write_json(RESOLVED, resolved)
    return Plan(
        recipe=recipe,
        unresolved=unresolved,
        source=source,
        codec=codec,
        where=where,
        user_file=Path(str(options.recipe)) if user_file else None,
    )


def _same_data(
    run: Run, found: dict[str, Any], codec: Any, options: Options, where: str | None, display: str
) -> tuple[str, Any]:
    place = where or located(found["path"], run.folder)
    if not is_there(place):
        advice = f"name its new place: mulligan train DATA --resume {run.folder}"
        raise RunError(f"the data of {run.folder} ({found['where']}) is not at {place}; {advice}")
    source = data.open_source(place, codec, split="train", cache=options.cache_place, progress=reading(display))
    if source.fingerprint != found["fingerprint"]:
        advice = "bring that back, or start a new run"
        raise RunError(f"the data at {place} is not what this run was started with ({found['where']}); {advice}")
    return place, source


def _complete(resolved: Any, run: Run) -> dict[str, Any]:
    missing = [name for name in _SECTIONS if not isinstance(resolved, dict) or name not in resolved]
    if missing:
        raise RunError(f"{run.folder / RESOLVED} lacks {', '.join(missing)}; the run cannot be opened without it")
    return resolved


def _moved(then: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """A resumed run is exact on the same framework, device and number of threads."""
    then = {"processes": 1} | then
    changed = [f"{name} {then.get(name)} then, {now[name]} now" for name in now if now[name] != then.get(name)]
    return [f"the last bits of what is computed may differ: {'; '.join(changed)}"] if changed else []


def _fresh_folder(plan: Plan) -> Path:
    source, name = Path(plan.source.report.where.replace(":", "-")).stem, plan.recipe.name or "own"
    stem = re.sub(r"[^\w.-]+", "-", f"{source}-{name}")  # a name may come from a stranger's model, and lead elsewhere
    number = 1
    while (folder := Path("runs") / f"{stem}-{number}").exists():
        number += 1
    return folder
