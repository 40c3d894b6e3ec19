"""The classifier that is trained on the spot, in torch; on the CPU, where a seed gives the same one again."""

import tempfile
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors import SafetensorError
from torch import Tensor
from torch.nn.functional import cross_entropy, dropout

from mulligan.errors import ModelFileError
from mulligan.metrics.extractors import _weights, classifier, trained
from mulligan.metrics.extractors._extractor_torch import TorchExtractor
from mulligan.metrics.extractors._pixels_torch import pixels
from mulligan.metrics.extractors.classifier_torch import Classifier
from mulligan.metrics.extractors.trained import Labelled, Training

DEFAULT = Training()


class Lesson(NamedTuple):
    """What is learned from: pictures [n, c, size, size] and labels [n], in 8 bits, and the hash of what they were."""

    network: classifier.Classifier
    pictures: Tensor
    labels: Tensor
    content: str


def open_twin(labelled: Labelled, device: str, training: Training = DEFAULT, keep: bool = True) -> TorchExtractor:
    """The classifier of this data, out of the cache where it was trained before; ``keep`` puts it there."""
    lesson = _lesson(labelled, training)
    place = training.place(lesson.content)
    tensors = _kept(place) if keep else None
    if tensors is None:
        tensors = _learn(lesson, training)
        if keep:
            _keep(place, tensors, lesson)
    with torch.random.fork_rng(devices=[]):
        network = Classifier(lesson.network)
    network.load_state_dict({name: torch.from_numpy(value) for name, value in tensors.items()})
    return TorchExtractor(
        network, name="trained", weights_hash=_weights.tensors_hash(tensors), size=(lesson.network.size,) * 2,
        channels=lesson.network.channels, class_names=tuple(map(str, range(lesson.network.classes))), device=device,
    )  # fmt: skip


def _lesson(labelled: Labelled, training: Training) -> Lesson:
    """Batches as they come, brought to the network's size at once: the pictures themselves may not fit."""
    content, shown, labels, shape = sha256(), [], [np.zeros(0, np.int64)], (1, 1, 1)
    for raw, classes in labelled(training.pictures):
        shape, spec = raw.shape[1:], training.network(raw.shape[1:], classes=0)
        shown.append(pixels(raw, (spec.size, spec.size), spec.channels, "cpu").round().byte())
        labels.append(trained.checked(classes))
        content.update(np.ascontiguousarray(raw).data)
    every = np.concatenate(labels)
    content.update(f"{shape} ".encode() + every.tobytes())
    network = training.network(shape, trained.count(every))
    return Lesson(network, torch.cat(shown), torch.from_numpy(every), content.hexdigest())


def _learn(lesson: Lesson, training: Training) -> dict[str, np.ndarray]:
    """AdamW over one cycle of the learning rate, cross-entropy, dropout before the head."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(training.seed)
        network = Classifier(lesson.network)
        images = min(training.images, training.epochs * len(lesson.labels))
        steps = max(images // training.batch_size, 1)
        optimizer = torch.optim.AdamW(network.parameters(), weight_decay=training.weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, training.learning_rate, total_steps=steps)
        for _ in range(steps):
            chosen = torch.randint(len(lesson.labels), (training.batch_size,))
            features, _ = network(lesson.pictures[chosen].float())
            loss = cross_entropy(network.head(dropout(features, training.dropout)), lesson.labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return {name: value.detach().contiguous().numpy() for name, value in network.state_dict().items()}


def _kept(place: Path) -> dict[str, np.ndarray] | None:
    try:
        return _weights.load(place) if place.is_file() else None
    except ModelFileError:  # damaged: made again
        return None


def _keep(place: Path, tensors: dict[str, np.ndarray], lesson: Lesson) -> None:
    """Written beside its place and moved there whole; a full disk costs the next training, not this one."""
    with suppress(OSError, SafetensorError):
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".trained-") as folder:
            part = Path(folder) / place.name
            _weights.save(part, tensors, {"network": asdict(lesson.network), "content": lesson.content})
            part.replace(place)
