"""Published weights into a network of ours: safetensors, or tensors out of a .pth file without running any of it."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from mulligan.errors import ModelFileError
from mulligan.metrics.extractors import _weights


def read(path: Path) -> dict[str, Tensor]:
    """The tensors of a file by name; ModelFileError when it is no weights file, or one that holds more than tensors."""
    try:
        found = load_file(path) if path.suffix == ".safetensors" else _tensors_only(path)
    except Exception as error:  # whatever a damaged or hostile file can make of the two readers
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelFileError(f"{path} is not a readable weights file ({reason}); expected safetensors") from error
    return found


def _tensors_only(path: Path) -> dict[str, Tensor]:
    found = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(found, dict) or not all(isinstance(value, Tensor) for value in found.values()):
        raise ValueError("it holds something else than named tensors")
    return found


def fill(network: nn.Module, tensors: dict[str, Tensor], path: Path, title: str) -> str:
    """Give ``network`` its tensors in float32, others are left aside; returns their SHA-256.

    ModelFileError when one is missing or of another shape.
    """
    needed = {name: value.shape for name, value in network.state_dict().items() if not name.endswith("_tracked")}
    wrong = [name for name, shape in needed.items() if name not in tensors or tensors[name].shape != shape]
    if wrong:
        count = f"{len(wrong)} of {len(needed)} tensors are missing or of another shape, {wrong[0]} first"
        raise ModelFileError(f"{path} does not hold {title}: {count}; get the file that docs/extractors.md names")
    found = {name: tensors[name].float() for name in needed}
    network.load_state_dict(found, strict=False)
    # Over the tensors, not the file: the same weights have the same hash in whatever file they come.
    return _weights.tensors_hash({name: value.numpy() for name, value in found.items()})
