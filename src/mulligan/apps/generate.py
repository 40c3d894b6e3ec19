"""Write generated samples: a picture each, one grid of the first ones, and one array file of all.

The pictures lie in a folder of their own, so that it can be trained on and evaluated as it is.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from mulligan.apps._writers import writers
from mulligan.apps.model import Model
from mulligan.assemble import look
from mulligan.codecs import Provenance, png_bytes, save_npz, save_png
from mulligan.disk import write_whole
from mulligan.errors import RunError

SAMPLES, GRID = "samples", "grid.png"
GRID_AT_MOST = 256
TOGETHER = 64  # pictures that one process writes at a time
CHUNK = 8 * TOGETHER  # the floats of so many at a time; the raw samples, a quarter of that for pictures, are all kept


def generate(
    model: Model, samples: int, out: Path, *, seed: int = 0, label: str | int | None = None, mark: bool = True
) -> list[Path]:
    """Write samples to the folder ``out`` and return the files, the grid first.

    Every file says that it is generated, by which model and from which seed, unless ``mark`` is off.
    """
    _check_folder(out)
    _, labels = model.inputs(samples, seed=seed, label=label)
    shape = model.codec.shape
    folder, names = out / SAMPLES, [f"seed{seed}-{index:06d}.png" for index in range(samples if len(shape) == 3 else 0)]
    everything = np.empty((samples, *shape), np.uint8 if len(shape) == 3 else np.float32)
    whole = model.provenance(seed=seed) if mark else None
    with writers(samples) as write:
        for start in range(0, samples, CHUNK):
            raw = model.generate(min(CHUNK, samples - start), seed=seed, label=label, start=start)
            everything[start : start + len(raw)] = raw
            for first in range(start, start + len(raw), TOGETHER) if names else ():
                together = slice(first, first + TOGETHER)
                write(_write, str(folder), names[together], everything[together], first, whole)
    arrays = save_npz(out / f"seed{seed}.npz", everything, whole, labels)
    shown = everything[:GRID_AT_MOST] if names else everything
    grid = save_png(out / GRID, look.picture(shown), whole)
    return [grid, arrays, *(folder / name for name in names)]


def _check_folder(out: Path) -> None:
    """A name like wall.png asks for one picture, and a folder of that name would be a surprise."""
    if out.suffix.lower() in (".png", ".jpg", ".jpeg", ".gif", ".npz", ".npy", ".csv", ".parquet", ".zip", ".mp4"):
        raise RunError(
            f"{out} looks like a file; generate writes several into a folder: type --out {out.with_suffix('')}/"
        )
    if out.exists() and not out.is_dir():
        raise RunError(f"{out} exists and is no folder; choose another --out")


def _write(folder: str, names: list[str], raw: np.ndarray, first: int, provenance: Provenance | None) -> None:
    """A picture each, which says its place among the samples; a path of pathlib would take a fifth more."""
    for index, (name, picture) in enumerate(zip(names, raw, strict=True), first):
        content = png_bytes(picture, replace(provenance, index=index) if provenance else None)
        write_whole(f"{folder}/{name}", content)
