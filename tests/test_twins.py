"""Twins are found by name in one place, and what cannot be found is told in a sentence."""

import sys

import numpy as np
import pytest
import torch

from mulligan import twins
from mulligan.errors import MissingExtraError, RecipeError


def test_a_twin_is_the_file_with_the_ending_of_the_framework():
    assert twins.twin("mulligan.ops", "torch").__name__ == "mulligan.ops_torch"


def test_an_unknown_framework_names_the_nearest():
    with pytest.raises(RecipeError, match=r"no framework 'torhc'; expected torch or .*Did you mean 'torch'\?"):
        twins.twin("mulligan.ops", "torhc")


def test_a_missing_twin_says_what_to_do_instead():
    with pytest.raises(RecipeError, match="hinge has no torch form; do without it"):
        twins.twin("mulligan.objectives.hinge", "torch", instead="do without it")


def test_a_framework_that_is_not_installed_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "mulligan.ops_torch", raising=False)
    with pytest.raises(MissingExtraError, match=r"pip install 'mulligan\[torch\]'"):
        twins.twin("mulligan.ops", "torch")


class OfAUser(torch.nn.Linear):
    """A network whose class stands in a file of a user's own."""


@pytest.mark.parametrize("kind", [torch.Tensor, torch.nn.Parameter, OfAUser])
def test_the_framework_is_found_from_the_type(kind):
    assert twins.framework_of(kind) == "torch"


def test_a_type_of_no_framework_is_our_own_mistake():
    with pytest.raises(TypeError, match="ndarray is no tensor or network of torch"):
        twins.framework_of(np.ndarray)
