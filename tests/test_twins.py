"""Twins are found by name in one place, and what cannot be found is told in a sentence."""

import os
import subprocess
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


def without(monkeypatch, *packages):
    for package in packages:
        monkeypatch.setitem(sys.modules, package, None)


def test_what_was_asked_for_comes_before_what_a_model_is_and_that_before_what_is_installed(monkeypatch):
    assert twins.choose(None) == "torch"
    assert twins.choose(None, "tensorflow") == "tensorflow" and twins.choose("torch", "tensorflow") == "torch"
    assert twins.choose(None, "a framework of the future") == "torch"
    without(monkeypatch, "torch")
    assert twins.choose(None) == twins.choose(None, "torch") == "tensorflow"
    without(monkeypatch, "keras")
    with pytest.raises(MissingExtraError, match=r"neither torch nor tensorflow is installed; type pip install 'mull"):
        twins.choose(None)


def test_a_twin_is_there_or_not_whatever_is_installed(monkeypatch):
    without(monkeypatch, "torch", "tensorflow", "keras")
    assert twins.has_twin("mulligan.ops", "torch") and not twins.has_twin("mulligan.twins", "tensorflow")
    assert twins.has_twin("mulligan.metrics.extractors.classifier", "tensorflow")
    assert not twins.has_twin("mulligan.nowhere.at_all", "torch")


def said(code, **environment):
    """Standard output and error of a Python that was told so."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | environment)
    return done.stdout.strip(), done.stderr.strip()


HOME = "mulligan.metrics.extractors.classifier"


def test_keras_computes_with_tensorflow_whatever_it_is_set_to_and_says_nothing():
    code = f"from mulligan import twins; print(twins.twin({HOME!r}, 'tensorflow').keras.config.backend())"
    assert said(code, KERAS_BACKEND="torch", TF_CPP_MIN_LOG_LEVEL="0") == ("tensorflow", "")


def test_a_keras_that_was_loaded_for_another_framework_gets_a_sentence():
    code = f"import keras; from mulligan import twins; twins.twin({HOME!r}, 'tensorflow')"
    _, error = said(code, KERAS_BACKEND="torch")
    assert "keras was loaded with torch behind it; set KERAS_BACKEND=tensorflow before importing it" in error


class OfAUser(torch.nn.Linear):
    """A network whose class stands in a file of a user's own."""


@pytest.mark.parametrize("kind", [torch.Tensor, torch.nn.Parameter, OfAUser])
def test_the_framework_is_found_from_the_type(kind):
    assert twins.framework_of(kind) == "torch"


def test_a_type_of_no_framework_is_our_own_mistake():
    with pytest.raises(TypeError, match="ndarray is no tensor or network of torch"):
        twins.framework_of(np.ndarray)
