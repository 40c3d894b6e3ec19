"""What a framework needs on disk: its installed packages, without those that Mulligan needs by itself."""

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution, packages_distributions
from pathlib import Path
from typing import NamedTuple

from mulligan.twins import FRAMEWORKS

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Installed(NamedTuple):
    """Packages and the bytes of their files; ``roots`` are the framework itself, with versions."""

    bytes: int
    packages: list[str]
    roots: list[str]


def installed(framework: str) -> Installed:
    """The framework's packages with all that they need, which Mulligan does not bring anyway."""
    owners = packages_distributions()
    roots = {name for package in FRAMEWORKS[framework].packages for name in owners.get(package, ())}
    brought = set(_with_needs(_needs("mulligan")))
    own = {name: found for name, found in _with_needs(roots).items() if name not in brought}
    named = [f"{_normal(there.name)} {there.version}" for there in map(distribution, sorted(roots))]
    return Installed(sum(map(_bytes, own.values())), sorted(own), named)


def _with_needs(names: Iterable[str]) -> dict[str, Distribution]:
    """The installed distributions of these names and all that they need, by normalized name."""
    found: dict[str, Distribution] = {}
    waiting = list(names)
    while waiting:
        name = _normal(waiting.pop())
        if name in found or (there := _distribution(name)) is None:
            continue
        found[name] = there
        waiting += _needs(name)
    return found


def _needs(name: str) -> list[str]:
    """The names that a distribution requires, without its extras; what another system needs is not installed here."""
    there = _distribution(name)
    wanted = (there.requires if there else None) or []
    return [found[0] for text in wanted if "extra ==" not in text and (found := _NAME.match(text))]


def _distribution(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _bytes(there: Distribution) -> int:
    places = (Path(str(file.locate())) for file in there.files or ())
    return sum(place.stat().st_size for place in places if place.is_file())


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
