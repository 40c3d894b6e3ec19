"""What the backends of all frameworks do alike: feed a step, and make its product ready for use."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from mulligan.assemble.look import labels_in_shares
from mulligan.recipe import Recipe
from mulligan.train.draws import Draws, Share

SAMPLE_BATCH = 256
RESIDENT_BYTES = 2 * 1024**3  # larger sets are not held on the device, but streamed
_CALIBRATION_SAMPLES = 1024


class Framework:
    """The base of each ``Backend``, which says where tensors go and how statistics are measured."""

    feeds: Any  # the framework's own
    group: Any

    @property
    def place(self) -> Any:
        """The device as the framework's feeds want it."""
        raise NotImplementedError

    def measure(self, network: Any, latent: np.ndarray, label: np.ndarray | None) -> None:
        """Measure what is no weight of a network for these inputs."""
        raise NotImplementedError

    def feed(
        self,
        recipe: Recipe,
        source: Any,
        codec: Any,
        draws: Draws,
        workers: int,
        tell: Callable[[str], None] = lambda notice: None,
    ) -> Any:
        """Batches of the source for the turns of the recipe's game; ``tell`` hears of what was mended."""
        if self.group.size > 1:
            draws = Share(draws.seed, self.group.rank, self.group.size, recipe.accumulate)
        how: dict[str, Any] = {"draws": draws, "batch_size": recipe.batch_size, "labels": recipe.labels}
        how |= {"scale": codec.scale, "offset": codec.offset, "device": self.place}
        if source.nbytes <= RESIDENT_BYTES:
            pictures = self.feeds.resident(source, **how)
        else:
            pictures = self.feeds.streamed(source, **how, workers=workers, tell=tell)
        return self.feeds.Feed(
            game=recipe.game,
            draws=draws,
            pictures=pictures,
            batch_size=recipe.batch_size,
            latent=recipe.latent_size,
            device=self.place,
            augment_uniforms=recipe.augment.uniforms if recipe.augment else 0,
            mirror=recipe.mirror,
        )

    def product(self, step: Any, recipe: Recipe, draws: Draws, class_counts: tuple[int, ...]) -> Any:
        """The averaged product, with what is no weight measured for it; labels come in the shares of the data."""
        step.ema.take_buffers(step.networks[step.game.product])
        latent = draws.normal("recalibrate", 0, _CALIBRATION_SAMPLES, (recipe.latent_size,))
        uniform = draws.uniform("recalibrate/label", 0, len(latent))
        self.measure(step.ema.network, latent, labels_in_shares(class_counts, uniform) if class_counts else None)
        return step.ema.network


def in_batches(latent: np.ndarray, label: np.ndarray | None) -> Iterator[tuple[np.ndarray, ...]]:
    """Latents, and labels where there are any, in parts that a network is given at once."""
    for start in range(0, len(latent), SAMPLE_BATCH):
        rows = slice(start, start + SAMPLE_BATCH)
        yield (latent[rows],) if label is None else (latent[rows], label[rows].astype(np.int64))
