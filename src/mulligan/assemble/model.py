"""The model file: the product of a run with all that is needed to use it, and nothing that is code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from mulligan import catalogue, tensorfile
from mulligan.assemble import own_file
from mulligan.errors import ModelFileError
from mulligan.recipe import Recipe
from mulligan.run import MODEL, model_path

Found = TypeVar("Found")
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class ModelFile:
    """What a model file holds."""

    path: Path
    recipe: Recipe
    unresolved: Recipe  # the same before it met its budget, for who starts from it with another one
    codec: Any
    header: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]

    @property
    def framework(self) -> str:
        """The one that trained it."""
        return _framework(self.header)

    @property
    def labels(self) -> int:
        """Number of classes that the network knows."""
        return len(self.codec.class_names) if self.recipe.labels else 0

    @property
    def hash(self) -> str:
        """SHA-256 of the tensors."""
        return self.header["sha256"]


def save_model(
    path: Path, *, plan: Any, arrays: Mapping[str, np.ndarray], images: int, scores: tuple, framework: str
) -> None:
    """Write the product's tensors with recipe, codec, data, licence note and scores."""
    from mulligan import __version__

    header = {
        "kind": "model",
        "mulligan": __version__,
        "framework": framework,
        "recipe": plan.recipe.to_json(),
        "unresolved": plan.unresolved.to_json(),
        "codec": catalogue.to_json(plan.codec),
        "data": plan.about_data(),
        "images": images,
        "scores": list(scores),
        "user_file": own_file.described(plan.user_file),
    }
    role = plan.recipe.game.product
    tensorfile.write(path, {f"{role}/{name}": array for name, array in arrays.items()}, header)


def read_model(where: str | Path, recipe_file: Any = None) -> ModelFile:
    """Read a model file or the model of a run; ModelFileError when it is damaged, no model, or of a newer version."""
    path, header, roles = read_tensors(where)
    module = _rebuilt(path, lambda: own_file.load(recipe_file, header.get("user_file")))
    recipe = _rebuilt(path, lambda: Recipe.from_json(header["recipe"], module))
    # Files of the first versions have the resolved one alone.
    unresolved = _rebuilt(path, lambda: Recipe.from_json(header.get("unresolved", header["recipe"]), module))
    codec = _rebuilt(path, lambda: _codec(header))
    return ModelFile(path, recipe, unresolved, codec, header, roles.get(recipe.game.product, {}))


def read_tensors(where: str | Path) -> tuple[Path, dict[str, Any], dict[str, Arrays]]:
    """The file, its header and its tensors by the role of their network; for who needs no recipe."""
    path = model_path(Path(where))
    tensors, header = tensorfile.read(path)
    _check_kind(path, header)
    roles: dict[str, Arrays] = {}
    for name, array in tensors.items():
        role, _, rest = name.partition("/")
        roles.setdefault(role, {})[rest] = array
    return path, header, roles


def read_codec(where: str | Path) -> Any:
    """How a model reads its data."""
    path, header = _header(where)
    return _rebuilt(path, lambda: _codec(header))


def read_framework(where: str | Path) -> str:
    """The framework that trained a model."""
    return _framework(_header(where)[1])


def _header(where: str | Path) -> tuple[Path, dict[str, Any]]:
    path = model_path(Path(where))
    header = tensorfile.read_header(path)
    _check_kind(path, header)
    return path, header


def _framework(header: Mapping[str, Any]) -> str:
    return str(header.get("framework", "torch"))  # the first versions knew no other, and did not say it


def _codec(header: Mapping[str, Any]) -> Any:
    codec = catalogue.from_json(header["codec"])
    if not hasattr(codec, "to_raw"):
        raise ValueError(f"{codec!r} is no codec")
    return codec


def _check_kind(path: Path, header: Mapping[str, Any]) -> None:
    if header.get("kind") != "model":
        raise ModelFileError(f"{path} is a {header.get('kind', 'file')} and no model; expected {MODEL} of a run")


def _rebuilt(path: Path, build: Callable[[], Found]) -> Found:
    """A part of the header; what a stranger wrote there may be anything."""
    try:
        return build()
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        sentence = f"the header of {path} is not as Mulligan writes it ({error}); use another copy of it"
        raise ModelFileError(sentence) from error
