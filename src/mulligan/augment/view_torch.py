"""What a critic is shown of a sample in PyTorch: augmented, and with instance noise."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from mulligan.augment import diffaug


class View:
    """(samples, the name they go by, the batch) -> what the critic sees; both steps are differentiable twice."""

    def __init__(self, augment: Callable[[Tensor, Tensor, float], Tensor] | None) -> None:
        self.augment = augment

    def __call__(
        self, samples: Tensor, name: str, batch: Mapping[str, Tensor], *, numbers: Mapping[str, float]
    ) -> Tensor:
        if self.augment is not None and numbers["augment_probability"] > 0:
            uniforms = diffaug.uniforms_for(name, samples, batch)
            samples = self.augment(samples, uniforms, numbers["augment_probability"])
        if numbers["instance_noise"] > 0:
            samples = samples + numbers["instance_noise"] * torch.randn_like(samples)
        return samples
