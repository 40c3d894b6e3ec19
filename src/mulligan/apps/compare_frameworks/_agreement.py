"""How far two trainings from the same weights, on the same data and latents, are apart step by step."""

from collections.abc import Mapping, Sequence
from statistics import median

Scalars = Mapping[str, float]
SHOWN_STEPS = (1, 2, 5, 10, 20, 50, 100)


def differences(first: Sequence[Scalars], second: Sequence[Scalars]) -> dict[str, list[float]]:
    """For each term its difference at each step, relative to the larger of the two values.

    A value below the term's median size counts as that, so that a term which passes through zero does not stand out.
    """
    assert set(first[0]) == set(second[0]), "both frameworks tell of the same terms"
    found = {}
    for name in sorted(first[0]):
        ours, theirs = [each[name] for each in first], [each[name] for each in second]
        usual = median(abs(value) for value in ours)
        found[name] = [_relative(a, b, usual) for a, b in zip(ours, theirs, strict=True)]
    return found


def _relative(a: float, b: float, usual: float) -> float:
    size = max(abs(a), abs(b), usual)
    return abs(a - b) / size if size else 0.0


def largest(found: Mapping[str, Sequence[float]]) -> float:
    """The largest of all terms and steps."""
    return max(max(values) for values in found.values())


def shown_steps(count: int) -> list[int]:
    """Some of so many steps, counted from 1, the last one among them."""
    return [*(step for step in SHOWN_STEPS if step < count), count]
