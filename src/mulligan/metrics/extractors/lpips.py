"""LPIPS, how different two pictures look (Zhang et al. 2018), written as features whose squared distance it is.

With the activations of a layer scaled to length 1 at every place, LPIPS is the sum over layers of the mean over places
of ``w (y1 - y2)^2`` (eq. 1); so ``sqrt(w / places) y`` of all layers, in one row, are such features. They are many,
hundreds of thousands for a small picture: for pairs of pictures, not for the Frechet distance of sets.
"""

from typing import NamedTuple

from mulligan.metrics.extractors._published import Published

_HEADS = (
    "https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/082bb24f84c091ea94de2867d34c4544f68e0963"
    "/lpips/weights/v0.1"
)
_BACKBONES = "https://download.pytorch.org/models"


class Lpips(NamedTuple):
    """The published weights of the backbone, and those of the heads (version 0.1), one for each layer looked at.

    Pictures need ``smallest`` pixels on each side.
    """

    backbone: Published
    heads: Published
    smallest: int

    def fits(self, height: int, width: int) -> bool:
        """Whether all weights are at hand and pictures of this size are large enough."""
        return min(height, width) >= self.smallest and self.backbone.at_hand() and self.heads.at_hand()


def _published(title: str, file: str, variable: str, link: str) -> Published:
    return Published(title, file, variable, link, instead="take the features of another extractor")


LPIPS = {
    "alex": Lpips(
        _published(
            "AlexNet", "alexnet-owt", "MULLIGAN_ALEXNET",
            f"{_BACKBONES}/alexnet-owt-7be5be79.pth"
            "#sha256=7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
        ),
        _published(
            "LPIPS (AlexNet)", "lpips-alex-0.1", "MULLIGAN_LPIPS_ALEX",
            f"{_HEADS}/alex.pth#sha256=df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
        ),
        smallest=31,
    ),
    "vgg": Lpips(
        _published(
            "VGG16", "vgg16", "MULLIGAN_VGG16",
            f"{_BACKBONES}/vgg16-397923af.pth"
            "#sha256=397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
        ),
        _published(
            "LPIPS (VGG16)", "lpips-vgg-0.1", "MULLIGAN_LPIPS_VGG",
            f"{_HEADS}/vgg.pth#sha256=a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868",
        ),
        smallest=16,
    ),
}  # fmt: skip
