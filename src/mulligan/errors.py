"""One base exception and its few children: every mistake that a user can make, told in one sentence."""

import difflib
import re
from collections.abc import Iterable


class MulliganError(Exception):
    """Base of all errors that are a user's to mend; the command line prints it without a stack trace."""


class DataError(MulliganError):
    """The data cannot be read or used."""


class BadPicture(DataError):  # noqa: N818 -- "bad picture" is what the reports call it
    """One picture file cannot be used; a source counts and names it, and goes on."""


class RecipeError(MulliganError):
    """A recipe, a part of it, or a number in it is wrong."""


class RunError(MulliganError):
    """A run folder is missing, locked, or does not fit what was asked."""


class ModelFileError(MulliganError):
    """A model or checkpoint file is damaged, or not ours."""


class DeviceError(MulliganError):
    """The device is not there, or cannot do what was asked."""


class TrainingError(MulliganError):
    """Training cannot go on."""


class DivergedError(TrainingError):
    """Numbers left what a computer can hold; ``found`` says which, in words."""

    def __init__(self, sentence: str, found: str = "") -> None:
        super().__init__(sentence)
        self.found = found


class MissingExtraError(MulliganError):
    """An optional package is needed and not installed."""


class Stopped(KeyboardInterrupt):
    """The user or the system wants the program to end now; ``signal`` is the number of the signal that said so."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = number


# What PyTorch and the libraries below it say: they have a type of their own for graphics cards alone. The last one is
# all that oneDNN has to say of it.
_OUT_OF_MEMORY = re.compile(
    r"allocate memory|out of memory|bad_alloc|alloc_failed|could not create a memory|could not create a primitive$",
    re.IGNORECASE,
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the memory of the machine or of a device was too small."""
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":  # TensorFlow's name for it
        return True
    return isinstance(error, RuntimeError) and (
        "OutOfMemory" in type(error).__name__ or _OUT_OF_MEMORY.search(str(error).strip()) is not None
    )


def nearest(name: str, choices: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the choice most like ``name``, or nothing when none is like it."""
    close = difflib.get_close_matches(name, list(choices), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


def missing_extra(package: str, extra: str) -> MissingExtraError:
    """The sentence for an optional package that is not installed."""
    return MissingExtraError(f"{package} is not installed; install it with: pip install 'mulligan[{extra}]'")
