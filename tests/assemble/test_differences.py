"""Resuming with other settings is refused or accepted exactly as the table in `assemble.differences` says."""

import json

import _tiny_runs as tiny
import pytest

from mulligan.errors import RunError

REFUSED = {
    "learning_rate": ({"set": ("learning_rate=0.5",)}, "learning_rate is 0.0002 in the run and 0.5 now"),
    "batch": ({"batch": 16}, "batch_size is 8 in the run and 16 now"),
    "beta1": ({"set": ("beta1=0.9",)}, "beta1 is 0.5 in the run and 0.9 now"),
    "optimizer": ({"set": ("optimizer=rmsprop",)}, "optimizer is adam in the run and rmsprop now"),
    "half-life": ({"set": ("ema_half_life_images=5",)}, "ema_half_life_images is 10000 in the run and 5"),
    "instance noise": ({"set": ("instance_noise=0.1",)}, "instance_noise is 0.0 in the run and 0.1 now"),
    "accumulate": ({"set": ("accumulate=2",)}, "accumulate is 1 in the run and 2 now"),
    "augment": ({"set": ("augment=diffaug",)}, "augment is None in the run and augment/diffaug.DiffAugment now"),
    "mirror": ({"set": ("mirror=true",)}, "mirror is False in the run and True now"),
    "labels": ({"labels": True}, "labels is False in the run and True now"),
    "width": ({"set": ("networks.critic.hidden=[13]",)}, r"networks.critic.hidden is \[12\] in the run and \[13\] now"),
    "turns": ({"set": ("game.critic_turns=2",)}, "game.critic_turns is 1 in the run and 2 now"),
    "objective": (
        {"set": ("game.objective=hinge",)},
        "game.objective is objectives/nonsaturating.NonSaturating in the run and objectives/hinge.Hinge",
    ),
    "recipe": ({"recipe": "wgan"}, "recipe is dense in the run and wgan now"),
    "recipe auto": ({"recipe": "auto"}, "recipe is dense in the run and auto now"),
    "penalties": (
        {"set": ("game.penalties=r1",)},
        r"game.penalties is \[\] in the run and \['objectives/r1_r2.R1'\] now",
    ),
    "seed": ({"seed": 1}, "seed is 0 in the run and 1 now"),
    "size": ({"size": 16}, r"size is \[8, 8\] in the run and \[16, 16\] now"),
    "fit": ({"fit": "pad"}, "fit is crop in the run and pad now"),
    "channels": ({"channels": 3}, "channels is 1 in the run and 3 now"),
    "background": ({"background": "black"}, "background is white in the run and black now"),
    "init": ({"init": "elsewhere"}, "init is None in the run and .*elsewhere now"),
    "frozen layers": ({"freeze_layers": 2}, "freeze_layers is 0 in the run and 2 now"),
    "no ticks": ({"set": ("tick_images=none",)}, "cannot go on without the images of a tick; expected a whole number"),
    "two at once": ({"batch": 16, "seed": 3}, "batch_size is 8 in the run and 16 now; seed is 0 in the run and 3 now"),
}
ACCEPTED = {
    "steps": {"steps": 12},
    "images": {"images": 96},
    "epochs": {"epochs": 0.1},
    "time": {"seconds": 60.0, "steps": 12},
    "images of the recipe": {"set": ("images=96",)},
    "ticks": {"set": ("tick_images=16",)},
    "scores": {"set": ("score_every_ticks=1", "score_samples=20")},
    "patience": {"set": ("patience_scores=3",)},
    "words": {"set": ("about=mine",)},
    "workers": {"workers": 0},
    "device": {"device": "cpu"},
    "what the run has": {"seed": 0, "batch": 8, "size": 8, "recipe": "dense", "backend": "torch", "channels": 1},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("differences") / "run"
    tiny.start(folder)
    return folder


@pytest.mark.parametrize("key", REFUSED)
def test_what_would_change_the_result_is_refused_with_the_difference(key, run):
    options, sentence = REFUSED[key]
    before = (run / "recipe.json").read_text(), tiny.state(run)
    with pytest.raises(RunError, match=sentence):
        tiny.go_on(run, **options)
    assert ((run / "recipe.json").read_text(), tiny.state(run)) == before
    assert not (run / "owner.json").exists()


@pytest.mark.parametrize("key", ACCEPTED)
def test_what_changes_no_result_is_accepted(key, run):
    tiny.go_on(run, **ACCEPTED[key])


def test_what_is_accepted_is_written_down(tmp_path):
    tiny.start(tmp_path / "run")
    tiny.go_on(tmp_path / "run", workers=0, steps=12, set=("patience_scores=3",))
    resolved = json.loads((tmp_path / "run" / "recipe.json").read_text())
    assert resolved["recipe"]["patience_scores"] == 3
    assert resolved["settings"]["workers"] == 0
    assert resolved["settings"]["limits"] == {"images": 96, "seconds": None, "clock": "wall"}
    assert resolved["recipe"]["images"] == 80, "the length that the schedules were made for"


def test_other_data_is_refused_and_moved_data_is_found_when_named(tmp_path):
    photos, run = tiny.pictures(tmp_path / "photos", 20), tmp_path / "run"
    tiny.start(run, photos)
    moved = photos.rename(tmp_path / "moved")
    with pytest.raises(RunError, match=r"the data of .* \(photos\) is not at .*mulligan train DATA --resume"):
        tiny.go_on(run)
    tiny.go_on(run, where=str(moved), steps=12)
    assert tiny.go_on(run).images == 96, "the new place is remembered"
    next(moved.glob("*.png")).unlink()
    with pytest.raises(RunError, match="is not what this run was started with"):
        tiny.go_on(run)


def test_a_recipe_file_that_lacks_a_part_gets_a_sentence(tmp_path):
    run = tmp_path / "run"
    tiny.start(run)
    resolved = json.loads((run / "recipe.json").read_text())
    (run / "recipe.json").write_text(json.dumps({key: resolved[key] for key in resolved if key != "settings"}))
    with pytest.raises(RunError, match=r"recipe\.json lacks settings"):
        tiny.go_on(run)
    (run / "recipe.json").write_text("{")
    with pytest.raises(RunError, match=r"recipe\.json cannot be read"):
        tiny.go_on(run)
