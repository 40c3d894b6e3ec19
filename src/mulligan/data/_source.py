"""An opened source: raw samples and labels by index, wherever the decoded values are."""

from pathlib import Path
from typing import Any, Protocol

import numpy as np

from mulligan.data._listing import Modes, Pictures
from mulligan.data._report import Report
from mulligan.errors import BadPicture, DataError

# More pictures than this, and than this share, do not get lost one by one: their disk is gone.
MOST_LOST = 10
LOST_SHARE = 0.01


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
    """Pictures decoded at each reading: for sets that fit neither the disk nor the memory.

    One that cannot be read any more is remembered in ``lost`` with the reason, and the next one that can be takes its
    place: which one that is depends on nothing but which pictures are lost.
    """

    def __init__(self, listing: Pictures, codec: PictureCodec, kept: np.ndarray) -> None:
        self.listing, self.codec, self.kept = listing, codec, kept
        self.lost: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.kept)

    def __getitem__(self, indices: Any) -> np.ndarray:
        return self.take(indices)[0]

    def take(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The samples of these places, and the places that they were found at; DataError where too many are lost."""
        rows, places = zip(*(self._next_readable(int(place)) for place in indices), strict=True)
        return np.stack(rows), np.array(places)

    def lose(self, place: int, why: str) -> None:
        """Remember that a picture cannot be read any more; DataError where that is too many."""
        self.lost[place] = why
        if len(self.lost) > max(MOST_LOST, LOST_SHARE * len(self)):
            first, lost = next(iter(self.lost)), f"{len(self.lost):,} of {len(self):,} pictures of {self.listing.where}"
            raise DataError(
                f"{lost} cannot be read any more, the first: {self.lost[first].rstrip('.')}; "
                "bring them back, then go on with mulligan train --resume"
            )

    def name(self, place: int) -> str:
        """The name of a picture's file."""
        return self.listing.names[self.kept[place]]

    def _next_readable(self, place: int) -> tuple[np.ndarray, int]:
        while True:
            if place not in self.lost:
                try:
                    return self._decode(place), place
                except (BadPicture, OSError) as error:
                    self.lose(place, str(error))
            place = (place + 1) % len(self)

    def _decode(self, place: int) -> np.ndarray:
        index = self.kept[place]
        return self.codec.picture(self.listing.content(int(index)), self.listing.names[index])[0]


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
        if isinstance(self.samples, Live):
            real, indices = self.samples.take(indices)
        else:
            real = self.samples[indices]
        batch = {"real": real}
        if self.labels is not None:
            batch["label"] = self.labels[indices]
        return batch

    @property
    def lost(self) -> dict[int, str]:
        """Places of pictures that could be read once and cannot be any more, and why; others stand in for them."""
        return self.samples.lost if isinstance(self.samples, Live) else {}

    def lose(self, place: int, why: str) -> None:
        """Take over what another process has found to be lost; DataError where that is too many."""
        if isinstance(self.samples, Live):
            self.samples.lose(place, why)

    def name(self, place: int) -> str:
        """What a person calls one sample."""
        if isinstance(self.samples, Live):
            return self.samples.name(place)
        return f"sample {place:,} of {self.report.where}"
