"""One file per published GAN; a name is a file of this folder, and a user's own file is one more recipe."""

import hashlib
import importlib.util
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

from mulligan.errors import RecipeError, nearest
from mulligan.recipe import Recipe

AUTO = "auto"


def names() -> list[str]:
    """The names of all published recipes, as one types them."""
    stems = (path.stem for path in Path(__file__).parent.glob("*.py"))
    return sorted(stem.replace("_", "-") for stem in stems if not stem.startswith("_"))


def get(name: str) -> Recipe:
    """A published recipe; RecipeError with the nearest match for an unknown name."""
    known = [each for each in names() if each != AUTO]
    if name.replace("_", "-") not in known:
        raise RecipeError(f"there is no recipe {name!r}; expected one of {', '.join(known)}, or a .py file of yours.{nearest(name, known)}")
    return import_module(f"mulligan.recipes.{name.replace('-', '_')}").recipe


def source_file(name: str) -> Path:
    """The file that a published recipe stands in."""
    get(name)
    return Path(__file__).parent / f"{name.replace('-', '_')}.py"


def is_file(name: str) -> bool:
    """Whether a user means a file of his own."""
    return name.endswith(".py")


def load_file(path: str | Path) -> tuple[Recipe, ModuleType]:
    """Run a user's own file and take its ``recipe``; RecipeError when it cannot be run or has none."""
    path = Path(path)
    if not path.is_file():
        raise RecipeError(f"there is no recipe file {path}; expected a .py file with a line recipe = Recipe(...)")
    # The module goes by its file name, so that its parts are written as "my_gan.py:Name", which no import can find.
    spec = importlib.util.spec_from_file_location(path.name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.name] = module
    try:
        spec.loader.exec_module(module)
    except RecipeError:
        raise
    except Exception as error:
        line = _line_of(error, path)
        raise RecipeError(f"{path}{line} cannot be run: {type(error).__name__}: {error}; mend it and try again") from error
    recipe = getattr(module, "recipe", None)
    if not isinstance(recipe, Recipe):
        raise RecipeError(f"{path} has no recipe; expected a line recipe = Recipe(game=..., networks={{...}})")
    return recipe, module


def file_hash(path: str | Path) -> str:
    """SHA-256 of a user's own file, kept with every run that it made."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _line_of(error: BaseException, path: Path) -> str:
    trace, line = error.__traceback__, None
    while trace:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f" line {line}" if line else ""
