"""The public functions: the words of the command line, from a thread as in a notebook, with useful displays."""

import inspect
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from command_line import *  # noqa: F403 -- fixtures

import mulligan as m
from mulligan.apps.compare import compare
from mulligan.apps.compare_frameworks import compare_frameworks
from mulligan.cli import train as train_command
from mulligan.durations import seconds
from mulligan.objectives import Objective

TINY_SET = {"networks.generator.width": 4, "networks.critic.width": 4, "score_samples": 64}
TINY = {"recipe": "dcgan", "batch": 16, "display": "silent", "set": TINY_SET}


def test_train_resume_load_evaluate_in_a_thread(in_tmp):
    found: dict = {}

    def cell() -> None:
        result = m.train("digits", steps=3, out=Path("run"), **TINY)
        found["resumed"] = m.resume(result.folder, steps=5, display="silent")
        found["model"] = m.load(result.folder)
        found["evaluation"] = m.evaluate(result.folder, samples=20)

    thread = threading.Thread(target=cell)
    thread.start()
    thread.join()
    assert found["resumed"].images == 80
    pictures = found["model"].generate(3, seed=1)
    assert pictures.shape == (3, 8, 8, 1) and pictures.dtype == np.uint8
    assert "frechet" in repr(found["evaluation"])
    assert repr(found["model"]).startswith("<Model run: dcgan, samples of shape (8, 8, 1), ")


def test_set_takes_a_dict_a_list_or_one_text(in_tmp):
    from mulligan.api import _options

    dictionary = {
        "learning_rate": m.Cosine(1e-3, 1e-4, share=0.5),
        "mirror": True,
        "game.penalties": "r1,r2",
        "gradient_clip": None,
    }
    assert _options({"set": dictionary}).set == (
        "learning_rate=cosine(0.001,0.0001,50%)", "mirror=true", "game.penalties=r1,r2", "gradient_clip=null",
    )  # fmt: skip
    assert _options({"set": "mirror=true"}).set == _options({"set": ["mirror=true"]}).set == ("mirror=true",)
    assert _options({"patience": 3}).set == ("patience_scores=3",)
    assert _options({"time": "1m", "recipe": Path("a.py"), "size": [4, 8]}).seconds == 60


def test_words_are_those_of_the_command_line():
    words = set(inspect.signature(m.train).parameters)
    options = {param.name for param in train_command.command.params} - {"resume", "settings", "as_json", "processes"}
    assert options <= words and "set" in words


@pytest.mark.parametrize(
    "words, expected",
    [
        ({"stepz": 3}, "Did you mean 'steps'"), ({"steps": "3"}, "steps cannot be '3'; expected a whole number"),
        ({"batch": 2.5}, "expected a whole number"), ({"time": "soon"}, "no length of time"),
        ({"epochs": float("nan")}, "epochs cannot be nan"), ({"set": {"mirror": object()}}, "set cannot take"),
        ({"size": "big"}, "size cannot be 'big'"), ({"recipe": 3}, "recipe cannot be 3"),
        ({"steps": True}, "cannot be True"), ({"seed": -1}, "the seed is -1; expected a whole number of 0 or more"),
        ({"display": "x"}, "display cannot be 'x'; expected auto or live or plain or silent"),
        ({"out": 5}, "out cannot be 5; expected a text or a path or none"),
        ({"set": 5}, "set cannot be 5; expected a dict, or texts like"), ({"set": [1]}, "set cannot be"),
    ],
)  # fmt: skip
def test_wrong_words_get_a_sentence(in_tmp, words, expected):
    with pytest.raises(m.MulliganError, match=expected):
        m.train("digits", **words)


@pytest.mark.parametrize(
    "call, expected",
    [
        (lambda run: m.train(None), "data cannot be None; expected a text or a path$"),
        (lambda run: m.train(np.zeros((9, 8, 8))), r"an array of shape \(9, 8, 8\); .*savez.*mulligan.keras.GAN"),
        (lambda run: m.resume(5), "run cannot be 5"), (lambda run: m.load(None), "path cannot be None"),
        (lambda run: m.load(run, recipe=5), "recipe cannot be 5"), (lambda run: m.load(run, device=5), "device cannot"),
        (lambda run: m.load(run, backend=5), "backend cannot be 5; expected a text or none"),
        (lambda run: m.load(run).generate("3"), "samples cannot be '3'"),
        (lambda run: m.load(run).generate(2.5), "samples cannot be 2.5; expected a whole number"),
        (lambda run: m.load(run).generate(3, seed="x"), "seed cannot be 'x'"),
        (lambda run: m.evaluate(None), "what cannot be None"), (lambda run: m.evaluate(run, 3), "data cannot be 3"),
        (lambda run: m.evaluate(run, samples="x"), "samples cannot be 'x'"),
        (lambda run: m.evaluate(run, measures=[3]), "measures cannot be .3.; expected a text or a list with a text at"),
        (lambda run: m.evaluate(run, extractor=3), "extractor cannot be 3"),
        (lambda run: m.evaluate(run, display="x"), "display cannot be 'x'; expected auto or silent"),
        (lambda run: compare([run, run], samples="x"), "samples cannot be 'x'"),
        (lambda run: compare("ab"), "models cannot be 'ab'"),
        (lambda run: compare([run, run], sampels=3), "there is no option 'sampels'. Did you mean 'samples'?"),
        (lambda run: compare_frameworks("dcgan", "digits", out="x", secs=1), "there is no option 'secs'"),
    ],
)  # fmt: skip
def test_arguments_of_a_wrong_kind_get_a_sentence(plain_run, in_tmp, call, expected):
    with pytest.raises(m.MulliganError, match=expected):
        call(plain_run)


def test_numbers_of_numpy_are_numbers(plain_run):
    assert len(m.load(plain_run).generate(np.int64(2), seed=np.uint8(1))) == 2


@dataclass(frozen=True)
class FromANotebook(Objective):
    pass


def test_a_part_that_no_file_has_is_refused_before_training(in_tmp):
    from mulligan.recipes.dcgan import recipe

    mine = replace(recipe, game=replace(recipe.game, objective=FromANotebook()))
    with pytest.raises(m.MulliganError, match="write it to a file"):
        m.train("digits", recipe=mine, steps=1)
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    "text, expected",
    [(90, 90), ("90", 90), ("90s", 90), ("10m", 600), ("1h30m", 5400), ("1.5h", 5400), ("1d", 86400), ("2H", 7200)],
)
def test_durations(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize(
    "text", ["", "0s", "10x", "m", "10m5", "-5m", "-5", "0", "nan", "inf", "1h 30", "ten minutes", None]
)
def test_no_durations(text):
    with pytest.raises(m.MulliganError, match="no length of time; expected for instance 90s, 10m or 1h30m"):
        seconds(text)


def test_train_is_a_function_in_every_order_of_imports():
    program = "from mulligan.train import loop; import mulligan; assert callable(mulligan.train)"
    subprocess.run([sys.executable, "-W", "error::ImportWarning", "-c", program], check=True)
    assert m.train is m.train and callable(m.train)


def test_unknown_name_of_the_package():
    with pytest.raises(AttributeError, match="tarin"):
        m.tarin  # noqa: B018
    assert {"train", "load", "evaluate", "resume", "Recipe"} <= set(dir(m))
