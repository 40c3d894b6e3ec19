"""Weights that others published and that cannot be shipped: where they lie, and how they get there when asked."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from mulligan.errors import ModelFileError
from mulligan.metrics.extractors._fetch import cache_folder, fetch


@dataclass(frozen=True)
class Published:
    """A network's ``title``, the ``file`` that its weights are kept as, and the ``link`` to type as ``variable``.

    Nothing is downloaded unless the variable is set, and nothing is kept that does not have the link's SHA-256. The
    published file may also be put into the cache by hand, under its own name or as safetensors.
    """

    title: str
    file: str
    variable: str
    link: str
    instead: str

    def places(self) -> list[Path]:
        """Where the weights are looked for, in this order."""
        published = Path(urlsplit(self.link).path).name
        return [cache_folder() / name for name in (f"{self.file}.safetensors", f"{self.file}.pth", published)]

    def place(self) -> Path:
        """Where the weights are, or where they belong."""
        return next((path for path in self.places() if path.is_file()), self.places()[0])

    def at_hand(self) -> bool:
        """Whether the weights are in the cache, or a link says where they may be downloaded."""
        return self.place().is_file() or bool(os.environ.get(self.variable))

    def path(self) -> Path:
        """The weights file, downloaded if a link is set; ModelFileError when there is neither a file nor a link."""
        if self.place().is_file():
            return self.place()
        if link := os.environ.get(self.variable):
            suffix = ".pth" if urlsplit(link).path.endswith((".pth", ".pt")) else ".safetensors"
            return fetch(link, cache_folder() / f"{self.file}{suffix}")
        raise ModelFileError(
            f"the {self.title} weights are not at {self.place()}; to download them, type: "
            f"export {self.variable}={self.link} (docs/extractors.md says more), or {self.instead}"
        )
