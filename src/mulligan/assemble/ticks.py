"""What happens at every tick of a run: a log line, a grid of samples, the model file, and now and then a score."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mulligan.assemble import look, model
from mulligan.assemble.judge import Judge
from mulligan.assemble.plan import Plan
from mulligan.assemble.second_chance import SecondChance, Trouble, calls_for_action
from mulligan.assemble.standing import Standing
from mulligan.assemble.steering import Steering
from mulligan.assemble.vitals import Vitals
from mulligan.codecs import Provenance, save_png
from mulligan.run import Run
from mulligan.train.draws import Draws
from mulligan.train.loop import Limits, Progress, diverged, passes
from mulligan.train.waiting import Waiting
from mulligan.train.watch import NOTE, SEVERE, Finding, Watch

GRID = 64
ANEW = 0.1  # of a time budget, which must be left where a run is to begin anew
_ESTIMATE, _SIGNAL = "/estimate/", "/signal/"


@dataclass
class Ticks:
    """The callback of the loop."""

    run: Run
    plan: Plan
    backend: Any
    step: Any
    draws: Draws
    progress: Progress
    limits: Limits
    judge: Judge | None
    vitals: Vitals | None
    chance: SecondChance
    steering: Steering
    acts: bool
    emit: Callable[[dict[str, Any]], None]
    tell: Callable[[str], None]
    at_once: Callable[[], AbstractContextManager]  # what may be left in the middle, when a signal says stop
    standing: Standing
    scores: tuple[dict[str, Any], ...]
    watch: Watch | None = None
    waiting: Waiting | None = None
    told: dict[str, Any] | None = None  # the event of a tick whose score was broken off

    def __post_init__(self) -> None:
        self._last = (self.progress.images, self.progress.seconds)
        self._spent = 0.0  # seconds in the last tick itself
        self._found: list[Finding] = []
        self._latent, self._label = look.fixed_inputs(self.plan, self.draws, GRID)

    def __call__(self, means: dict[str, float]) -> str | None:
        """Write the tick; returns why to stop, where the quality has stopped rising."""
        entered = self.limits.now()
        network, arrays = self._product()
        if self.told:  # and steered by: the checkpoint is of after that
            self._hear(self.told)
            self.told = None
        else:
            event = self._event(means)
            self._tell(event | {"sample": self._sample(network)})
            self.steering.after(self.plan.recipe, event["signals"])
        if self.judge and (self._score_is_due() or self.limits.reached(self.progress)):
            self._save(arrays, self.run.model)
            self.save_checkpoint()  # a score may take minutes, which a machine that is taken away does not give
            self._score(self.judge, network, arrays)
        self._save(arrays, self.run.model)
        self._spent = self.limits.now() - entered
        if self.waiting:
            self.waiting.share()  # what passed in here is none of the next tick's
        self._look_after()
        return self.given_up()

    def numbers(self, images: int) -> dict[str, float]:
        """The recipe's numbers after so many images, with what was steered and what mulligans changed."""
        return self.chance.changed(self.plan.recipe.numbers(images) | self.steering.numbers(), images)

    def go_back(self, state: dict[str, Any], step: Any) -> None:
        """Stand where a checkpoint stood, with its step; the time that has passed and the best model stay."""
        seconds, best = self.progress.seconds, self.standing
        vars(self.progress).update(state["progress"] | {"seconds": seconds})
        self.standing = replace(best, scores_without_gain=state["standing"]["scores_without_gain"])
        self.scores, self.steering = tuple(state["scores"]), Steering.of(self.plan.recipe, state.get("steering", {}))
        self.step, self._spent, self._last, self._found = step, 0.0, (self.progress.images, seconds), []
        self.save_model()
        self.save_checkpoint()  # with what was changed; the later ones go

    def act_on_what_stands(self) -> None:
        """Trouble where something severe was told before this sitting, and is still so."""
        self._act_on(self.watch.standing() if self.watch else [])

    def has_time(self, finding: Finding) -> bool:
        """Whether the way that a mulligan would go back can be made up for in part: to begin anew takes more of it."""
        if self.limits.seconds is None:
            return True
        left = 1 - (self.progress.seconds + self._spent) / self.limits.seconds
        return left > (ANEW if finding.is_inborn else 0.0)

    def ill(self) -> list[Finding]:
        """What is wrong at this tick, as far as the watch knows, the worst first; notes are not meant."""
        standing = self.watch.standing() if self.watch else []
        wrong = [finding for finding in standing if finding.severity != NOTE]
        return sorted(wrong, key=lambda finding: finding.severity != SEVERE)

    def given_up(self) -> str | None:
        """Why to stop, where the quality has stopped rising."""
        return self.standing.given_up(self.plan.recipe.patience_scores)

    def save_model(self) -> None:
        """Write the model file as it is between two ticks."""
        self._save(self._product()[1], self.run.model)

    def save_checkpoint(self) -> None:
        """Write all that a resumed run needs."""
        images, arrays = self.progress.images, self.backend.arrays(self.step)
        check_finite(arrays, images)
        kept = self.chance.kept if not self.acts else (0, *self.chance.kept)  # 0: for what is inborn
        self.run.save_checkpoint(images, arrays, self.state(), keep=kept)

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps beside the tensors."""
        return {"progress": asdict(self.progress), "standing": asdict(self.standing), "scores": list(self.scores)} | {
            "chance": self.chance.to_json(),
            "steering": asdict(self.steering),
        }

    def _tell(self, event: dict[str, Any]) -> None:
        """To the log, the screen and the watch, and what that finds to both others."""
        self.emit(event)
        self._hear(event)

    def _hear(self, event: dict[str, Any]) -> None:
        self._found = [*self._found, *(self.watch.after(event) if self.watch else ())]

    def _look_after(self) -> None:
        """Tell what was found at this tick; Trouble where it calls for a second chance."""
        found, self._found = self._found, []
        for finding in found:
            self.emit({"event": "finding", **finding.to_json()})
        if self.watch:
            self.chance.after_tick(self.progress.images, self.watch.is_suspicious)
        self._act_on(found)

    def _act_on(self, found: Iterable[Finding]) -> None:
        if self.acts and (worst := next((each for each in found if self._may_help(each)), None)):
            raise Trouble(worst)

    def _may_help(self, finding: Finding) -> bool:
        return calls_for_action(finding) and self.has_time(finding)

    def _product(self) -> tuple[Any, model.Arrays]:
        """The network that is the model, and its tensors; TrainingError where they are nothing to show or keep."""
        recipe = self.plan.recipe
        network = self.backend.product(self.step, recipe, self.draws, self.plan.class_counts)
        arrays = self.backend.product_arrays(network)
        check_finite({f"network/{recipe.game.product}/{name}": arrays[name] for name in arrays}, self.progress.images)
        return network, arrays

    def _save(self, arrays: model.Arrays, path: Path) -> None:
        made: dict[str, Any] = {"images": self.progress.images, "scores": self.scores, "framework": self.backend.name}
        model.save_model(path, plan=self.plan, arrays=arrays, **made)

    def _event(self, means: dict[str, float]) -> dict[str, Any]:
        (images, seconds), now = self._last, self.progress
        self._last = (now.images, now.seconds)
        trained = max(now.seconds - seconds - self._spent, 1e-9)
        share = self.limits.share(now)
        return {
            "event": "tick",
            "images": now.images,
            "step": now.steps,
            "seconds": round(now.seconds, 3),
            "images_per_second": round((now.images - images) / trained, 2),
            "waiting": round(self.waiting.share(), 4) if self.waiting else 0.0,
            "terms": {n: value for n, value in means.items() if _ESTIMATE not in n and _SIGNAL not in n},
            "estimates": {name.partition(_ESTIMATE)[2]: value for name, value in means.items() if _ESTIMATE in name},
            "signals": {name.replace(_SIGNAL, "/"): value for name, value in means.items() if _SIGNAL in name}
            | (self.vitals(self.step, now.images) if self.vitals else {}),
            "numbers": self.numbers(now.images),
            "memory_bytes": self.backend.memory_bytes(),
            "share": share,
            "seconds_left": now.seconds * (1 - share) / share if share else None,
        }

    def _sample(self, network: Any) -> str:
        raw = self.plan.codec.to_raw(self.backend.sample(network, self._latent, self._label))
        path = self.run.samples / f"{self.progress.images:09d}.png"
        save_png(path, look.picture(raw), Provenance(model=self.run.name))
        return f"{path.parent.name}/{path.name}"

    def _score_is_due(self) -> bool:
        recipe = self.plan.recipe
        assert recipe.tick_images, "a resolved recipe says it"
        return passes(recipe.score_every_ticks * recipe.tick_images, self.progress.images, recipe.images_per_step)

    def _score(self, judge: Judge, network: Any, arrays: model.Arrays) -> None:
        count, images = self.plan.recipe.score_samples, self.progress.images
        with self.at_once():
            raw, labels = look.samples(self.backend, network, self.plan, self.draws, count)
            first, *others = judge.score(raw, labels, protocol={"checkpoint": "last", "samples_seed": self.draws.seed})
            floor = judge.deciding_floor(count)
        self.scores = (first.to_json() | ({"floor": floor} if floor else {}), *(score.to_json() for score in others))
        self._tell({"event": "score", "images": images, "scores": list(self.scores)})
        self.standing = self.standing.after(first.value, better=first.better, images=images)
        if not self.standing.scores_without_gain:
            self._save(arrays, self.run.best)


def check_finite(arrays: model.Arrays, images: int) -> None:
    """TrainingError naming the first tensor (``network/critic/...``, ``optimizer/...``) with a number that is none."""
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise diverged(f"{name} holds numbers that are not finite", images)
