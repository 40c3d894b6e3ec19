"""One safetensors file with a JSON header and a checksum: the form of every model and checkpoint.

Written so that a kill, a full disk or a power cut at any instant leaves either the old file or the new one; read without
unpickling anything. safetensors itself does not notice a flipped bit, so the header carries a SHA-256 of the tensors.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from mulligan.errors import ModelFileError, RunError

FORMAT = 1
_LARGEST_HEADER = 16 * 1024 * 1024  # a header of a million empty tensors is an attack, not a model


def write(path: Path, tensors: Mapping[str, np.ndarray], header: Mapping[str, Any]) -> None:
    """Write tensors and header to ``path`` atomically; RunError with needed and free bytes when the disk is full."""
    arrays = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
    text = {"format": FORMAT, "sha256": checksum(arrays), **header}
    atomically(path, save(arrays, metadata={"mulligan": json.dumps(text, allow_nan=False)}))


def atomically(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content`` at once: temporary file beside it, fsync, rename, fsync of the folder."""
    # Beside the target, never in the system's temporary folder: a rename across file systems is a copy.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise _write_error(path, len(content), error) from error


def _write_error(path: Path, needed: int, error: OSError) -> RunError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        free = shutil.disk_usage(path.parent).free
        return RunError(f"the disk is full: {path.name} needs {needed:,} bytes and {free:,} are free in {path.parent}; free some and resume")
    if isinstance(error, PermissionError):
        return RunError(f"no permission to write {path}; choose another folder with --out")
    return RunError(f"{path} cannot be written ({error.strerror or error}); choose another folder with --out")


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_strays(folder: Path) -> None:
    """Remove the temporary files that a killed writer left in ``folder``."""
    for stray in folder.glob(".*.part"):
        stray.unlink(missing_ok=True)


def read_header(path: Path) -> dict[str, Any]:
    """The JSON header of a file alone."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > _LARGEST_HEADER:
                raise ValueError("header too large")
            text = json.loads(file.read(length))["__metadata__"]["mulligan"]
            return _supported(json.loads(text), path)
    except FileNotFoundError:
        raise ModelFileError(f"there is no file {path}; expected a model file or a run folder") from None
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise ModelFileError(f"{path} is no Mulligan file or its beginning is damaged; use another copy of it") from error


def read(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Tensors and header; ModelFileError for a file that is cut short, changed by a bit, or made by a newer version."""
    header = read_header(path)
    try:
        tensors = load(path.read_bytes())
    except (SafetensorError, OSError) as error:
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


def _supported(header: dict[str, Any], path: Path) -> dict[str, Any]:
    if header["format"] > FORMAT:
        raise ModelFileError(
            f"{path} was made by a newer Mulligan (its format is {header['format']}, this one reads up to {FORMAT}); "
            "type: pip install --upgrade mulligan"
        )
    return header
