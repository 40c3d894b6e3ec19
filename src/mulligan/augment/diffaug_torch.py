"""Differentiable augmentation in PyTorch.

All that happens to a sample follows from its own row of uniforms, so it does not matter which others are in the batch.
A sample whose gate stays shut gets amounts that change nothing; all of them go the same way through the same code.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from mulligan.augment import diffaug


class DiffAugment:
    """(images [n, c, h, w], uniforms [n, k], probability) -> images."""

    def __init__(self, spec: diffaug.DiffAugment) -> None:
        self.spec = spec

    def __call__(self, images: Tensor, uniforms: Tensor, probability: float | Tensor) -> Tensor:
        counts = [diffaug.UNIFORMS[name] for name in self.spec.policy]
        for name, (gate, *amounts) in zip(self.spec.policy, _split(uniforms, counts), strict=True):
            images = OPERATIONS[name](images, gate < probability, *amounts)
        return images


def color(images: Tensor, gate: Tensor, brightness: Tensor, saturation: Tensor, contrast: Tensor) -> Tensor:
    """Brightness moves by up to half a unit, saturation is scaled by 0 to 2, contrast by 0.5 to 1.5."""
    images = images + _per_image(torch.where(gate, brightness - 0.5, 0.0), images)
    grey = images.mean(dim=1, keepdim=True)
    images = grey + (images - grey) * _per_image(torch.where(gate, 2 * saturation, 1.0), images)
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return mean + (images - mean) * _per_image(torch.where(gate, contrast + 0.5, 1.0), images)


def translation(images: Tensor, gate: Tensor, down: Tensor, right: Tensor) -> Tensor:
    """Moves by whole pixels, up to an eighth of each side; what comes in from outside is zero."""
    for axis, share in ((2, down), (3, right)):
        side = images.shape[axis]
        reach = int(side * diffaug.REACH + 0.5)
        shift = torch.where(gate, (share * (2 * reach + 1)).floor() - reach, 0.0).long()
        source = torch.arange(side, device=images.device) - shift[:, None]  # [n, side]
        inside = _along(axis, (source >= 0) & (source < side))
        index = _along(axis, source.clamp(0, side - 1)).expand(images.shape)
        images = images.gather(axis, index) * inside
    return images


def cutout(images: Tensor, gate: Tensor, down: Tensor, right: Tensor) -> Tensor:
    """Sets a rectangle of half of each side to zero; its center is anywhere, so it may reach over the border."""
    hole = gate[:, None, None, None]
    for axis, share in ((2, down), (3, right)):
        side = images.shape[axis]
        length = int(side * diffaug.HOLE + 0.5)
        start = (share * (side + 1 - length % 2)).floor() - length // 2
        offset = torch.arange(side, device=images.device) - start[:, None]  # [n, side]
        hole = hole & _along(axis, (offset >= 0) & (offset < length))
    return images * ~hole


OPERATIONS: dict[str, Callable[..., Tensor]] = {"color": color, "translation": translation, "cutout": cutout}


def _split(uniforms: Tensor, counts: list[int]) -> list[tuple[Tensor, ...]]:
    return [part.unbind(dim=1) for part in uniforms.split(counts, dim=1)]


def _per_image(amount: Tensor, images: Tensor) -> Tensor:
    return amount.to(images.dtype)[:, None, None, None]


def _along(axis: int, rows: Tensor) -> Tensor:
    """[n, side] -> [n, 1, side, 1] or [n, 1, 1, side]."""
    return rows[:, None, :, None] if axis == 2 else rows[:, None, None, :]
