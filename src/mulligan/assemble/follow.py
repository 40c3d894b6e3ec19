"""Training in a process that does not lead: the same steps, and nothing that is written, shown or decided."""

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mulligan import catalogue, data
from mulligan.assemble import budget, fine_tune, own_file
from mulligan.assemble._backend import open_backend
from mulligan.assemble.plan import Options, Plan
from mulligan.assemble.probe import choose_threads
from mulligan.assemble.result import Result
from mulligan.errors import DataError
from mulligan.recipe import Recipe
from mulligan.train.draws import Draws
from mulligan.train.interrupt import polite_stop
from mulligan.train.loop import Limits, Progress, loop


def lead(backend: Any, plan: Plan) -> None:
    """Tell the others of the run before its first step; RecipeError where a batch cannot be shared evenly."""
    plan.recipe.refuse_uneven(backend.group.size)
    backend.group.agree(
        {
            "backend": backend.name,
            "device": backend.device.type,
            "recipe": plan.recipe.to_json(),
            "unresolved": plan.unresolved.to_json(),
            "codec": catalogue.to_json(plan.codec),
            "where": plan.where,
            "fingerprint": plan.source.fingerprint,
            "user_file": own_file.described(plan.user_file),
        }
    )
    backend.meet()


def lead_sitting(backend: Any, plan: Plan, settings: dict[str, Any], progress: Progress, step: Any) -> None:
    """Tell the others what was decided, and give their networks the state of the leader's."""
    threads = backend.environment()["threads"]
    decided = {"recipe": plan.recipe.to_json(), "settings": settings, "progress": asdict(progress), "threads": threads}
    backend.group.agree(decided)
    backend.share(step)


def follow(group: Any, options: Options, where: str | None, *, fresh: bool) -> Result:
    """Train with the leader: what was found, chosen and measured there holds here too."""
    told = group.agree(None)
    backend = open_backend(told["backend"], told["device"], group)
    module = own_file.load(options.recipe, told["user_file"])
    with backend.threads_kept():
        plan = _plan(group.rank, told, module, options, where)
        backend.meet()
        if fresh:
            choose_threads(plan, options, backend)
            budget.resolve(plan, options, backend)  # only for its probe, which all processes play together
        told = group.agree(None)
        plan.recipe = Recipe.from_json(told["recipe"], module)
        backend.use_threads(told["threads"])
        return _sit(backend, plan, told["settings"], Progress(**told["progress"]))


def _plan(rank: int, told: dict[str, Any], module: Any, options: Options, where: str | None) -> Plan:
    codec = catalogue.from_json(told["codec"])
    place = where or told["where"]
    source = data.open_source(place, codec, split="train", cache=options.cache_place)
    if source.fingerprint != told["fingerprint"]:
        raise DataError(f"the data at {place} is not the same for rank {rank} as for rank 0; copy it there again")
    recipe, unresolved = (Recipe.from_json(told[name], module) for name in ("recipe", "unresolved"))
    return Plan(recipe=recipe, unresolved=unresolved, source=source, codec=codec, where=place)


def _sit(backend: Any, plan: Plan, settings: dict[str, Any], progress: Progress) -> Result:
    group, seed = backend.group, settings["seed"]
    step = backend.step(plan.recipe, plan.codec.shape, plan.labels, seed)
    backend.share(step)
    if init := settings["init"]:
        backend.freeze_first_layers(step, fine_tune.CRITIC, init["freeze_layers"])
    feed = backend.feed(plan.recipe, plan.source, plan.codec, Draws(seed), settings["workers"])
    limits = Limits(images=settings["limits"]["images"])  # of clocks the leader's counts
    with polite_stop() as interrupted:
        if group.first(None) is None:  # else the leader has nothing more to gain
            _train(plan.recipe, step, feed, progress, limits, interrupted, group.first)
        group.first(interrupted.signal)
    result = group.agree(None)
    return Result(**result | {"folder": Path(result["folder"]), "scores": tuple(result["scores"])})


def _train(
    recipe: Recipe, step: Any, feed: Any, progress: Progress, limits: Limits, interrupted: Any, agreed: Any
) -> None:
    assert recipe.tick_images, "a resolved recipe says it"
    with closing(feed.rounds(progress.images)) as rounds:
        loop(
            step=step,
            rounds=rounds,
            numbers=recipe.numbers,
            progress=progress,
            limits=limits,
            images_per_step=recipe.images_per_step,
            tick_images=recipe.tick_images,
            on_tick=lambda means: None,
            checkpoint=lambda: None,
            interrupted=interrupted,
            agreed=agreed,
        )
