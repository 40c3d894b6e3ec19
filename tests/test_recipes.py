"""Every published recipe trains on the digits, draws something new, and goes on exactly: a new file is tested too."""

import math
import shutil
from dataclasses import fields, replace

import _tiny_runs as tiny
import pytest
from PIL import Image

from mulligan import recipes
from mulligan.assemble.check import check
from mulligan.assemble.plan import Options, make_plan

STEPS = 200
SMALL = {"latent": 8, "width": 8, "hidden": (16,), "widths": (4, 8)}


def small(name):
    """The recipe as a user gets it for the digits, with thin networks and a small batch."""
    recipe = make_plan("digits", Options(recipe=name, cache=False), "cpu").recipe
    networks = {role: replace(net, **_thin(net)) for role, net in recipe.networks.items()}
    step = tiny.BATCH * sum(turn.fresh_batch for turn in recipe.game.turns)
    # Two ticks, so that the checkpoint of the first one is still there at the end.
    ticks = {"tick_images": STEPS // 2 * step, "score_every_ticks": 1000, "score_samples": 50}
    return replace(recipe, networks=networks, batch_size=tiny.BATCH, **ticks)


def _thin(net):
    return {field.name: SMALL[field.name] for field in fields(net) if field.name in SMALL}


@pytest.mark.parametrize("name", recipes.names())
def test_a_recipe_trains_and_goes_on_exactly(name, tmp_path):
    done, again = tmp_path / "done", tmp_path / "again"
    recipe = small(name)
    assert tiny.start(done, recipe=recipe, steps=STEPS, batch=None).reason == "budget"

    ticks = [event for event in tiny.history(done) if event["event"] == "tick"]
    assert [tick["step"] for tick in ticks] == [STEPS // 2, STEPS]
    assert all(math.isfinite(value) for tick in ticks for value in (tick["terms"] | tick["estimates"]).values())
    first, last = (Image.open(done / tick["sample"]).tobytes() for tick in ticks)
    assert first != last

    # As a kill would leave it that comes just before the last checkpoint is written.
    shutil.copytree(done, again)
    max((again / "checkpoints").iterdir()).unlink()
    tiny.go_on(again)
    assert tiny.state(again) == tiny.state(done)
    assert tiny.model(again) == tiny.model(done)
    assert tiny.history(again) == tiny.history(done)


@pytest.mark.parametrize("name", ["cgan", "dense", "dense-conv", "r3gan-tiny", "wgan-gp"])
def test_a_recipe_passes_the_checks_that_a_users_own_file_must_pass(name):
    found = check(small(name))
    assert {"json", "sample shape", "save, load, go on", "same alone or in a batch"} <= found.keys()
