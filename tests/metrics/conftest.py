"""What the tests of measures share."""

import importlib

import pytest


@pytest.fixture
def torchmetrics(monkeypatch):
    """Its modules by name. It breaks on import where torch-fidelity is without torchvision, so here it finds none."""
    imports = pytest.importorskip("lightning_utilities.core.imports")
    found = imports.RequirementCache.__bool__
    absent = lambda cache: "torch_fidelity" not in str(cache.requirement) and found(cache)  # noqa: E731
    monkeypatch.setattr(imports.RequirementCache, "__bool__", absent)
    return lambda name: importlib.import_module(f"torchmetrics.{name}")
