"""What came of a row."""

from dataclasses import dataclass, field


@dataclass
class Outcome:
    """``tried`` faults, the sentences of those that were not survived, and what was measured on the way."""

    tried: int = 0
    bad: list[str] = field(default_factory=list)
    measured: str = ""

    def __bool__(self) -> bool:
        return self.tried > 0 and not self.bad

    @property
    def figure(self) -> str:
        """As one writes it into a table."""
        text = f"{self.tried - len(self.bad)} of {self.tried}"
        return f"{text}; {self.measured}" if self.measured else text

    def check(self, is_good: bool, sentence: str) -> None:
        """Count one fault."""
        self.tried += 1
        if not is_good:
            self.bad.append(sentence)
