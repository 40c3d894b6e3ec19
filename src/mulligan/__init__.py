"""Mulligan trains, judges, applies and ships generative adversarial networks."""

__version__ = "0.1.0"
