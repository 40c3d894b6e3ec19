"""Write generated samples: a picture each, one grid of the first ones, and one array file of all."""

from pathlib import Path

import numpy as np

from mulligan.apps.model import Model
from mulligan.assemble import look
from mulligan.codecs._write import save_npz, save_png

GRID_AT_MOST = 256
CHUNK = 512


def generate(
    model: Model, count: int, out: Path, *, seed: int = 0, label: str | int | None = None, mark: bool = True
) -> list[Path]:
    """Write ``count`` samples to ``out`` and return the files, the grid first.

    Every file says that it is generated, by which model and from which seed, unless ``mark`` is off.
    """
    chunks, files = [], []
    for start in range(0, count, CHUNK):
        raw = model.generate(min(CHUNK, count - start), seed=seed, label=label, start=start)
        chunks.append(raw)
        if raw.ndim == 4:
            files += [_write_one(model, picture, out, seed, start + i, mark) for i, picture in enumerate(raw)]
    everything = np.concatenate(chunks)
    _, labels = model.inputs(count, seed=seed, label=label)
    whole = model.provenance(seed=seed) if mark else None
    arrays = save_npz(out / f"seed{seed}.npz", everything, whole, labels)
    grid = save_png(out / "grid.png", look.picture(everything[:GRID_AT_MOST]), whole)
    return [grid, arrays, *files]


def _write_one(model: Model, picture: np.ndarray, out: Path, seed: int, index: int, mark: bool) -> Path:
    provenance = model.provenance(seed=seed, index=index) if mark else None
    return save_png(out / f"seed{seed}-{index:06d}.png", picture, provenance)
