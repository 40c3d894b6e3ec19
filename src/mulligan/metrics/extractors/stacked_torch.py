"""The stacked classifier in torch."""

from torch import Tensor, nn

from mulligan.metrics.extractors import classifier_torch
from mulligan.metrics.extractors._extractor_torch import TorchExtractor


class Stacked(nn.Module):
    """Pixels [n, 3, h, w] to the features of all three channels [n, 3 d] and logits of all triples [n, classes^3]."""

    def __init__(self, classifier: nn.Module) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        features, logits = self.classifier(pixels.flatten(0, 1)[:, None])  # [3 n, d], [3 n, classes]
        first, second, third = logits.log_softmax(1).unflatten(0, (-1, 3)).unbind(1)  # each [n, classes]
        # The logarithm of a product of probabilities, which softmax leaves as it is.
        triples = first[:, :, None, None] + second[:, None, :, None] + third[:, None, None, :]
        return features.view(len(pixels), -1), triples.flatten(1)


def open_twin(which: str, device: str) -> TorchExtractor:
    """Three times the shipped classifier of ``which``; class 123 is a 1 in red, a 2 in green and a 3 in blue."""
    single = classifier_torch.open_twin(which, device)
    names = single.class_names or ()
    return TorchExtractor(
        Stacked(single.network), name=f"classifier-{which}-stacked", weights_hash=single.hash, size=single.size,
        channels=3, class_names=tuple(a + b + c for a in names for b in names for c in names), device=device,
    )  # fmt: skip
