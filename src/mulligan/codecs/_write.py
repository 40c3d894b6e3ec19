"""Writing pictures: single ones, grids and arrays, marked as generated, and whole or not at all."""

import io
import json
import math
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mulligan.codecs._provenance import Provenance
from mulligan.disk import whole_file, write_whole
from mulligan.errors import DataError

ICON = 16  # pixels; pictures of that size and below are enlarged smoothly in a grid
READABLE = 48  # pixels; the smaller pictures of a grid are enlarged to at least this
MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def picture(raw: np.ndarray) -> Image.Image:
    """The Pillow picture of one raw sample, uint8 [h, w, 1|3|4]; DataError for anything else."""
    if raw.dtype != np.uint8 or raw.ndim != 3 or raw.shape[2] not in MODES:
        wanted = "expected uint8 of 0 to 255, [height, width, 1, 3 or 4]"
        raise DataError(f"a picture to be written is {raw.dtype} of shape {raw.shape}; {wanted}")
    return Image.fromarray(raw[:, :, 0] if raw.shape[2] == 1 else raw)


def png_bytes(raw: np.ndarray, provenance: Provenance | None) -> bytes:
    """One raw picture, uint8 [h, w, c], as a PNG file that says how it was made; with None it says nothing."""
    file = io.BytesIO()
    picture(raw).save(file, "PNG", pnginfo=_chunks(provenance) if provenance else None)
    return file.getvalue()


def save_png(path: Path, raw: np.ndarray, provenance: Provenance | None) -> Path:
    """Write one raw picture; a kill or a full disk leaves the old file or none, never half of one."""
    write_whole(path, png_bytes(raw, provenance))
    return Path(path)


def save_npz(path: Path, raw: np.ndarray, provenance: Provenance | None, labels: np.ndarray | None = None) -> Path:
    """Write raw samples [n, ...] as ``images`` (and ``labels``) of an npz file, with ``provenance`` as JSON text."""
    arrays = {"images": raw}
    if labels is not None:
        arrays["labels"] = labels
    if provenance:
        arrays["provenance"] = np.array(json.dumps(asdict(provenance) | {"generated": True}))
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    return Path(path)


def grid(raw: np.ndarray, columns: int | None = None, gap: int = 2) -> np.ndarray:
    """Lay raw pictures [n, h, w, c] out in rows on white, as near to a square as they go; returns uint8 [H, W, c].

    Tiny pictures are enlarged first. ``gap`` is in pixels of the result.
    """
    tiles = _smoothly_enlarged(raw) if max(raw.shape[1:3]) <= ICON else enlarge(raw)
    n, h, w, c = tiles.shape
    columns = columns or default_columns(n)
    rows = math.ceil(n / columns)
    sheet = np.full((rows * (h + gap) - gap, columns * (w + gap) - gap, c), 255, np.uint8)
    for index, tile in enumerate(tiles):
        top, left = (index // columns) * (h + gap), (index % columns) * (w + gap)
        sheet[top : top + h, left : left + w] = tile
    return sheet


def default_columns(count: int) -> int:
    """The columns of a grid for so many pictures: full rows where a nearly square sheet has them."""
    square = max(1, math.ceil(math.sqrt(count)))
    full = [columns for columns in range(square, 2 * square + 1) if count % columns == 0]
    return full[0] if full else square


def enlarge(raw: np.ndarray, smallest: int = READABLE) -> np.ndarray:
    """Repeat the pixels of pictures [..., h, w, c] a whole number of times until the longer side is ``smallest``."""
    times = math.ceil(smallest / max(raw.shape[-3:-1]))
    return raw.repeat(times, axis=-3).repeat(times, axis=-2) if times > 1 else raw


def _smoothly_enlarged(raw: np.ndarray) -> np.ndarray:
    """The same for icons [n, h, w, c], which a person cannot read as a few large squares."""
    times = math.ceil(READABLE / max(raw.shape[1:3]))
    size = raw.shape[2] * times, raw.shape[1] * times
    tiles = [np.asarray(picture(sample).resize(size, Image.Resampling.BICUBIC)) for sample in raw]
    return np.stack(tiles).reshape(len(raw), size[1], size[0], raw.shape[3])


def _chunks(provenance: Provenance) -> PngInfo:
    chunks = PngInfo()
    chunks.add_itxt("XML:com.adobe.xmp", provenance.packet().decode())
    for name, value in provenance.facts().items():
        chunks.add_text(name, value)
    chunks.add_text("Description", provenance.sentence())
    return chunks
