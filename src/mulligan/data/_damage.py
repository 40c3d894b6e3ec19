"""Damaged files raise almost anything; the user hears one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from mulligan.errors import DataError, MulliganError


@contextmanager
def reading(name: str) -> Iterator[None]:
    """While a stranger's file is read, every error but our own assertions becomes a DataError that names the file.

    Random changes to zip, tar, numpy, idx and parquet files made the libraries that read them raise more than a dozen
    kinds of error, from TokenError to MemoryError: a list of them would never be complete.
    """
    try:
        yield
    except (MulliganError, AssertionError):
        raise
    except PermissionError as error:
        raise DataError(f"'{name}' cannot be read ({error.strerror}); give yourself the right to read it.") from error
    except Exception as error:
        lines = str(error).splitlines() or [type(error).__name__]
        raise DataError(f"'{name}' is damaged or cut short ({lines[0]}); download or pack it again.") from error
