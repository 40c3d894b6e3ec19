"""The model file: the product of a run with all that is needed to use it, and nothing that is code."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mulligan import catalogue, tensorfile
from mulligan.assemble.plan import Plan, data_json, user_file_json, user_module
from mulligan.errors import ModelFileError
from mulligan.recipe import Recipe
from mulligan.run import model_path


@dataclass(frozen=True)
class ModelFile:
    """What a model file holds."""

    path: Path
    recipe: Recipe
    codec: Any
    header: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]

    @property
    def labels(self) -> int:
        """Number of classes that the network knows."""
        return len(self.codec.class_names) if self.recipe.labels else 0

    @property
    def hash(self) -> str:
        """SHA-256 of the tensors."""
        return self.header["sha256"]


def save_model(path: Path, *, plan: Plan, arrays: Mapping[str, np.ndarray], images: int, scores: tuple) -> None:
    """Write the product's tensors with recipe, codec, data, licence note and scores."""
    from mulligan import __version__

    about = data_json(plan)
    header = {
        "kind": "model",
        "mulligan": __version__,
        "recipe": plan.recipe.to_json(),
        "codec": catalogue.to_json(plan.codec),
        "data": {key: about[key] for key in ("where", "fingerprint", "count", "licence")},
        "images": images,
        "scores": list(scores),
        "user_file": user_file_json(plan.user_file),
    }
    role = plan.recipe.game.product
    tensorfile.write(path, {f"{role}/{name}": array for name, array in arrays.items()}, header)


def read_model(where: str | Path, recipe_file: str | None = None) -> ModelFile:
    """Read a model file or the model of a run; ModelFileError when it is damaged, no model, or of a newer version."""
    path = model_path(Path(where))
    tensors, header = tensorfile.read(path)
    if header.get("kind") != "model":
        raise ModelFileError(f"{path} is a {header.get('kind', 'file')} and no model; expected model.safetensors of a run")
    module = user_module(recipe_file, header["user_file"])
    recipe = Recipe.from_json(header["recipe"], module)
    prefix = f"{recipe.game.product}/"
    arrays = {name.removeprefix(prefix): array for name, array in tensors.items()}
    return ModelFile(path, recipe, catalogue.from_json(header["codec"]), header, arrays)
