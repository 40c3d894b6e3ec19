"""Training in a process that does not lead: the same steps, and nothing that is written, shown or decided."""

from contextlib import closing
from dataclasses import asdict
from typing import Any

from mulligan import catalogue, data
from mulligan.assemble import budget, fine_tune, own_file
from mulligan.assemble._backend import open_backend
from mulligan.assemble.plan import Options, Plan
from mulligan.assemble.probe import choose_threads
from mulligan.assemble.result import Result
from mulligan.assemble.second_chance import SecondChance
from mulligan.errors import DataError, DivergedError, RecipeError
from mulligan.recipe import Recipe
from mulligan.schedule import Adaptive
from mulligan.train.draws import Draws
from mulligan.train.interrupt import polite_stop
from mulligan.train.loop import Limits, Progress, loop

AGAIN = "again"  # the leader's word for a mulligan, where it would say why to stop


def lead(backend: Any, plan: Plan) -> None:
    """Tell the others of the run before its first step; RecipeError where a batch cannot be shared evenly, or so."""
    plan.recipe.refuse_uneven(backend.group.size)
    plan.recipe.refuse_lonely(backend.group.size)
    if backend.group.size > 1 and isinstance(plan.recipe.augment_probability, Adaptive):
        advice = "give it a number or another schedule, or train with one process"
        raise RecipeError(f"augment_probability is adaptive, which several processes cannot follow; {advice}")
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


def lead_sitting(
    backend: Any, plan: Plan, settings: dict[str, Any], progress: Progress, chance: SecondChance, step: Any
) -> None:
    """Tell the others what was decided, and give their networks the state of the leader's."""
    threads = backend.environment()["threads"]
    decided = {"recipe": plan.recipe.to_json(), "settings": settings, "threads": threads}
    backend.group.agree(decided)
    _lead_from(backend, progress, chance, step)


def lead_back(backend: Any, progress: Progress, chance: SecondChance, step: Any) -> None:
    """Let the others take the mulligan that the leader took."""
    backend.group.first(AGAIN)
    _lead_from(backend, progress, chance, step)


def _lead_from(backend: Any, progress: Progress, chance: SecondChance, step: Any) -> None:
    backend.group.agree([asdict(progress), chance.to_json()])
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
        return _sit(backend, plan, told["settings"])


def _plan(rank: int, told: dict[str, Any], module: Any, options: Options, where: str | None) -> Plan:
    codec = catalogue.from_json(told["codec"])
    place = where or told["where"]
    source = data.open_source(place, codec, split="train", cache=options.cache_place)
    if source.fingerprint != told["fingerprint"]:
        raise DataError(f"the data at {place} is not the same for rank {rank} as for rank 0; copy it there again")
    recipe, unresolved = (Recipe.from_json(told[name], module) for name in ("recipe", "unresolved"))
    return Plan(recipe=recipe, unresolved=unresolved, source=source, codec=codec, where=place)


def _sit(backend: Any, plan: Plan, settings: dict[str, Any]) -> Result:
    group, draws = backend.group, Draws(settings["seed"])
    feed = backend.feed(plan.recipe, plan.source, plan.codec, draws, settings["workers"])
    with polite_stop() as interrupted:
        stretch = _next_stretch(backend, plan, settings)
        reason = group.first(None)  # the leader may have nothing more to gain
        while reason is None or reason == AGAIN:
            if reason == AGAIN:
                stretch = _next_stretch(backend, plan, settings)
            try:
                reason = _train(*stretch, plan.recipe, feed, settings["limits"]["images"], interrupted, group.first)
            except DivergedError:
                reason = group.first(None)  # which the leader found too, and knows what to do about
        group.first(interrupted.signal)
    return Result.from_json(group.agree(None))


def _next_stretch(backend: Any, plan: Plan, settings: dict[str, Any]) -> tuple[Any, Progress, SecondChance]:
    """Where the leader stands now, and a step that has the state of the leader's."""
    step = backend.step(plan.recipe, plan.codec.shape, plan.labels, settings["seed"])
    if init := settings["init"]:
        backend.freeze_first_layers(step, fine_tune.CRITIC, init["freeze_layers"])
    progress, chance = backend.group.agree(None)
    backend.share(step)
    return step, Progress(**progress), SecondChance.from_json(chance)


def _train(
    step: Any,
    progress: Progress,
    chance: SecondChance,
    recipe: Recipe,
    feed: Any,
    images: int | None,
    interrupted: Any,
    agreed: Any,
) -> str:
    assert recipe.tick_images, "a resolved recipe says it"
    with closing(feed.rounds(progress.images)) as rounds:
        return loop(
            step=step,
            rounds=rounds,
            numbers=lambda images: chance.changed(recipe.numbers(images), images),
            progress=progress,
            limits=Limits(images=images),  # of clocks the leader's counts
            images_per_step=recipe.images_per_step,
            tick_images=recipe.tick_images,
            on_tick=lambda means: None,
            checkpoint=lambda: None,
            interrupted=interrupted,
            agreed=agreed,
        )
