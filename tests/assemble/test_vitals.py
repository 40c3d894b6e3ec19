"""What is measured at a tick: it changes nothing, neither the run nor what the next tick is measured on."""

import _tiny_runs as tiny
import numpy as np
import pytest

from mulligan.train import log

TICKS = ("tick_images=16", "score_every_ticks=1000", "score_samples=50")
PAIRS = '''
"""A critic that judges two samples at once, as that of PacGAN (Lin et al. 2018) does."""
from dataclasses import replace
from torch import nn
from mulligan import recipes
from mulligan.networks import mlp

class InPairs(nn.Module):
    def __init__(self, facts):
        super().__init__()
        self.inside = nn.Linear(2 * facts.shape[0] * facts.shape[1] * facts.shape[2], 2)

    def forward(self, samples, label=None):
        return self.inside(samples.reshape(len(samples) // 2, -1)).flatten()

dense = recipes.get("dense")
recipe = replace(dense, networks={"generator": mlp.Generator(latent=4, hidden=(12,)), "critic": InPairs}, latent=4)
'''


@pytest.mark.parametrize("count", [1, 2])
def test_data_of_a_sample_or_two_has_signals_too(tmp_path, count):
    folder = tiny.start(tmp_path / "run", where=tiny.pictures(tmp_path / "photos", count), steps=6, set=TICKS).folder
    assert all(event["signals"] for event in log.read(folder / "log.jsonl") if event["event"] == "tick")


@pytest.mark.parametrize(("where", "batch"), [("digits", 127), ("toy:ring", 43)])
def test_a_batch_that_does_not_divide_what_is_looked_at_leaves_no_single_row_to_batch_norm(tmp_path, where, batch):
    words = (*TICKS, "networks.generator.batch_norm=true")
    folder = tiny.start(tmp_path / "run", where=where, batch=batch, steps=2, set=words, watch="warn").folder
    ticks = [event for event in log.read(folder / "log.jsonl") if event["event"] == "tick"]
    assert np.isfinite(list(ticks[-1]["signals"].values())).all()


def test_critics_that_judge_samples_in_pairs_are_shown_whole_pairs_of_few_samples(tmp_path):
    (tmp_path / "pairs.py").write_text(PAIRS)
    photos = tiny.pictures(tmp_path / "photos", 9)
    folder = tiny.start(tmp_path / "run", where=photos, recipe=str(tmp_path / "pairs.py"), steps=2, watch="warn").folder
    assert [event["signals"] for event in log.read(folder / "log.jsonl") if event["event"] == "tick"]


def test_a_network_of_double_precision_is_looked_at_too(tmp_path):
    (tmp_path / "double.py").write_text(
        PAIRS.replace("* facts.shape[2], 2)", "* facts.shape[2], 2).double()").replace(
            "samples.reshape(len(samples) // 2, -1)).flatten()",
            "samples.double().reshape(len(samples) // 2, -1)).flatten()",
        )
    )
    folder = tiny.start(tmp_path / "run", recipe=str(tmp_path / "double.py"), steps=2, watch="warn").folder
    assert [event["signals"] for event in log.read(folder / "log.jsonl") if event["event"] == "tick"]


def test_the_watch_knows_how_a_learning_rate_rises(tmp_path):
    words = (*TICKS, "learning_rate=exponential(1e-6,1e-4,20%)")
    rising = log.read(tiny.start(tmp_path / "run", steps=10, set=words).folder / "log.jsonl")[0]["setting"]["rising"]
    assert rising.keys() == {"learning_rate", "critic_learning_rate"} and len(rising["learning_rate"]) == 101
    assert rising["learning_rate"][0] == 1e-6 and rising["learning_rate"][25] == pytest.approx(1e-4)
    plain = tiny.start(tmp_path / "plain", steps=2, set=TICKS).folder
    assert log.read(plain / "log.jsonl")[0]["setting"]["rising"] == {}


@pytest.mark.parametrize("where", ["digits", "toy:ring"])
def test_frozen_networks_see_the_same_reals_at_every_tick(tmp_path, where):
    words = (*TICKS, "learning_rate=0", "critic_learning_rate=0")
    folder = tiny.start(tmp_path / "run", where=where, steps=12, set=words, watch="warn").folder
    signals = [event["signals"] for event in log.read(folder / "log.jsonl") if event["event"] == "tick"]
    for name in ("critic/real", "critic/held_out", "critic/reach"):
        assert np.ptp([each[name] for each in signals]) == 0, name
    assert np.ptp([each["critic/fake"] for each in signals]) > 0  # which are fresh ones


def test_the_watch_changes_nothing_of_what_is_computed(tmp_path):
    watched, blind = (
        tiny.start(tmp_path / watch, steps=12, set=TICKS, watch=watch).folder for watch in ("warn", "off")
    )
    assert tiny.model(watched) == tiny.model(blind)


@pytest.mark.parametrize(
    ("penalties", "held_to"),
    [
        ("gradient_penalty", [1.0]),
        ("r1", [0.0]),
        ("none", []),
        ("feature_matching", []),
        ("r1,gradient_penalty", [0.0, 1.0]),
    ],
)
def test_the_watch_knows_what_slope_each_penalty_holds_the_critic_to(tmp_path, penalties, held_to):
    words = (*TICKS, f"game.penalties={penalties}")
    folder = tiny.start(tmp_path / "run", steps=2, set=words).folder
    setting = log.read(folder / "log.jsonl")[0]["setting"]
    assert setting["slopes"] == held_to and len(setting["penalties"]) == len(held_to)
