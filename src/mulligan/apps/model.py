"""A trained model, ready to be used."""

from pathlib import Path
from typing import Any

import numpy as np

from mulligan.assemble import look
from mulligan.assemble._backend import open_backend
from mulligan.assemble.model import ModelFile, read_model
from mulligan.codecs._provenance import Provenance
from mulligan.errors import RecipeError, nearest
from mulligan.train.draws import Draws


def load(path: str | Path, *, backend: str = "torch", device: str = "auto", recipe: str | None = None) -> "Model":
    """Open a run folder or a model file; ``recipe`` names the user's own file that it was made with, where there is one."""
    return Model(read_model(path, recipe), open_backend(backend, device))


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
        return self.file.path.parent.name if self.file.path.name == "model.safetensors" else self.file.path.stem

    @property
    def class_names(self) -> tuple[str, ...]:
        """The labels that may be asked for; none where the model knows none."""
        return self.codec.class_names if self.recipe.labels else ()

    def generate(self, count: int = 64, *, seed: int = 0, label: str | int | None = None, start: int = 0) -> np.ndarray:
        """Raw samples, uint8 [n, h, w, c] for pictures; sample i of a seed is the same however many are asked for."""
        return self.decode(*self.inputs(count, seed=seed, label=label, start=start))

    def inputs(self, count: int, *, seed: int = 0, label: str | int | None = None, start: int = 0) -> tuple[np.ndarray, np.ndarray | None]:
        """The latents [n, latent] and labels [n] that ``generate`` makes its samples from."""
        if count < 1:
            raise RecipeError(f"{count} samples were asked for; expected 1 or more, for instance -n 64")
        wanted = None if label is None else self.label_index(label)
        latent, labels = look.inputs(self.recipe, self.file.labels, getattr(self.codec, "class_counts", ()), Draws(seed), count, start)
        return latent, labels if wanted is None else np.full(count, wanted)

    def decode(self, latent: np.ndarray, label: np.ndarray | None = None) -> np.ndarray:
        """Raw samples of these latents."""
        return self.codec.to_raw(self.backend.sample(self.network, latent, label))

    def label_index(self, label: str | int) -> int:
        """The place of a label, by its name or its number; RecipeError for one that the model does not know."""
        names = self.class_names
        if not names:
            raise RecipeError(f"the model {self.name} was trained without labels; leave the label out, or train with --labels")
        if str(label) in names:
            return names.index(str(label))
        if str(label).isdigit() and int(label) < len(names):
            return int(label)
        raise RecipeError(f"the model {self.name} has no label {label!r}; it has {', '.join(names)}.{nearest(str(label), names)}")

    def provenance(self, *, seed: int | None = None, index: int | None = None) -> Provenance:
        """What a file made by this model says of itself."""
        return Provenance(model=self.name, model_hash=self.file.hash, seed=seed, index=index)
