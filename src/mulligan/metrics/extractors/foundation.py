"""Networks trained on far more than ImageNet's classes: DINOv2 (Oquab et al. 2023) and CLIP (Radford et al. 2021).

Their distances agree with people better than InceptionV3's (Stein et al. 2023). They come through ``transformers``.
"""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Foundation:
    """The ``kind`` of network in ``transformers``, its ``output``, and how pixels from 0 to 1 are shown to it.

    ``model`` names it on the hub; another one, or a folder that holds one, is set as ``variable``. ``size`` is that of
    the pictures, or None for the one that the model was made for.
    """

    title: str
    kind: str
    output: str
    model: str
    variable: str
    size: int | None
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]

    def asked(self) -> str | None:
        """What the user set, which may be downloaded."""
        return os.environ.get(self.variable)


FOUNDATIONS = {
    "dinov2": Foundation(
        title="DINOv2",
        kind="Dinov2Model",
        output="pooler_output",  # the class token
        model="facebook/dinov2-large",
        variable="MULLIGAN_DINOV2",
        size=224,
        mean=(0.485, 0.456, 0.406),
        deviation=(0.229, 0.224, 0.225),
    ),
    "clip": Foundation(
        title="CLIP",
        kind="CLIPVisionModelWithProjection",
        output="image_embeds",
        model="openai/clip-vit-large-patch14",
        variable="MULLIGAN_CLIP",
        size=None,
        mean=(0.48145466, 0.4578275, 0.40821073),
        deviation=(0.26862954, 0.26130258, 0.27577711),
    ),
}
