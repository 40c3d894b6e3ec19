"""A trained model, ready to be used."""

from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

from mulligan import kinds, recipes, twins
from mulligan.assemble import look
from mulligan.assemble._backend import open_backend
from mulligan.assemble.model import ModelFile, read_model
from mulligan.codecs import Provenance
from mulligan.errors import RecipeError, RunError, nearest
from mulligan.run import BEST, MODEL, RESOLVED, Run

Place = str | PathLike[str]
CHECKPOINTS = ("last", "best")


@kinds.checked()
def load(path: Place, *, checkpoint: str | None = None, backend: str | None = None, device: str = "auto",
         recipe: Place | None = None) -> "Model":  # fmt: skip
    """Open a run folder or a model file; ``recipe`` is the user's own file that it was made with, if any.

    ``checkpoint`` is "best" for the best model of a run instead of its last. ``backend`` is "torch" or "tensorflow", by
    default the one that trained it, where that is installed.
    """
    own = None if recipe is None else fspath(recipe)
    with recipes.blame(own):
        file = read_model(_chosen(Path(path), checkpoint), own)
        return Model(file, open_backend(twins.choose(backend, file.framework), device))


def _chosen(path: Path, checkpoint: str | None) -> Path:
    """Where that model of a run is; RunError for what is no run, or has no best one yet."""
    if checkpoint not in (None, *CHECKPOINTS):
        raise RunError(f"there is no {checkpoint!r} model of a run; expected {' or '.join(CHECKPOINTS)}")
    if checkpoint is not None and not (path / RESOLVED).is_file():
        raise RunError(f"{path} is no run folder, so it has no {checkpoint} model; leave --checkpoint out")
    if checkpoint != "best":
        return path
    if not (best := Run.open(path).best).is_file():
        raise RunError(f"the run {path} has no {BEST} yet, as it was not scored; type --checkpoint last")
    return best


class Model:
    """Generates samples: ``mulligan.load("runs/digits-auto-1").generate(64, seed=0)``."""

    def __init__(self, file: ModelFile, backend: Any) -> None:
        self.file, self.backend = file, backend
        self.recipe, self.codec = file.recipe, file.codec
        self.network = backend.load_product(file.recipe, file.codec.shape, file.labels, file.arrays)

    def __repr__(self) -> str:
        size = self.backend.parameter_count(self.network)
        return f"<Model {self.name}: {self.recipe.name}, samples of shape {self.codec.shape}, {size:,} parameters>"

    @property
    def name(self) -> str:
        """The run's name, or the file's."""
        path = self.file.path.absolute()
        return path.parent.name if path.name in (MODEL, BEST) else path.stem

    @property
    def class_names(self) -> tuple[str, ...]:
        """The labels that may be asked for; none where the model knows none."""
        return self.codec.class_names if self.recipe.labels else ()

    @kinds.checked()
    def generate(
        self, samples: int = 64, *, seed: int = 0, label: str | int | None = None, start: int = 0
    ) -> np.ndarray:
        """Raw samples, uint8 [n, h, w, c] for pictures; sample i of a seed is the same however many are asked for."""
        return self.decode(*self.inputs(samples, seed=seed, label=label, start=start))

    def inputs(
        self, samples: int, *, seed: int = 0, label: str | int | None = None, start: int = 0
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """The latents [n, latent] and labels [n] that ``generate`` makes its samples from."""
        wanted = None if label is None else self.label_index(label)
        counts = getattr(self.codec, "class_counts", ())
        latent, labels = look.inputs(self.recipe, self.file.labels, counts, seed, samples, start)
        return latent, labels if wanted is None else np.full(samples, wanted)

    def decode(self, latent: np.ndarray, label: np.ndarray | None = None) -> np.ndarray:
        """Raw samples of these latents."""
        return self.codec.to_raw(self.backend.sample(self.network, latent, label))

    def label_index(self, label: str | int) -> int:
        """The place of a label, by its name or its number; RecipeError for one that the model does not know."""
        names, asked = self.class_names, str(label)
        if not names:
            raise RecipeError(
                f"the model {self.name} was trained without labels; leave the label out, or train with --labels"
            )
        if asked in names:
            return names.index(asked)
        if asked.isdecimal() and int(asked) < len(names):
            return int(asked)
        known = f"It has {', '.join(names[:20])}{', ...' if len(names) > 20 else '.'}"
        raise RecipeError(f"the model {self.name} has no label {asked!r}.{nearest(asked, names)} {known}")

    def provenance(self, *, seed: int | None = None, index: int | None = None) -> Provenance:
        """What a file made by this model says of itself."""
        return Provenance(model=self.name, model_hash=self.file.hash, seed=seed, index=index)
