"""One safetensors file with a JSON header and checksums: the form of every model and checkpoint.

Written so that a kill, a full disk or a power cut at any instant leaves either the old file or the new one; read
without unpickling anything. safetensors itself does not notice a flipped bit, so the header carries a SHA-256 of the
tensors, and another one of itself stands beside it.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from mulligan import disk
from mulligan.errors import ModelFileError

FORMAT = 1
_COPIES = 3  # that are made of all tensors while they are written
LARGEST_HEADER = 16 * 1024 * 1024  # bytes; a header of a million empty tensors is an attack, not a model


def write(path: Path, tensors: Mapping[str, np.ndarray], header: Mapping[str, Any]) -> None:
    """Write tensors and header to ``path`` atomically; RunError with needed and free bytes when the disk is full."""
    arrays = {name: np.asarray(array, order="C") for name, array in tensors.items()}
    check_memory(arrays)
    text = json.dumps({"format": FORMAT, "sha256": checksum(arrays), **header})
    disk.atomically(path, save(arrays, metadata={"mulligan": text, "sha256": _digest(text)}))


def check_memory(tensors: Mapping[str, np.ndarray]) -> None:
    """MemoryError where there is no room to write these: the library that does it would end the whole process."""
    np.empty(_COPIES * sum(array.nbytes for array in tensors.values()), np.uint8)


def read_header(path: Path) -> dict[str, Any]:
    """The JSON header of a file alone; ModelFileError for a file that is none of ours, damaged or too new."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > LARGEST_HEADER:
                raise ValueError("header too large")
            found = json.loads(file.read(length))["__metadata__"]
        if _digest(found["mulligan"]) != found["sha256"]:
            raise ValueError("header does not match its checksum")
        return _supported(json.loads(found["mulligan"]), path)
    except FileNotFoundError:
        raise ModelFileError(f"there is no file {path}; expected a model file or a run folder") from None
    except PermissionError:
        raise ModelFileError(f"no permission to read {path}; give yourself the right to read it") from None
    # Whatever a hostile header can make of these few lines.
    except (ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError) as error:
        raise ModelFileError(
            f"{path} is no Mulligan file or its beginning is damaged; use another copy of it"
        ) from error


def read(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Tensors and header; ModelFileError for a file that is cut short, changed by a bit, or made by a newer version."""
    header = read_header(path)
    try:
        tensors = load(path.read_bytes())
    except (SafetensorError, OSError, KeyError) as error:  # KeyError: a type of numbers that numpy does not have
        raise ModelFileError(f"{path} is cut short or damaged; use another copy of it") from error
    if checksum(tensors) != header.get("sha256"):
        raise ModelFileError(f"{path} is damaged: its tensors do not match their checksum; use another copy of it")
    return tensors, header


def checksum(tensors: Mapping[str, np.ndarray]) -> str:
    """SHA-256 over names, types, shapes and bytes of the tensors."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        array = tensors[name]
        digest.update(f"{name}\0{array.dtype.str}\0{array.shape}\0".encode())
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _supported(header: dict[str, Any], path: Path) -> dict[str, Any]:
    if header["format"] > FORMAT:
        raise ModelFileError(
            f"{path} was made by a newer Mulligan (its format is {header['format']}, this one reads up to {FORMAT}); "
            "type: pip install --upgrade mulligan"
        )
    return header
