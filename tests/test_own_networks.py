"""Networks of a user's own in each framework: the two examples of the documentation, which are the same GAN."""

import ast
import json
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


def test_one_of_them_is_refused_by_the_other_framework(refused, in_tmp):
    words = ("train", "digits", "--recipe", BOTH["torch"], "--steps", 2, "--backend", "tensorflow")
    assert "which TensorFlow cannot train" in refused(*words)


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
