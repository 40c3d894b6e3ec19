"""One sitting of a run: its parts are built or loaded, handed to the loop, and what happens is told."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from mulligan import report
from mulligan.assemble import budget, fine_tune, follow
from mulligan.assemble.judge import FEWEST_SAMPLES, Judge, other_half
from mulligan.assemble.memory import shortage_told
from mulligan.assemble.plan import Options, Plan
from mulligan.assemble.result import INTERRUPTED, Result
from mulligan.assemble.second_chance import (
    ACT,
    MULLIGANS,
    OFF,
    Rebuild,
    SecondChance,
    Trouble,
    changes_something,
    finding_of,
    gave_up,
)
from mulligan.assemble.standing import Standing
from mulligan.assemble.steering import Steering
from mulligan.assemble.ticks import Ticks
from mulligan.assemble.vitals import Vitals
from mulligan.errors import DivergedError, MulliganError, RunError, Stopped
from mulligan.run import Run
from mulligan.schedule import Adaptive
from mulligan.train import log as run_log
from mulligan.train.draws import Draws
from mulligan.train.interrupt import polite_stop
from mulligan.train.loop import Limits, Progress, loop
from mulligan.train.progress import Display, open_display
from mulligan.train.tensorboard import Events, tensorboard_hint
from mulligan.train.waiting import Waiting
from mulligan.train.watch import Setting, Watch

Emit = Callable[[dict[str, Any]], None]


def sit(
    run: Run, plan: Plan, backend: Any, settings: dict[str, Any], notices: list[str], options: Options, display: str
) -> Result:
    """Train from the run's newest checkpoint, or its beginning, until something says stop."""
    arrays, state, damaged = run.load_checkpoint()
    step, told = _built(run, plan, backend, settings, arrays)
    limits, progress = Limits(**settings["limits"]), Progress(**state.get("progress", {}))
    chance = SecondChance.from_json(state.get("chance", {}))
    spent = [] if progress.ticking else budget.spent(limits, progress)
    follow.lead_sitting(backend, plan, settings, progress, chance, step)
    run_log.truncate_after(run.log, progress.images, ticking=progress.ticking)
    with (
        run_log.Log(run.log) as log,
        open_display(display, budget.described(limits)) as screen,
        closing(Events(run.folder, progress.images)) as events,
        polite_stop() as interrupted,
    ):
        emit = _emitter(log, events, screen)
        draws = Draws(settings["seed"])
        judge = _judge(plan, backend, options, screen.notice)
        watched = settings.get("watch", OFF) != OFF
        steered = isinstance(plan.recipe.augment_probability, Adaptive)
        seen = watched or steered
        vitals = Vitals(plan, backend, draws, held_out=lambda: judge.test if judge else None) if seen else None
        ticks = Ticks(
            run=run,
            plan=plan,
            backend=backend,
            step=step,
            draws=draws,
            progress=progress,
            limits=limits,
            judge=judge,
            vitals=vitals,
            chance=chance,
            steering=Steering.of(plan.recipe, state.get("steering", {})),
            acts=settings.get("watch") == ACT,
            emit=emit,
            tell=screen.notice,
            at_once=interrupted.at_once,
            standing=Standing(**state.get("standing", {})),
            scores=tuple(state.get("scores", ())),
        )
        with _failure_told(run, progress, emit), shortage_told(plan.recipe):
            _begin(ticks, vitals if watched else None, resumed=bool(arrays))
            for notice in (*plan.data_lines(), *plan.choices, *notices, *damaged, *told, *spent, tensorboard_hint()):
                screen.notice(notice)
            feed = backend.feed(plan.recipe, plan.source, plan.codec, draws, settings["workers"], screen.notice)
            rebuild = partial(_built, run, plan, backend, settings)
            reason = _train(ticks, feed, interrupted, rebuild, settings.get("mulligans", MULLIGANS))
        emit({"event": "stop", "images": progress.images, "reason": reason})
    report.write_report(run.folder)
    any_signal = backend.group.first(interrupted.signal)
    result = _result(ticks, reason, any_signal if reason == INTERRUPTED else None)
    backend.group.agree(result.to_json())
    return result


def _result(ticks: Ticks, reason: str, signal: int | None) -> Result:
    own_file, best = ticks.plan.user_file, ticks.standing
    return Result(
        folder=ticks.run.folder,
        reason=reason,
        images=ticks.progress.images,
        scores=ticks.scores,
        best=best.best,
        own_file=own_file.name if own_file else None,
        signal=signal,
        best_images=best.best_images,
        illnesses=tuple(finding.illness for finding in ticks.ill()),
    )


def _begin(ticks: Ticks, vitals: Vitals | None, resumed: bool) -> None:
    """Tell that the run starts or goes on, and let the watch know what the log says so far."""
    run, before = ticks.run, run_log.read(ticks.run.log)
    start = _start_event(run, ticks.plan, ticks.progress, resumed)
    if vitals and not any("setting" in event for event in before):
        start["setting"] = vitals.setting(ticks.step, fresh=not resumed).to_json()
    ticks.emit(start)
    _tell_mulligans(ticks)
    ticks.told = _told_tick(run, ticks.progress)
    ticks.watch = _watch(run, ticks.told) if vitals else None


def _tell_mulligans(ticks: Ticks) -> None:
    """Those that were taken and are not in the log: a new one, one that a kill kept from it, one that was cut off."""
    told = sum(event["event"] == "mulligan" for event in run_log.read(ticks.run.log))
    for taken in ticks.chance.taken[told:]:
        ticks.emit(taken)


def _built(
    run: Run, plan: Plan, backend: Any, settings: dict[str, Any], arrays: Mapping[str, Any]
) -> tuple[Any, list[str]]:
    """The step with a checkpoint's tensors, or at its beginning, and what is to be told of that."""
    step = backend.step(plan.recipe, plan.codec.shape, plan.labels, settings["seed"])
    told = fine_tune.prepare(backend, step, settings["init"], run.folder, fresh=not arrays)
    backend.load(step, arrays)
    return step, told


def _told_tick(run: Run, progress: Progress) -> dict[str, Any] | None:
    """The last tick of the log, where the run was broken off between it and its score."""
    ticks = [event for event in run_log.read(run.log) if event["event"] == "tick"] if progress.ticking else []
    return ticks[-1] if ticks and ticks[-1]["images"] == progress.images else None


def _watch(run: Run, but: dict[str, Any] | None = None) -> Watch:
    """A watch that knows what the log tells so far, ``but`` one event; what it found then was told then."""
    events = [event for event in run_log.read(run.log) if event != but]
    watch = Watch(Setting.of(events))
    watch.over(events)
    return watch


@contextmanager
def _failure_told(run: Run, progress: Progress, emit: Emit) -> Iterator[None]:
    """A run that fails says so in its log and its report too."""
    try:
        yield
    except MulliganError as error:
        with suppress(Exception):  # what went wrong first is what the user must hear
            emit({"event": "stop", "images": progress.images, "reason": f"error: {error}"})
            report.write_report(run.folder)
        raise


def _train(ticks: Ticks, feed: Any, interrupted: Callable[[], str | None], rebuild: Rebuild, mulligans: int) -> str:
    if ticks.progress.images == 0:
        ticks.save_checkpoint()  # from now on a resumed run needs no model that it was started from
    # A resumed run may have nothing more to gain.
    if reason := ticks.backend.group.first(ticks.given_up() or _prepare(ticks)):
        return reason
    while True:
        begun = ticks.limits.now() - ticks.progress.seconds
        try:
            ticks.act_on_what_stands()
            reason = _stretch(ticks, feed, interrupted)
        except Stopped:
            if not ticks.progress.ticking:
                raise
            # A score was broken off; the sitting that follows makes the tick anew.
            return ticks.backend.group.first(INTERRUPTED)
        except (Trouble, DivergedError) as trouble:
            ticks.progress.seconds = ticks.limits.now() - begun  # the ill tick itself has cost time too
            _again(ticks, trouble, rebuild, mulligans)
        else:
            break
    if reason == INTERRUPTED:
        ticks.save_model()
    return reason


def _prepare(ticks: Ticks) -> str | None:
    """Have what scores need before the clock of a time budget runs; a signal meanwhile is a reason to stop."""
    if ticks.judge and ticks.limits.seconds is not None and not ticks.limits.reached(ticks.progress):
        try:
            with ticks.at_once():
                ticks.judge.prepare(ticks.plan.recipe.score_samples)
        except Stopped:
            ticks.save_model()
            return INTERRUPTED
    return None


def _stretch(ticks: Ticks, feed: Any, interrupted: Callable[[], str | None]) -> str:
    """Train until something says stop, or calls for a second chance."""
    recipe = ticks.plan.recipe
    assert recipe.tick_images, "a resolved recipe says it"
    with closing(Waiting(feed.rounds(ticks.progress.images))) as rounds:
        # On a graphics card to ask for a batch is to wait for the step before it, so that the time says nothing.
        ticks.waiting = rounds if ticks.backend.device.type == "cpu" else None
        return loop(
            step=ticks.step,
            rounds=rounds,
            numbers=ticks.numbers,
            progress=ticks.progress,
            limits=ticks.limits,
            images_per_step=recipe.images_per_step,
            tick_images=recipe.tick_images,
            on_tick=ticks,
            checkpoint=ticks.save_checkpoint,
            interrupted=interrupted,
            agreed=ticks.backend.group.first,
        )


def _again(ticks: Ticks, trouble: Trouble | DivergedError, rebuild: Rebuild, mulligans: int) -> None:
    """Take a mulligan; the error where none is wanted, or none is left."""
    if isinstance(trouble, DivergedError):
        if ticks.watch is None:
            raise trouble
        finding = finding_of(trouble, ticks.watch.history, ticks.progress.images)
        ticks.emit({"event": "finding", **finding.to_json()})
        if not ticks.acts:
            raise trouble
        has_time = ticks.has_time(finding)
    else:
        finding, has_time = trouble.finding, True  # or it would not have come to this
    chance, run, numbers = ticks.chance, ticks.run, ticks.numbers(ticks.progress.images)
    if len(chance.taken) >= mulligans or not has_time or not changes_something(finding, numbers):
        raise gave_up(finding, len(chance.taken), ticks.standing, has_time=has_time) from trouble
    arrays, state, damaged = run.load_checkpoint(until=0 if finding.is_inborn else chance.healthy)
    if not arrays:
        advice = f"start a new run; if its model still is, from that: --init {run.model}"
        raise RunError(
            f"{finding.illness} called for a way back, and {run.checkpoints} is empty; {advice}"
        ) from trouble
    for notice in damaged:
        ticks.tell(notice)
    chance.take(finding, numbers, back_to=state["images"])
    ticks.go_back(state, rebuild(arrays)[0])
    follow.lead_back(ticks.backend, ticks.progress, chance, ticks.step)
    run_log.truncate_after(run.log, chance.healthy)
    _tell_mulligans(ticks)
    ticks.watch = _watch(run)


def _judge(plan: Plan, backend: Any, options: Options, tell: Callable[[str], None]) -> Judge | None:
    """Nobody, where there is too little to compare with."""
    if len(plan.source) < FEWEST_SAMPLES:
        if plan.recipe.patience_scores is not None:
            tell(f"patience: {len(plan.source)} samples are too few to be scored, so the run ends with its budget")
        return None
    test = (lambda: other_half(plan.where, plan.codec, options.cache_place)) if plan.source.has_test_split else None
    where, device = plan.source.report.where, str(backend.device)
    words: dict[str, Any] = {"device": device, "framework": backend.name, "cache": options.cache}
    return Judge(plan.source, where=where, split="train", test=test, tell=tell, **words)


def _emitter(log: run_log.Log, events: Events, screen: Display) -> Emit:
    """Each event goes to the log, to TensorBoard and to the screen."""

    def emit(event: dict[str, Any]) -> None:
        log.write({key: value for key, value in event.items() if key not in ("share", "seconds_left")})
        events.write(event)
        show = {"resume": screen.start}.get(event["event"]) or getattr(screen, event["event"])
        show(event)

    return emit


def _start_event(run: Run, plan: Plan, progress: Progress, resumed: bool) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="seconds")  # for reading only: nothing depends on the clock
    kind = "resume" if resumed else "start"
    return {"event": kind, "images": progress.images, "time": now, "name": run.name, "recipe": plan.recipe.name}
