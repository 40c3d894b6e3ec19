"""A number with its interval and the protocol that it was measured by."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mulligan.errors import DataError


@dataclass(frozen=True)
class Score:
    """One number of a measure; ``low`` and ``high`` bound its 95 % interval, ``better`` is "higher" or "lower".

    ``protocol`` is all that decides whether two numbers may be compared; ``details`` is what else was seen on the way.
    """

    measure: str
    value: float
    low: float
    high: float
    better: str
    protocol: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def stamp(self) -> str:
        """Twelve hexadecimal digits that are equal for numbers measured alike, and only for those."""
        text = json.dumps({"measure": self.measure, "protocol": self.protocol}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def extractor(self) -> str:
        """What made the features, as the protocol names it."""
        return str(self.protocol.get("extractor"))

    def beats(self, other: "Score") -> bool:
        """Whether this number is the better one; DataError when the two were not measured alike."""
        if self.stamp != other.stamp:
            raise DataError(f"two scores cannot be compared, {self.difference(other)}; measure both alike")
        return self.value > other.value if self.better == "higher" else self.value < other.value

    def difference(self, other: "Score") -> str:
        """The entries of the protocol that differ, as text for a person."""
        mine, theirs = ({"measure": score.measure} | score.protocol for score in (self, other))
        names = [name for name in mine | theirs if mine.get(name) != theirs.get(name)]
        return ", ".join(f"{name} is {mine.get(name)} in one and {theirs.get(name)} in the other" for name in names)

    def to_json(self) -> dict[str, Any]:
        """As JSON's types, for logs and model files; details that are empty are left out."""
        return {key: value for key, value in asdict(self).items() if key != "details" or value}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Score":
        """What ``to_json`` wrote; entries of later versions are left aside."""
        return cls(**{key: content[key] for key in cls.__dataclass_fields__ if key in content})

    def __str__(self) -> str:
        interval = f"[{self.low:.4g}, {self.high:.4g}]"
        return f"{self.measure} {self.value:.4g} {interval} ({self.better} is better, stamp {self.stamp})"
