"""From a file to its twin in a framework: the one place that knows the frameworks and the endings of their files."""

from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

from mulligan.errors import RecipeError, missing_extra, nearest


class Framework(NamedTuple):
    """How a framework's twin files end, and by which packages its tensors and networks are known."""

    ending: str
    packages: tuple[str, ...]


# By the name that a user types.
FRAMEWORKS = {"torch": Framework("torch", ("torch",)), "tensorflow": Framework("keras", ("keras", "tensorflow"))}
ENDINGS = tuple(f"_{framework.ending}" for framework in FRAMEWORKS.values())


def twin(home: str, framework: str, *, instead: str = "choose another one, or another --backend") -> ModuleType:
    """The twin of the module ``home`` in a framework.

    RecipeError for an unknown framework and, with what to do ``instead``, where there is no such twin;
    MissingExtraError where the framework is not installed.
    """
    if framework not in FRAMEWORKS:
        choices = " or ".join(FRAMEWORKS)
        raise RecipeError(f"there is no framework {framework!r}; expected {choices}.{nearest(framework, FRAMEWORKS)}")
    ending, packages = FRAMEWORKS[framework]
    try:
        return import_module(f"{home}_{ending}")
    except ModuleNotFoundError as error:
        if error.name == f"{home}_{ending}":
            raise RecipeError(f"{home.rpartition('.')[2]} has no {framework} form; {instead}") from None
        if error.name and error.name.partition(".")[0] in packages:
            raise missing_extra(framework, framework) from None
        raise


def build(spec: Any, framework: str, *, instead: str = "choose another one, or another --backend") -> Any:
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
