"""The classifier that is trained on the spot, in torch; on the CPU, where a seed gives the same one again."""

import numpy as np
import torch
from torch.nn.functional import cross_entropy, dropout

from mulligan.metrics.extractors import _weights, trained
from mulligan.metrics.extractors._extractor_torch import TorchExtractor
from mulligan.metrics.extractors.classifier_torch import Classifier
from mulligan.metrics.extractors.trained import Labelled, Lesson, Training

DEFAULT = Training()


def open_twin(labelled: Labelled, device: str, training: Training = DEFAULT, keep: bool = True) -> TorchExtractor:
    """The classifier of this data, out of the cache where it was trained before; ``keep`` puts it there."""
    spec, tensors = trained.learned(labelled, training, keep, _learn)
    with torch.random.fork_rng(devices=[]):
        network = Classifier(spec)
    network.load_state_dict({name: torch.from_numpy(value) for name, value in tensors.items()})
    return TorchExtractor(
        network, name="trained", weights_hash=_weights.tensors_hash(tensors), size=(spec.size, spec.size),
        channels=spec.channels, class_names=tuple(map(str, range(spec.classes))), device=device,
    )  # fmt: skip


def _learn(lesson: Lesson, training: Training) -> dict[str, np.ndarray]:
    """AdamW over one cycle of the learning rate, cross-entropy, dropout before the head."""
    pictures, labels = torch.from_numpy(lesson.pictures).permute(0, 3, 1, 2), torch.from_numpy(lesson.labels)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(training.seed)
        network = Classifier(lesson.network)
        steps = training.steps(len(labels))
        optimizer = torch.optim.AdamW(network.parameters(), weight_decay=training.weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, training.learning_rate, total_steps=steps)
        for _ in range(steps):
            chosen = torch.randint(len(labels), (training.batch_size,))
            features, _ = network(pictures[chosen].float())
            loss = cross_entropy(network.head(dropout(features, training.dropout)), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return {name: value.detach().contiguous().numpy() for name, value in network.state_dict().items()}
