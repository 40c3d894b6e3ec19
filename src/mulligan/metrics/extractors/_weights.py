"""Weight files: safetensors with what they are in the header, and one hash over the tensors."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save_file

from mulligan.errors import ModelFileError

SHIPPED = Path(__file__).parent / "weights"


def tensors_hash(tensors: dict[str, np.ndarray]) -> str:
    """SHA-256 over names, types, shapes and contents: independent of the header and of the order in the file."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        value = np.ascontiguousarray(tensors[name])
        digest.update(f"{name} {value.dtype} {value.shape}\n".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()


def header(path: Path) -> dict[str, Any]:
    """What the file says of itself, without reading its tensors."""
    try:
        with safe_open(path, framework="numpy") as file:
            return {key: json.loads(value) for key, value in (file.metadata() or {}).items()}
    except (OSError, SafetensorError, json.JSONDecodeError) as error:
        raise ModelFileError(f"{path} is not a readable weights file ({error}); expected safetensors") from error


def load(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a file; ModelFileError when they are not those that its header was written for."""
    expected = header(path).get("sha256")
    tensors = load_file(path)
    if expected is not None and tensors_hash(tensors) != expected:
        raise ModelFileError(
            f"{path} is damaged: its tensors have another SHA-256 than its header; install Mulligan again"
        )
    return tensors


def save(path: Path, tensors: dict[str, np.ndarray], about: dict[str, Any]) -> str:
    """Write tensors with a header that carries ``about`` and their hash, which is returned."""
    sha256 = tensors_hash(tensors)
    save_file(tensors, path, {key: json.dumps(value) for key, value in (about | {"sha256": sha256}).items()})
    return sha256


def shipped() -> dict[str, dict[str, Any]]:
    """The headers of the classifiers that come with the package, by the name of their data."""
    return {path.stem: header(path) for path in sorted(SHIPPED.glob("*.safetensors"))}
