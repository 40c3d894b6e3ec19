"""Train the classifiers that Mulligan judges with, and write their weights and cards.

    python benchmarks/train_classifiers.py [digits] [mnist] [fashion-mnist] [--data ../shared/data] [--out FOLDER]

Each takes a few minutes on two cores. The weights that the package ships were made once by this script and are frozen:
scores measured with other weights cannot be compared, so it writes to ``build/classifiers`` unless told otherwise.
"""

import argparse
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import affine_grid, cross_entropy, dropout, grid_sample

from mulligan.codecs.image import ImageCodec
from mulligan.data import open_source
from mulligan.metrics.extractors import _weights
from mulligan.metrics.extractors._likeness import signature
from mulligan.metrics.extractors._pixels_torch import resize
from mulligan.metrics.extractors.classifier import Classifier
from mulligan.metrics.extractors.classifier_torch import Classifier as Network

NUMBERS = tuple("0123456789")
CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
SMALL = Classifier(size=8, channels=1, classes=10, widths=(24, 48, 64), strides=(1, 1, 2), features=64)
MIDDLE = Classifier(size=28, channels=1, classes=10, widths=(16, 32, 32, 48, 48), strides=(1, 2, 1, 2, 2), features=96)


@dataclass(frozen=True)
class Task:
    """How one classifier is trained; the three jitters are the largest shift (in pixels), turn (radians) and zoom."""

    network: Classifier
    class_names: tuple[str, ...]
    where: str
    licence: str
    epochs: int
    batch_size: int
    shift: float
    turn: float
    zoom: float
    flip: bool = False


UCI = "UCI Optical Recognition of Handwritten Digits, CC BY 4.0"
TASKS = {
    "digits": Task(SMALL, NUMBERS, "digits", UCI, 300, 64, 0.7, 0.15, 0.1),
    "mnist": Task(MIDDLE, NUMBERS, "mnist", "MNIST (LeCun, Cortes, Burges), CC BY-SA 3.0", 10, 128, 2.0, 0.15, 0.1),
    "fashion-mnist": Task(
        MIDDLE, CLOTHES, "fashion-mnist", "Fashion-MNIST (Zalando SE), MIT", 14, 128, 1.5, 0.05, 0.05, flip=True
    ),
}


def read(task: Task, data: Path, split: str) -> tuple[np.ndarray, Tensor]:
    """Raw pictures uint8 [n, h, w, 1], and labels."""
    where = task.where if task.where == "digits" else data / task.where
    codec = ImageCodec((task.network.size, task.network.size), task.network.channels)
    source = open_source(where, codec, split=split, cache=False)
    found = source.read(np.arange(len(source)))
    return found["real"], torch.from_numpy(found["label"])


def floats(raw: np.ndarray) -> Tensor:
    """Raw pictures as floats [n, c, h, w] from 0 to 255."""
    return torch.from_numpy(raw).permute(0, 3, 1, 2).float()


def jitter(pixels: Tensor, task: Task, random: torch.Generator) -> Tensor:
    """Shift, turn and zoom each picture a little, and mirror half of them where that keeps the class."""
    shift_x, shift_y, turn, zoom, side = torch.rand(5, len(pixels), generator=random) * 2 - 1
    angle, scale, reach = turn * task.turn, 1 + zoom * task.zoom, 2 * task.shift / task.network.size
    mirror = torch.where(side < 0, -1.0, 1.0) if task.flip else torch.ones_like(side)
    first = torch.stack([mirror * scale * angle.cos(), -scale * angle.sin(), shift_x * reach], 1)
    second = torch.stack([mirror * scale * angle.sin(), scale * angle.cos(), shift_y * reach], 1)
    grid = affine_grid(torch.stack([first, second], 1), list(pixels.shape), align_corners=False)
    return grid_sample(pixels, grid, padding_mode="border", align_corners=False)


def train(task: Task, pixels: Tensor, labels: Tensor, seed: int) -> Network:
    """Adam with one cosine, cross-entropy on jittered pictures, dropout before the head."""
    torch.manual_seed(seed)
    random = torch.Generator().manual_seed(seed)
    network = Network(task.network).to(memory_format=torch.channels_last)
    head, steps = network.head, task.epochs * (len(pixels) // task.batch_size)
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for _ in range(task.epochs):
        order = torch.randperm(len(pixels), generator=random)
        for chosen in order[: len(order) // task.batch_size * task.batch_size].split(task.batch_size):
            features, _ = network(jitter(pixels[chosen], task, random))
            loss = cross_entropy(head(dropout(features, 0.3)), labels[chosen], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


@torch.inference_mode()
def accuracy(network: Network, pixels: Tensor, labels: Tensor) -> float:
    """The share of pictures that are given their class."""
    found = torch.cat([network(part)[1].argmax(1) for part in pixels.split(1000)])
    return (found == labels).float().mean().item()


def rounded(network: Network) -> dict[str, np.ndarray]:
    """The weights in half precision, in which they are shipped; the network keeps the rounded values."""
    tensors = {key: value.detach().contiguous().half() for key, value in network.state_dict().items()}
    network.load_state_dict({key: value.float() for key, value in tensors.items()})
    return {key: value.numpy() for key, value in tensors.items()}


def measured(network: Network, task: Task, data: Path) -> dict[str, float]:
    """Accuracy on the pictures held out, as they are and after being enlarged as a generator may make them."""
    raw, labels = read(task, data, "test")
    pixels, size = floats(raw), (task.network.size, task.network.size)
    larger = resize(resize(pixels, (4 * size[0], 4 * size[1])).round(), size)
    return {"held_out": accuracy(network, pixels, labels), "held_out_enlarged": accuracy(network, larger, labels)}


def make(name: str, data: Path, out: Path, seed: int) -> None:
    """Train one classifier, measure it as it is shipped, and write its weights and card."""
    task, start = TASKS[name], time.perf_counter()
    raw, labels = read(task, data, "train")
    network = train(task, floats(raw), labels, seed)
    tensors = rounded(network)
    accuracies = measured(network, task, data)
    about = {
        "network": asdict(task.network), "class_names": task.class_names, "trained_on": f"{name}, train ({len(raw)})",
        "licence_of_data": task.licence, "accuracy": accuracies, "seed": seed,
        "signature": signature(raw[np.linspace(0, len(raw) - 1, min(len(raw), 4000)).astype(int)]).round(1).tolist(),
    }  # fmt: skip
    sha256 = _weights.save(out / f"{name}.safetensors", tensors, about)
    (out / f"{name}.md").write_text(card(name, about, sha256, sum(value.size for value in tensors.values())))
    print(f"{name:14} {accuracies['held_out']:.2%} held out, {time.perf_counter() - start:.0f} s, sha256 {sha256}")


def card(name: str, about: dict, sha256: str, count: int) -> str:
    """What a person should know of the weights."""
    network, accuracy = about["network"], about["accuracy"]
    return f"""# Classifier of {name}

A small convolutional classifier that Mulligan measures generated pictures with. Not for deciding anything else.

| | |
|---|---|
| trained on | {about["trained_on"]} |
| input | {network["size"]}x{network["size"]}, grey; larger pictures are resized, colored ones made grey |
| features | {network["features"]} dimensions, the penultimate layer after its ReLU |
| classes | {", ".join(about["class_names"])} |
| parameters | {count:,}, half precision |
| accuracy on the test split, never trained on | {accuracy["held_out"]:.2%} |
| the same, enlarged four times and resized back | {accuracy["held_out_enlarged"]:.2%} |
| licence of the data | {about["licence_of_data"]} |
| licence of the weights | Apache-2.0 |
| SHA-256 of the tensors | `{sha256}` |
| made by | `benchmarks/train_classifiers.py`, seed {about["seed"]} |

Frozen: scores measured with other weights cannot be compared with those of these, and every score names the hash.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(TASKS), metavar="NAME", help=", ".join(TASKS))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("build/classifiers"))
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.names:
        make(name, options.data, options.out, seed=0)


if __name__ == "__main__":
    main()
