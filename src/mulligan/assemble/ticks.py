"""What happens at every tick of a run: a log line, a grid of samples, the model file, and now and then a score."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from mulligan import metrics
from mulligan.assemble import look, model
from mulligan.codecs._provenance import Provenance
from mulligan.codecs._write import save_png
from mulligan.run import Run
from mulligan.train.loop import Limits, Progress

GRID = 64


@dataclass
class Standing:
    """How good the run is so far: part of the state that a checkpoint keeps."""

    best: float | None = None
    best_images: int = 0
    scores_without_gain: int = 0


class Ticks:
    """The callback of the loop."""

    def __init__(
        self,
        *,
        run: Run,
        plan: Any,
        backend: Any,
        step: Any,
        draws: Any,
        progress: Progress,
        limits: Limits,
        standing: Standing,
        judge: Any,
        emit: Callable[[dict[str, Any]], None],
    ) -> None:
        self.run, self.plan, self.backend, self.step, self.draws = run, plan, backend, step, draws
        self.progress, self.limits, self.standing, self.judge, self.emit = progress, limits, standing, judge, emit
        self._ticks, self._last = 0, (progress.images, progress.seconds)
        self._latent, self._label = look.fixed_inputs(plan, draws, GRID)

    def __call__(self, means: dict[str, float]) -> str | None:
        """Write the tick; returns why to stop, where the quality has stopped rising."""
        network = self.backend.product(self.step, self.plan.recipe, self.draws, self.plan.labels)
        self.emit(self._event(means) | {"sample": self._sample(network)})
        every = self.plan.recipe.score_every_ticks * self.tick_images
        due = self.progress.images // every > (self.progress.images - self.tick_images) // every
        wish = self._score(network) if self.judge and (due or self.limits.reached(self.progress)) else None
        self.save_model(network)
        return wish

    @property
    def tick_images(self) -> int:
        """Images from one tick to the next."""
        assert self.plan.recipe.tick_images, "a resolved recipe says it"
        return self.plan.recipe.tick_images

    def save_model(self, network: Any = None, path: Any = None) -> None:
        """Write the model file as it is now."""
        network = network or self.backend.product(self.step, self.plan.recipe, self.draws, self.plan.labels)
        model.save_model(
            path or self.run.model, plan=self.plan, arrays=self.backend.product_arrays(network), images=self.progress.images, scores=self.scores
        )

    scores: tuple[dict[str, Any], ...] = ()

    def _event(self, means: dict[str, float]) -> dict[str, Any]:
        images, seconds = self._last
        self._last = (self.progress.images, self.progress.seconds)
        elapsed = max(self.progress.seconds - seconds, 1e-9)
        share = self.limits.share(self.progress)
        return {
            "event": "tick",
            "images": self.progress.images,
            "step": self.progress.steps,
            "seconds": round(self.progress.seconds, 3),
            "images_per_second": round((self.progress.images - images) / elapsed, 2),
            "terms": {name: value for name, value in means.items() if "/estimate/" not in name},
            "estimates": {name.partition("/estimate/")[2]: value for name, value in means.items() if "/estimate/" in name},
            "numbers": self.plan.recipe.numbers(self.progress.images),
            "memory_bytes": self.backend.memory_bytes(),
            "share": share,
            "seconds_left": self.progress.seconds * (1 - share) / share if share else None,
        }

    def _sample(self, network: Any) -> str:
        raw = self.plan.codec.to_raw(self.backend.sample(network, self._latent, self._label))
        path = self.run.samples / f"{self.progress.images:09d}.png"
        save_png(path, look.picture(raw), Provenance(model=self.run.folder.name))
        return f"{path.parent.name}/{path.name}"

    def _score(self, network: Any) -> str | None:
        recipe = self.plan.recipe
        raw = look.samples(self.backend, network, self.plan, self.draws, recipe.score_samples)
        protocol = {"checkpoint": "last", "samples_seed": self.draws.seed}
        scores = self.judge.score(raw, seed=0, protocol=protocol)
        self.scores = tuple(score.to_json() for score in scores)
        self.emit({"event": "score", "images": self.progress.images, "scores": list(self.scores)})
        return self._judge(scores[0], network)

    def _judge(self, first: metrics.Score, network: Any) -> str | None:
        better = self.standing.best is None or (first.value < self.standing.best) == (first.better == "lower")
        if better:
            self.standing = Standing(first.value, self.progress.images)
            self.save_model(network, self.run.best)
        else:
            self.standing = Standing(self.standing.best, self.standing.best_images, self.standing.scores_without_gain + 1)
        patience = self.plan.recipe.patience_scores
        return "no more gain" if patience is not None and self.standing.scores_without_gain >= patience else None

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps beside the tensors."""
        return {"progress": asdict(self.progress), "standing": asdict(self.standing), "scores": list(self.scores)}

