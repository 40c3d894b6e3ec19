"""The classifier in torch."""

import torch
from torch import Tensor, nn

from mulligan.metrics.extractors import _weights, classifier
from mulligan.metrics.extractors._extractor_torch import TorchExtractor


class Classifier(nn.Module):
    """Pixels [n, c, h, w] from 0 to 255 to features [n, d] (after the ReLU) and logits [n, classes]."""

    def __init__(self, spec: classifier.Classifier) -> None:
        super().__init__()
        inputs = (spec.channels, *spec.widths[:-1])
        sizes = zip(inputs, spec.widths, spec.strides, strict=True)
        self.convolutions = nn.ModuleList(nn.Conv2d(i, o, 3, stride, padding=1) for i, o, stride in sizes)
        self.dense = nn.Linear(spec.flat, spec.features)
        self.head = nn.Linear(spec.features, spec.classes)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        x = pixels / 127.5 - 1  # [n, c, h, w]
        for convolution in self.convolutions:
            x = convolution(x).relu()
        features = self.dense(x.flatten(1)).relu()  # [n, d]
        return features, self.head(features)


def open_twin(which: str, device: str) -> TorchExtractor:
    """The classifier that was trained on the data set ``which`` and comes with the package."""
    path = _weights.SHIPPED / f"{which}.safetensors"
    about, tensors = _weights.header(path), _weights.load(path)
    spec = classifier.Classifier(**about["network"])
    network = Classifier(spec)
    network.load_state_dict({key: torch.from_numpy(value).float() for key, value in tensors.items()})
    return TorchExtractor(
        network, name=f"classifier-{which}", weights_hash=about["sha256"], size=(spec.size, spec.size),
        channels=spec.channels, class_names=tuple(about["class_names"]), device=device,
    )  # fmt: skip
