"""Weights that cannot be shipped: found in the cache folder, or downloaded and checked against a pinned SHA-256."""

import hashlib
import os
import tempfile
import urllib.request
from pathlib import Path

from mulligan.errors import ModelFileError

TIMEOUT_SECONDS = 30
_CHUNK = 1 << 20


def cache_folder() -> Path:
    """Where downloaded weights lie: ``$MULLIGAN_CACHE/weights``, else ``~/.cache/mulligan/weights``."""
    return Path(os.environ.get("MULLIGAN_CACHE") or Path.home() / ".cache" / "mulligan") / "weights"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_CHUNK):
            digest.update(part)
    return digest.hexdigest()


def fetch(link: str, path: Path) -> Path:
    """Download ``URL#sha256=HEX`` to ``path``; ModelFileError when there is no such file or its hash is another one.

    The file appears under its name only when it is whole and has the pinned hash.
    """
    url, _, pin = link.partition("#sha256=")
    if len(pin) != 64:
        raise ModelFileError(f"the link {link} has no checksum; expected URL#sha256= and 64 hexadecimal digits")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".download-") as folder:
        part = Path(folder) / path.name
        _download(url, part)
        found = sha256_of(part)
        if found != pin.lower():
            raise ModelFileError(
                f"{url} sent a file with SHA-256 {found}, expected {pin}; nothing was kept, check the link"
            )
        part.replace(path)
    return path


def _download(url: str, part: Path) -> None:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer, part.open("wb") as file:
            while received := answer.read(_CHUNK):
                file.write(received)
    except (OSError, ValueError) as error:  # URLError and time-outs are OSErrors, a malformed URL is a ValueError
        advice = f"check the network, or put the file at {part.parents[1] / part.name} by hand"
        raise ModelFileError(f"{url} could not be downloaded ({error}); {advice}") from error
