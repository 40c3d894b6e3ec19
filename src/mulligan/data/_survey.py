"""A first look at a source: headers only, nothing decoded."""

import io
import warnings
from collections import Counter
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from mulligan.data._listing import Arrays, Listing, Pictures
from mulligan.errors import BadPicture, DataError

# Headers that are read; sizes and modes of so many evenly spaced pictures stand for the rest.
HEADERS = 500
LOOKED_AT = 3000  # points whose distances are measured
FEWEST_PAIRS = 500  # that make a share of pairs

GREY = ("1", "L", "LA", "I", "F")


@dataclass(frozen=True)
class Survey:
    """What a source holds: ``size`` is the most common (height, width), or (d,) for points, whose channels are 0.

    ``channels`` is 1 when all pictures are grey, else 3; ``splits`` are the ones that the source itself defines;
    ``unlabelled`` says why labels that are there are no classes.
    ``center`` and ``spread`` are the mean and standard deviation of all values of points (pictures: 0 and 1), and
    ``grain`` is the size of the clusters that they lie in, in spreads (no clusters, and pictures: about 1).
    """

    kind: str
    count: int
    size: tuple[int, ...]
    channels: int
    class_names: tuple[str, ...] = ()
    unlabelled: str = ""
    splits: tuple[str, ...] = ()
    center: float = 0.0
    spread: float = 1.0
    grain: float = 1.0

    @property
    def is_points(self) -> bool:
        """Whether the samples are rows of numbers rather than pictures."""
        return len(self.size) == 1


def take_survey(listing: Listing) -> Survey:
    """Survey a listing; DataError when none of the pictures that were looked at can be opened."""
    size, channels = _look(listing) if isinstance(listing, Pictures) else _size(listing)
    center, spread, grain = _measure(listing) if len(size) == 1 else (0.0, 1.0, 1.0)
    return Survey(
        kind=listing.kind,
        count=len(listing),
        size=size,
        channels=channels,
        class_names=listing.class_names,
        unlabelled=listing.unlabelled,
        splits=listing.splits,
        center=center,
        spread=spread,
        grain=grain,
    )


def _size(listing: Listing) -> tuple[tuple[int, ...], int]:
    """Size and channels of arrays, whose shape is known."""
    assert isinstance(listing, Arrays)
    return (listing.shape[:2], min(listing.shape[2], 3)) if len(listing.shape) == 3 else (listing.shape, 0)


def _measure(listing: Listing) -> tuple[float, float, float]:
    """Center, spread and grain of points."""
    assert isinstance(listing, Arrays)
    values = listing.loaded[0]
    spread = float(values.std(dtype=np.float64)) or 1.0
    return float(values.mean(dtype=np.float64)), spread, (_grain(values) / spread) or 1.0


def _grain(points: np.ndarray) -> float:
    """The deviation of the Gaussians that points seem to lie in, by their correlation integral; 0 for too few points.

    The share of pairs nearer than r grows like a power of r (Grassberger & Procaccia 1983). Where points lie in
    clusters it nearly stops growing between the size of a cluster and the way to the next: for a round Gaussian of two
    dimensions the power is halved at 2.24 deviations.
    """
    some = points[:: max(1, len(points) // LOOKED_AT)][:LOOKED_AT].astype(np.float64)
    squares = np.square(some).sum(1)
    pairs = (squares[:, None] + squares - 2 * some @ some.T)[np.triu_indices(len(some), 1)]
    distances = np.sort(np.sqrt(pairs.clip(min=0)))
    distances = distances[distances > 0]
    if len(distances) < FEWEST_PAIRS:
        return 0.0
    radii = np.geomspace(distances[FEWEST_PAIRS - 1], distances[-1], 60)
    powers = np.diff(np.log(np.searchsorted(distances, radii, side="right"))) / np.diff(np.log(radii))
    slow = np.flatnonzero(powers < powers[:3].mean() / 2)
    return float(radii[slow[0]] / 2.24) if len(slow) else float(np.median(distances) / 2.24)


def _look(listing: Pictures) -> tuple[tuple[int, ...], int]:
    """The most common size of evenly spaced pictures, and 1 channel if all of them are grey."""
    sizes: Counter[tuple[int, int]] = Counter()
    grey = True
    first_problem = ""
    for index in np.unique(np.linspace(0, len(listing.names) - 1, HEADERS).astype(int)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", Image.DecompressionBombWarning)
                height, width, is_grey = header(listing.content(int(index)))
        except (BadPicture, OSError) as error:
            first_problem = first_problem or f"{listing.names[index]}: {error}"
            continue
        sizes[height, width] += 1
        grey = grey and is_grey
    if not sizes:
        raise DataError(
            f"None of the {len(listing.names):,} pictures in {listing.where} can be opened ({first_problem}); "
            "expected whole picture files."
        )
    return sizes.most_common(1)[0][0], 1 if grey else 3


def header(content: bytes) -> tuple[int, int, bool]:
    """Height and width as seen (EXIF rotation applied) and whether a picture is grey; OSError when it is none."""
    try:
        image = Image.open(io.BytesIO(content))
        width, height = image.size
        # Asked for EXIF that it has not got, a PNG decodes all its pixels to look behind them.
        has_exif = image.format != "PNG" or "exif" in image.info
        turned = has_exif and image.getexif().get(ExifTags.Base.Orientation, 1) in (5, 6, 7, 8)
    except UnidentifiedImageError as error:
        raise OSError("not a picture") from error  # Pillow says the place of the bytes in memory
    except Exception as error:
        # Damaged headers raise almost anything; whether the picture is usable is the codec's to say.
        raise OSError(str(error)) from error
    return (width, height, _is_grey(image)) if turned else (height, width, _is_grey(image))


def _is_grey(image: Image.Image) -> bool:
    return image.mode in GREY or image.mode.startswith("I;16")
