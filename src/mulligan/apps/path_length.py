"""How smoothly the pictures of a model follow its latents: its perceptual path length."""

import numpy as np

from mulligan import metrics
from mulligan.apps.model import Model
from mulligan.errors import RecipeError
from mulligan.metrics import path_length as measure
from mulligan.metrics.extractors import lpips, open_perceptual
from mulligan.twins import has_twin


def path_length(
    model: Model,
    *,
    pairs: int = 10_000,
    epsilon: float = 1e-4,
    ends: bool = False,
    extractor: str = "auto",
    seed: int = 0,
) -> metrics.Score:
    """Measure it over ``pairs`` of latents that lie ``epsilon`` apart, anywhere on random ways or at their ``ends``.

    ``extractor`` is "lpips-vgg", "lpips-alex" or any other; "auto" takes LPIPS with VGG16 where its weights are at
    hand, the pictures are large enough and the framework has a form of it, else random convolutions. Both pictures of a
    pair have the same label. RecipeError for a model of points.
    """
    if len(model.codec.shape) != 3:
        raise RecipeError(f"the model {model.name} makes points, not pictures; a path length needs pictures")
    if pairs < 2 or epsilon <= 0:
        raise RecipeError(f"{pairs} pairs {epsilon:g} apart are no steps; expected 2 or more, above 0 apart")
    if extractor == "auto":
        sees = has_twin(lpips.__name__, model.backend.name) and lpips.LPIPS["vgg"].fits(*model.codec.shape[:2])
        extractor = "lpips-vgg" if sees else "random_conv"
    eyes = _opened(extractor, device=str(model.backend.device), framework=model.backend.name)
    walk, random = _Exact(model, seed), np.random.default_rng(seed)
    found = measure.path_length(walk, eyes, model.recipe.latent_size, random, pairs=pairs, epsilon=epsilon, ends=ends)
    better, protocol = measure.BETTER[found.measure], found.how | {"samples_seed": seed}
    return metrics.Score(found.measure, found.value, found.low, found.high, better, protocol, found.details)


class _Exact:
    """Pictures in floats from 0 to 255 as the generator makes them: neither rounded nor clipped."""

    def __init__(self, model: Model, seed: int) -> None:
        self.model, self.seed, self.done = model, seed, 0

    def __call__(self, latents: np.ndarray) -> np.ndarray:
        half, codec = len(latents) // 2, self.model.codec
        _, labels = self.model.inputs(half, seed=self.seed, start=self.done)
        self.done += half
        both = None if labels is None else np.concatenate([labels, labels])
        pictures = self.model.backend.sample(self.model.network, latents.astype(np.float32), both)
        return (pictures - np.float32(codec.offset)) / np.float32(codec.scale)


def _opened(name: str, *, device: str, framework: str) -> metrics.Extractor:
    kind, _, which = name.partition("-")
    if kind == "lpips":
        return open_perceptual(which, device=device, framework=framework)
    return metrics.open_extractor(name, device=device, framework=framework)
