"""Networks of a user's own in each framework: the two examples of the documentation, which are the same GAN."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import *  # noqa: F403 -- fixtures

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
BOTH = {"torch": EXAMPLES / "own_networks_torch.py", "tensorflow": EXAMPLES / "own_networks_keras.py"}


@pytest.mark.parametrize("framework", BOTH)
def test_they_train_resume_and_generate(mulligan, in_tmp, framework):
    own = ("--recipe", BOTH[framework])
    small = ("--backend", framework, "--set", "score_samples=64", "--batch", 8, "--json")
    first = mulligan("train", "digits", *own, *small, "--steps", 4, "--out", "run")
    assert json.loads(first.out)["images"] == 32
    again = mulligan("train", "--resume", "run", *own, "--steps", 6, "--json")
    assert json.loads(again.out)["images"] == 48
    mulligan("generate", "run", *own, "-n", 2, "-o", "pictures")
    assert Path("pictures/grid.png").is_file()


UNNAMED = """
import keras
from dataclasses import replace
from mulligan.networks import mlp
from mulligan.recipes.dense import recipe as dense

class _Block(keras.Layer):
    def __init__(self, width):
        super().__init__()
        self.line = keras.layers.Dense(width, name="fc")

    def build(self, shape):
        self.line.build(shape)
        self.gain = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, x):
        return self.line(x * self.gain)

class Painter(keras.Model):
    def __init__(self, facts):
        super().__init__()
        height, width = facts.size
        self.blocks = [_Block(12), _Block(height * width)]
        self.fold = keras.layers.Reshape((height, width, 1))

    def call(self, z, label=None):
        return keras.ops.tanh(self.fold(self.blocks[1](self.blocks[0](z))))

recipe = replace(dense, networks={"generator": Painter, "critic": mlp.Critic(hidden=(8,))}, latent=5)
"""


def test_what_keras_names_by_counting_is_found_again_in_another_process(mulligan, in_tmp):
    Path("mine.py").write_text(UNNAMED)
    own = ("--recipe", "mine.py")
    small = ("--backend", "tensorflow", "--set", "score_samples=64", "--batch", 8)
    mulligan("train", "digits", *own, *small, "--steps", 3, "--out", "run")
    command = [sys.executable, "-m", "mulligan", "generate", "run", *own, "-n", "2", "-o", "pictures"]
    answer = subprocess.run(command, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    mulligan("train", "--resume", "run", *own, "--steps", 4, "--json")
    assert "opened from its file" in mulligan("check", "mine.py", "--backend", "tensorflow").out


COUNTED = """
from dataclasses import replace
from torch import nn
from mulligan.networks import mlp
from mulligan.recipes.dense import recipe as dense

made = []

class Painter(nn.Module):
    def __init__(self, facts):
        super().__init__()
        made.append(self)
        self.latent, self.fold = facts.latent, nn.Unflatten(1, (1, *facts.size))
        self.add_module(f"line{len(made)}", nn.Linear(facts.latent, facts.size[0] * facts.size[1]))

    def forward(self, z, label=None):
        line = next(part for name, part in self.named_children() if name.startswith("line"))
        return self.fold(line(z)).tanh()

recipe = replace(dense, networks={"generator": Painter, "critic": mlp.Critic(hidden=(8,))}, latent=5)
"""


def test_check_sees_weights_that_are_called_otherwise_each_time(refused, in_tmp):
    Path("mine.py").write_text(COUNTED)
    assert "made a second time, have other weights; give their layers" in refused(
        "check", "mine.py", "--backend", "torch"
    )


def test_a_file_that_loads_tensorflow_has_it_silent(in_tmp):
    command = [sys.executable, "-m", "mulligan", "show", BOTH["tensorflow"], "--backend", "tensorflow"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    answer = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert (answer.returncode, answer.stderr) == (0, "") and "conv2d_transpose" in answer.stdout


def test_one_of_them_is_refused_by_the_other_framework(refused, in_tmp):
    words = ("train", "digits", "--recipe", BOTH["torch"], "--steps", 2, "--backend", "tensorflow")
    assert "which TensorFlow cannot train" in refused(*words)
    words = ("train", "digits", "--recipe", BOTH["tensorflow"], "--steps", 2)
    assert "which PyTorch cannot train; return a torch.nn.Module, or type --backend tensorflow" in refused(*words)


def test_the_page_shows_them_to_the_letter():
    """Their networks; the head and the recipe are the same in both, and stand there once."""
    page = (EXAMPLES.parent / "frameworks.md").read_text(encoding="utf-8")
    for path in BOTH.values():
        source = path.read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef):
                assert ast.get_source_segment(source, node) in page


def test_both_are_the_same_recipe():
    recipes = [path.read_text(encoding="utf-8").partition("\nrecipe = ")[2] for path in BOTH.values()]
    assert recipes[0] == recipes[1] != ""
