"""An opened source: raw samples and labels by index, wherever the decoded values are."""

from pathlib import Path
from typing import Any, Protocol

import numpy as np

from mulligan.data._listing import Modes, Pictures
from mulligan.data._report import Report


class Codec(Protocol):
    """What a source needs of a codec (they live in ``mulligan.codecs``, which this package does not import)."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def decoding(self) -> dict[str, object]: ...
    def resize(self, raw: np.ndarray) -> np.ndarray: ...


class PictureCodec(Codec, Protocol):
    """A codec that also reads picture files."""

    def picture(self, content: bytes, name: str) -> tuple[np.ndarray, tuple[str, ...]]: ...


class Mapped:
    """A decoded array that stays on disk and is opened again in every process that it is sent to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.array: np.ndarray = np.load(path, mmap_mode="r")

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, indices: Any) -> np.ndarray:
        return np.asarray(self.array[indices])

    def __reduce__(self) -> tuple[Any, ...]:
        return Mapped, (self.path,)


class Live:
    """Pictures decoded at each reading: for sets that fit neither the disk nor the memory."""

    def __init__(self, listing: Pictures, codec: PictureCodec, kept: np.ndarray) -> None:
        self.listing, self.codec, self.kept = listing, codec, kept

    def __len__(self) -> int:
        return len(self.kept)

    def __getitem__(self, indices: Any) -> np.ndarray:
        return np.stack([self._decode(int(index)) for index in self.kept[indices]])

    def _decode(self, index: int) -> np.ndarray:
        return self.codec.picture(self.listing.content(index), self.listing.names[index])[0]


Samples = np.ndarray | Mapped | Live


class Source:
    """Samples of one split of a data set; picklable, so that worker processes can read from it.

    ``fingerprint`` is a sha256 of the content and of the codec's decoding numbers: the same for a moved or touched
    copy, another one after a changed pixel. ``modes`` is the truth behind a toy set and None elsewhere.
    """

    def __init__(
        self,
        samples: Samples,
        labels: np.ndarray | None,
        class_names: tuple[str, ...],
        *,
        fingerprint: str,
        report: Report,
        has_test_split: bool,
        dtype: np.dtype,
        modes: Modes | None = None,
    ) -> None:
        assert labels is None or len(labels) == len(samples)
        self.samples, self.labels, self.class_names = samples, labels, class_names
        self.fingerprint, self.report, self.has_test_split = fingerprint, report, has_test_split
        self.dtype, self.modes = dtype, modes

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one raw sample: (h, w, c) or (d,)."""
        return self.report.shape

    @property
    def class_counts(self) -> tuple[int, ...]:
        """Samples per class, in the order of ``class_names``."""
        return tuple(self.report.classes.values())

    @property
    def nbytes(self) -> int:
        """Bytes that all raw samples take in memory."""
        return len(self) * int(np.prod(self.shape)) * self.dtype.itemsize

    def read(self, indices: np.ndarray) -> dict[str, np.ndarray]:
        """``real``: raw samples [n, ...]; ``label``: int64 [n], only where the set has classes."""
        batch = {"real": self.samples[indices]}
        if self.labels is not None:
            batch["label"] = self.labels[indices]
        return batch
