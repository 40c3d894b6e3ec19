"""Frechet distance between Gaussians fitted to real and fake features (Heusel et al. 2017, eq. 6).

Needs features; lower is better. Biased upwards, the more the fewer the samples, so only equal counts compare.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from mulligan.errors import DataError
from mulligan.metrics._estimate import Estimate
from mulligan.metrics._features import Features


class Moments(NamedTuple):
    """Mean [d] and sample covariance [d, d] (N-1) of features, in float64."""

    mean: np.ndarray
    covariance: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> "Moments":
        """Those of features [n, d]; DataError where there is only one."""
        centred = _centred(values)
        return cls(values.mean(0, dtype=np.float64), centred.T @ centred)  # of one array: only half is computed


def distance(real: Moments, fake: Moments) -> float:
    """The squared distance between the two Gaussians: ``|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))``."""
    first, second = real.covariance, fake.covariance
    trace = np.trace(first) + np.trace(second) - 2 * _trace_root_product(first, second)
    return float(_squared(real.mean - fake.mean) + trace)


def distance_of_samples(real: np.ndarray, fake: np.ndarray) -> float:
    """The same from features [n, d] and [m, d], by the cheapest of the exact ways.

    For centred samples A and B with S1 = A^T A and S2 = B^T B, the eigenvalues of S1 S2 are those of A S2 A^T, which is
    small when A has fewer samples than dimensions; when B has too, their roots are the singular values of A B^T.
    """
    dimensions = real.shape[1]
    if min(len(real), len(fake)) >= dimensions:
        return distance(Moments.of(real), Moments.of(fake))
    few, many = sorted((_centred(real), _centred(fake)), key=len)
    if len(many) < dimensions:
        roots = float(np.linalg.svd(few @ many.T, compute_uv=False).sum())
    else:
        roots = _sum_of_roots(few @ (many.T @ many) @ few.T)
    means = _squared(real.mean(0, dtype=np.float64) - fake.mean(0, dtype=np.float64))
    return means + _squared(few) + _squared(many) - 2 * roots


def distance_to(real: Moments, root: np.ndarray, fake: np.ndarray) -> float:
    """The same for features [n, d], where the ``covariance_root`` of the real side is there already."""
    centred = _centred(fake)
    reach = centred @ root  # reach^T reach = R^T S2 R
    gram = reach @ reach.T if len(reach) < reach.shape[1] else reach.T @ reach
    means = _squared(real.mean - fake.mean(0, dtype=np.float64))
    return means + _squared(root) + _squared(centred) - 2 * _sum_of_roots(gram)


def covariance_root(moments: Moments) -> np.ndarray:
    """A matrix R with ``R R^T`` the covariance."""
    return _root(moments.covariance)


def _trace_root_product(first: np.ndarray, second: np.ndarray) -> float:
    # With S1 = R R^T, S1 S2 has the eigenvalues of the symmetric R^T S2 R, whose roots are real whatever the rounding.
    root = _root(first)
    return _sum_of_roots(root.T @ second @ root)


def _sum_of_roots(gram: np.ndarray) -> float:
    values = np.linalg.eigvalsh(gram)
    # Of a singular product, thousands of eigenvalues are rounding alone, and their roots would add up.
    return float(np.sqrt(values[values > values[-1] * len(values) * np.finfo(float).eps]).sum())


def _root(matrix: np.ndarray) -> np.ndarray:
    try:
        return np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:  # not of full rank, for instance a feature that is always 0
        values, vectors = np.linalg.eigh(matrix)
        return vectors * np.sqrt(values.clip(min=0))


def _centred(values: np.ndarray) -> np.ndarray:
    """Centred samples, scaled so that ``X^T X`` is their sample covariance."""
    if len(values) < 2:
        raise DataError(f"a covariance needs at least 2 samples; there are {len(values)}")
    return (values - values.mean(0, dtype=np.float64)) / np.sqrt(len(values) - 1)


def _squared(values: np.ndarray) -> float:
    return float(np.square(values).sum())


def standard_error(real: Moments, fake: np.ndarray) -> float:
    """How much the distance varies from one set of as many fakes to the next, to first order (the delta method).

    The derivative of the distance by the fake mean is ``2 (m2 - m1)`` and by S2 it is ``I - T``, where
    ``T = R (R^T S2 R)^(-1/2) R^T`` carries the fake Gaussian to the real one (Takatsu 2011) and S1 = R R^T.
    """
    count, mean = len(fake), fake.mean(0, dtype=np.float64)
    centred = fake - mean
    carried = np.square(centred).sum(1) - _carried(centred @ _root(real.covariance) / np.sqrt(count - 1))
    influence = 2 * centred @ (mean - real.mean) + carried
    return float(influence.std(ddof=1) / np.sqrt(count))


def _carried(reach: np.ndarray) -> np.ndarray:
    """``x T x`` for every centred fake x, of which ``reach`` [n, d] holds ``x R / sqrt(n - 1)``: from the smaller Gram.

    With ``reach = U s V^T``, it is ``(n - 1) U^2 s``.
    """
    few = len(reach) <= reach.shape[1]
    values, vectors = np.linalg.eigh(reach @ reach.T if few else reach.T @ reach)
    kept = values > values[-1] * 1e-10
    roots, vectors = np.sqrt(values[kept]), vectors[:, kept]
    squares = np.square(vectors) @ roots if few else np.square(reach @ vectors) @ (1 / roots)
    return squares * (len(reach) - 1)


@dataclass(frozen=True)
class Frechet:
    """The distance with an interval for the fakes that were drawn; the real set is taken as given."""

    needs: ClassVar[frozenset[str]] = frozenset()
    quick: ClassVar[bool] = True
    better: ClassVar[dict[str, str]] = {"frechet": "lower"}

    def __call__(self, real: Features, fake: Features, random: np.random.Generator) -> list[Estimate]:
        value = distance_of_samples(real.values, fake.values)
        spread = 1.96 * standard_error(Moments.of(real.values), fake.values)
        how = {"interval": "value +- 1.96 standard errors over fakes, delta method"}
        return [Estimate("frechet", value, max(value - spread, 0.0), value + spread, how)]
