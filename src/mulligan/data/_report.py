"""What was found, converted and refused, for people and for programs."""

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

# Names that a printed line lists before it says "and N more".
SHOWN = 5

# Names kept per list in files; the counts are always complete.
KEPT = 1000


@dataclass
class Findings:
    """What decoding a set of pictures brought to light; kept with the decoded cache."""

    converted: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, str]] = field(default_factory=list)
    sizes: Counter[str] = field(default_factory=Counter)  # "width x height" of the files
    names_by_size: dict[str, list[str]] = field(default_factory=dict)
    kept: array = field(default_factory=lambda: array("q"))  # indices of the pictures that could be decoded

    def note_size(self, height: int, width: int, name: str) -> None:
        """Remember a picture's own size and, for the less common sizes, its name."""
        size = f"{width}x{height}"
        self.sizes[size] += 1
        names = self.names_by_size.setdefault(size, [])
        if len(names) < KEPT:
            names.append(name)

    @property
    def differing(self) -> list[tuple[str, str]]:
        """Every (name, size) whose size is not the most common one, up to ``KEPT`` per size."""
        common = self.sizes.most_common(1)[0][0] if self.sizes else ""
        return [(name, size) for size, names in self.names_by_size.items() if size != common for name in names]

    def to_json(self) -> dict[str, Any]:
        """Plain lists and dicts, without the (long) names of the most common size."""
        common = self.sizes.most_common(1)[0][0] if self.sizes else ""
        names = {size: names for size, names in self.names_by_size.items() if size != common}
        counts = {"converted": dict(self.converted), "sizes": dict(self.sizes)}
        return {**counts, "refused": self.refused, "names_by_size": names}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Findings":
        """The inverse of ``to_json``."""
        return cls(
            converted=Counter(data["converted"]),
            refused=[(name, reason) for name, reason in data["refused"]],
            sizes=Counter(data["sizes"]),
            names_by_size=data["names_by_size"],
        )


@dataclass
class Report:
    """The report of one opened source; ``lines()`` for the terminal, ``to_json()`` without machine paths for files."""

    kind: str
    where: str
    split: str
    count: int
    shape: tuple[int, ...]
    classes: dict[str, int]
    licence: str
    findings: Findings
    refused: list[tuple[str, str]]
    left_out: dict[str, int]
    notes: list[str]
    fit: str
    cache: str

    @property
    def warnings(self) -> list[str]:
        """What a user should know before spending hours on this data."""
        found = []
        if self.count < 10:
            found.append(f"only {_count(self.count, self.what)}: the networks will memorize rather than generalize")
        empty = [name for name, count in self.classes.items() if count == 0]
        if empty:
            found.append(f"no samples of {_listed(empty)}")
        return found

    @property
    def what(self) -> str:
        """What the samples are called."""
        return "point" if len(self.shape) == 1 else "picture"

    def lines(self) -> list[str]:
        """The report as lines of text, the most important first."""
        lines = [
            f"{self.where}: {_count(self.count, self.what)}, {self._shape_words()} ({self.kind}, split {self.split})"
        ]
        if self.classes:
            counts = _listed([f"{name} {count:,}" for name, count in self.classes.items()], 12)
            lines.append(f"{len(self.classes)} classes: {counts}")
        lines += self._size_lines()
        if self.findings.converted:
            lines.append("converted: " + ", ".join(f"{n} {c:,}" for n, c in self.findings.converted.most_common()))
        if self.refused:
            reasons = [f"  {reason}" for _, reason in self.refused[:SHOWN]]
            more = [f"  and {len(self.refused) - SHOWN:,} more"] if len(self.refused) > SHOWN else []
            lines += [f"refused {_count(len(self.refused), 'file')}:", *reasons, *more]
        if self.left_out:
            kinds = ", ".join(f"{suffix} {count:,}" for suffix, count in Counter(self.left_out).most_common(SHOWN))
            lines.append(f"left out {_count(sum(self.left_out.values()), 'other file')}: {kinds}")
        lines += self.notes
        lines += [f"warning: {warning}" for warning in self.warnings]
        return [*lines, f"licence: {self.licence}", f"cache: {self.cache}"]

    def to_json(self) -> dict[str, Any]:
        """The report as plain data, without the place of the cache or any other path of this machine."""
        plain = ("kind", "where", "split", "count", "classes", "licence", "left_out", "notes", "fit", "warnings")
        differing = self.findings.differing
        return {
            **{key: getattr(self, key) for key in plain},
            "shape": list(self.shape),
            "converted": dict(self.findings.converted),
            "refused_count": len(self.refused),
            "refused": [list(pair) for pair in self.refused[:KEPT]],
            "sizes": dict(self.findings.sizes.most_common(KEPT)),
            "differing_count": self.findings.sizes.total() - max(self.findings.sizes.values(), default=0),
            "differing": [list(pair) for pair in differing[:KEPT]],
        }

    def _shape_words(self) -> str:
        if len(self.shape) == 1:
            return f"{self.shape[0]} numbers each"
        height, width, channels = self.shape
        return f"{width}x{height} {({1: 'grey', 3: 'RGB', 4: 'RGBA'})[channels]}"

    def _size_lines(self) -> list[str]:
        sizes = self.findings.sizes
        if len(sizes) < 2:
            return []
        common, count = sizes.most_common(1)[0]
        others = _listed([f"{size} {number:,}" for size, number in sizes.most_common()[1:]])
        names = _listed([name for name, _ in self.findings.differing])
        return [
            f"sizes: {count:,} are {common}, {sizes.total() - count:,} differ ({others}): {names}",
            f'  all brought to one size with fit "{self.fit}" (--fit crop|pad|stretch, --size N)',
        ]


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def _listed(words: list[str], shown: int = SHOWN) -> str:
    more = [f"and {len(words) - shown:,} more"] if len(words) > shown else []
    return ", ".join(words[:shown] + more)
