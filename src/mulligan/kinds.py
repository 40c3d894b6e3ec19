"""What a field of a dataclass may hold, by its annotation; values from files and shells are checked against it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from functools import wraps
from inspect import signature
from os import PathLike
from types import NoneType, UnionType
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

from mulligan.errors import RecipeError, nearest
from mulligan.schedule import Number, Schedule

P = ParamSpec("P")
R = TypeVar("R")

_LARGEST = 2**63  # what neither a counter nor a formula has room for; infinity and NaN are not below it

_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    PathLike: "a path",
    NoneType: "none",
    Schedule: "a schedule like cosine(2e-4,5e-5,20%)",
}


def kinds(owner: type) -> Mapping[str, Any]:
    """The annotation of each field of a constructor; ``Any`` with a number as default is a number or a schedule."""
    try:
        hints = get_type_hints(owner)
    except (NameError, TypeError):  # a user's file may annotate with what exists for type checkers only
        hints = {}
    found = {}
    for field in fields(owner):
        hint = hints.get(field.name, Any)
        default_is_number = isinstance(field.default, float | int) and not isinstance(field.default, bool)
        found[field.name] = Number if hint is Any and default_is_number else hint
    return {field.name: found[field.name] for field in fields(owner) if field.init}


def required(owner: type) -> list[str]:
    """The fields that have no default."""
    return [f.name for f in fields(owner) if f.init and f.default is MISSING and f.default_factory is MISSING]


def check(owner: type, values: Mapping[str, Any]) -> None:
    """Raise RecipeError for the first value that cannot stand in the field of its name."""
    for name, value in values.items():
        if not fits(value, kind := kinds(owner)[name]):
            raise RecipeError(f"{name} cannot be {shortened(value)}; expected {wanted(value, kind)}")


def checked(words_of: Callable | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Have a public function raise RecipeError for a wrong kind of argument; ``words_of`` has those of its ``**``."""

    def decorated(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def call(*given: P.args, **named: P.kwargs) -> R:
            known = (get_type_hints(words_of) if words_of else {}) | get_type_hints(function)
            for name, value in (dict(zip(signature(function).parameters, given, strict=False)) | named).items():
                if words_of and name not in known:
                    raise RecipeError(f"there is no option {name!r}.{nearest(name, known)}")
                _check_argument(name, value, known.get(name, Any))
            return function(*given, **named)

        return call

    return decorated


def _check_argument(name: str, value: Any, kind: Any) -> None:
    shape = getattr(value, "shape", None)
    if fits(value.item() if shape == () else value, kind):  # a number of numpy's is as good as another
        return
    found, advice = shortened(value), ""
    if shape is not None:
        found = f"an array of shape {tuple(shape)}"
        advice = "; save it, numpy.savez('data.npz', images=...), and name the file, or use mulligan.keras.GAN(...).fit"
    raise RecipeError(f"{name} cannot be {found}; expected {words(kind)}{advice}")


def fits(value: Any, kind: Any) -> bool:
    """Whether a value is of the annotated kind; whole numbers are numbers too, true is none, and none is infinite."""
    origin = get_origin(kind) or kind
    if origin in (Union, UnionType):
        return any(fits(value, each) for each in get_args(kind))
    if origin is Literal:
        return value in get_args(kind)
    if origin is Sequence:
        return isinstance(value, Sequence) and not isinstance(value, str) and _tuple_fits(value, (*get_args(kind), ...))
    if origin is tuple:
        return isinstance(value, tuple) and _tuple_fits(value, get_args(kind))
    if origin in (int, float):
        numbers = (int, float) if origin is float else int
        return isinstance(value, numbers) and not isinstance(value, bool) and abs(value) < _LARGEST
    return origin is Any or not isinstance(origin, type) or isinstance(value, origin)


def _tuple_fits(value: Sequence, inner: tuple) -> bool:
    if len(inner) == 2 and inner[1] is Ellipsis:
        return all(fits(each, inner[0]) for each in value)
    return not inner or (len(value) == len(inner) and all(map(fits, value, inner)))


def wanted(value: Any, kind: Any) -> str:
    """The kind in words, and how large a number may be where the value, or its text, is a larger one."""
    numbers = any(_WORDS[each] in words(kind) for each in (int, float))
    return f"{words(kind)}, below {_LARGEST:.3g}" if numbers and _is_too_large(value) else words(kind)


def _is_too_large(value: Any) -> bool:
    try:
        return abs(float(value)) >= _LARGEST
    except OverflowError:
        return True
    except (TypeError, ValueError):
        return False


def words(kind: Any) -> str:
    """The kind as a user reads it."""
    return " or ".join(dict.fromkeys(_words(kind)))


def _words(kind: Any) -> Iterator[str]:
    origin = get_origin(kind) or kind
    if origin in (Union, UnionType):
        for each in get_args(kind):
            yield from _words(each)
    elif origin is Literal:
        yield from get_args(kind)
    elif origin is Sequence:
        yield f"a list with {words(get_args(kind)[0])} at each place"
    elif origin is tuple:
        yield "values with commas between them"
    else:
        yield _WORDS.get(origin, f"a part of the kind {getattr(origin, '__name__', origin)}")


def shortened(value: Any) -> str:
    """A value as a sentence can bear it."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
