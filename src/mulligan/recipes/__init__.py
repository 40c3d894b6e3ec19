"""One file per published GAN; a name is a file of this folder, and a user's own file is one more recipe."""

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType

from mulligan.errors import MissingExtraError, MulliganError, RecipeError, nearest
from mulligan.recipe import Recipe
from mulligan.twins import is_installed, load_in_silence, missing

AUTO = "auto"
_IMPORTS_TENSORFLOW = re.compile(rb"^(import|from)\s+(tensorflow|keras)\b", re.MULTILINE)


def names() -> list[str]:
    """The names of all published recipes, as one types them."""
    stems = (path.stem for path in Path(__file__).parent.glob("*.py"))
    return sorted(stem.replace("_", "-") for stem in stems if not stem.startswith("_"))


def get(name: str) -> Recipe:
    """A published recipe; RecipeError with the nearest match for an unknown name."""
    known = [each for each in names() if each != AUTO]
    if name == AUTO:
        raise RecipeError("auto is no recipe of its own: it picks one by the data; look with: mulligan show auto")
    if name.replace("_", "-") not in known:
        hint = nearest(name, names()) or f" There are {', '.join(names())}."
        raise RecipeError(f"there is no recipe {name!r}; expected one of mulligan list, or a .py file of yours.{hint}")
    recipe: Recipe = import_module(f"mulligan.recipes.{name.replace('-', '_')}").recipe
    return recipe


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
    loader = _Fresh(path.name, str(path))
    spec = spec_from_loader(path.name, loader)
    assert spec
    module = module_from_spec(spec)
    sys.modules[path.name] = module
    with blame(path):
        if _IMPORTS_TENSORFLOW.search(path.read_bytes()) and is_installed("tensorflow"):
            load_in_silence()
        loader.exec_module(module)
    recipe = getattr(module, "recipe", None)
    if not isinstance(recipe, Recipe):
        raise RecipeError(f"{path} has no recipe; expected a line recipe = Recipe(game=..., networks={{...}})")
    _check_written(recipe, module, path)
    return recipe, module


class _Fresh(SourceFileLoader):
    """Reads the source each time: the cache of compiled files takes two edits within a second for one."""

    def get_code(self, name: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def _check_written(recipe: Recipe, module: ModuleType, path: Path) -> None:
    """A recipe that cannot be read back would train and then not resume."""
    try:
        text = json.dumps(recipe.to_json(), allow_nan=False)
        same = Recipe.from_json(json.loads(text), module).to_json() == json.loads(text)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"{path}: the recipe cannot be saved ({error}); expected numbers, texts and parts") from error
    except RecipeError as error:
        raise RecipeError(f"{path}: {error}") from error
    if not same:
        raise RecipeError(f"{path}: the recipe does not come back the same when it is saved and read")


@contextmanager
def blame(file: str | Path | None) -> Iterator[None]:
    """Turn whatever a user's own code raises into a sentence with file and line; do nothing without a file."""
    try:
        yield
    except MulliganError:
        raise
    except (Exception, SystemExit) as error:
        if file is None:
            raise
        if needed := missing(error):
            raise MissingExtraError(f"{file}: {needed}") from error
        where = f"{file} line {line}" if (line := _line_of(error, Path(file))) else str(file)
        said = error.msg if isinstance(error, SyntaxError) else error
        raise RecipeError(
            f"{where}: {type(error).__name__}: {said}; mend it and type: mulligan check {file}"
        ) from error


def file_hash(path: str | Path) -> str:
    """SHA-256 of a user's own file, kept with every run that it made."""
    return hashlib.sha256(_content(Path(path))).hexdigest()


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise RecipeError(f"there is no recipe file {path}; expected the .py file that this was made with")
    return path.read_bytes()


def _line_of(error: BaseException, path: Path) -> int | None:
    """The last line of the user's file that the error came through, or where it cannot be read."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno
    trace, line = error.__traceback__, None
    while trace:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
