"""From a file to its twin in a framework: the one place that knows the frameworks and the endings of their files."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from mulligan.errors import MissingExtraError, RecipeError, missing_extra, nearest


class Framework(NamedTuple):
    """How a framework's twin files end, and by which packages its tensors and networks are known."""

    ending: str
    packages: tuple[str, ...]


# By the name that a user types; the first one that is installed is the default.
FRAMEWORKS = {"torch": Framework("torch", ("torch",)), "tensorflow": Framework("keras", ("keras", "tensorflow"))}
ENDINGS = tuple(f"_{framework.ending}" for framework in FRAMEWORKS.values())


def choose(asked: str | None, own: str | None = None) -> str:
    """The framework that was ``asked`` for, else its ``own`` one of a model, else the first that is installed.

    A model is at home in every framework, so its own one is passed over where it is not installed. MissingExtraError
    where none is.
    """
    if asked is not None:
        return asked
    for name in (own, *FRAMEWORKS):
        if name in FRAMEWORKS and is_installed(name):
            return name
    either = " or ".join(f"pip install 'mulligan[{name}]'" for name in FRAMEWORKS)
    raise MissingExtraError(f"neither {' nor '.join(FRAMEWORKS)} is installed; type {either}")


def is_installed(framework: str) -> bool:
    """Whether a framework can be loaded, without loading it."""
    return all(_is_there(package) for package in FRAMEWORKS[framework].packages)


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):  # a module that was loaded by hand may not say where it comes from
        return False


def has_twin(home: str, framework: str) -> bool:
    """Whether the module ``home`` has a twin in a framework, which need not be installed for that."""
    return _is_there(f"{home}_{FRAMEWORKS[framework].ending}")


def twin(
    home: str,
    framework: str,
    *,
    instead: str = "choose another one, or another --backend (mulligan list says what runs where)",
) -> ModuleType:
    """The twin of the module ``home`` in a framework.

    RecipeError for an unknown framework and, with what to do ``instead``, where there is no such twin;
    MissingExtraError where the framework is not installed.
    """
    if framework not in FRAMEWORKS:
        choices = " or ".join(FRAMEWORKS)
        raise RecipeError(f"there is no framework {framework!r}; expected {choices}.{nearest(framework, FRAMEWORKS)}")
    ending = FRAMEWORKS[framework].ending
    try:
        if framework == "tensorflow" and has_twin(home, framework):
            _load_tensorflow()
        return import_module(f"{home}_{ending}")
    except ModuleNotFoundError as error:
        if error.name == f"{home}_{ending}":
            raise RecipeError(f"{home.rpartition('.')[2]} has no {framework} form; {instead}") from None
        raise missing(error) or error from None


@contextmanager
def loading(framework: str) -> Iterator[None]:
    """For imports by name of what belongs to one framework; MissingExtraError where it is not installed."""
    try:
        if framework == "tensorflow":
            _load_tensorflow()
        yield
    except ModuleNotFoundError as error:
        raise missing(error) or error from None


def missing(error: BaseException) -> MissingExtraError | None:
    """The sentence for an import that failed because a framework is not installed."""
    package = (getattr(error, "name", None) or "").partition(".")[0]
    found = isinstance(error, ModuleNotFoundError)
    needed = (name for name, framework in FRAMEWORKS.items() if found and package in framework.packages)
    return next((missing_extra(name, name) for name in needed), None)


def _load_tensorflow() -> None:
    """Have Keras compute with TensorFlow, whatever it does for other programs, and TensorFlow load in silence."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    if (keras := sys.modules.get("keras")) and (other := keras.config.backend()) != "tensorflow":
        raise RecipeError(f"keras was loaded with {other} behind it; set KERAS_BACKEND=tensorflow before importing it")
    load_in_silence()


def load_in_silence() -> None:
    """Load TensorFlow, which has much to say on standard error unless it was asked not to before."""
    if "tensorflow" not in sys.modules:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        with _no_words():
            import_module("tensorflow")


@contextmanager
def _no_words() -> Iterator[None]:
    """Nothing reaches standard error: TensorFlow's first lines about the processor are not a matter of its settings."""
    sys.stderr.flush()
    before = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


def build(
    spec: Any,
    framework: str,
    *,
    instead: str = "choose another one, or another --backend (mulligan list says what runs where)",
) -> Any:
    """What ``spec`` describes: the class of the same name in the twin of its file, called with the spec."""
    kind = type(spec)
    return getattr(twin(kind.__module__, framework, instead=instead), kind.__name__)(spec)


@cache
def framework_of(kind: type) -> str:
    """The framework that a type of tensor or network belongs to; TypeError for any other type."""
    packages = {base.__module__.partition(".")[0] for base in kind.__mro__}
    for name, framework in FRAMEWORKS.items():
        if packages.intersection(framework.packages):
            return name
    raise TypeError(f"{kind.__name__} is no tensor or network of {' or '.join(FRAMEWORKS)}")
