"""Starting from a trained model: its weights where the shapes allow, its critic from a run, layers that stay."""

import json
import shutil

import _tiny_runs as tiny
import numpy as np
import pytest

from mulligan import tensorfile
from mulligan.assemble.model import read_model
from mulligan.assemble.plan import Options, load_recipe
from mulligan.assemble.training import train
from mulligan.errors import ModelFileError, RecipeError

DCGAN = ("networks.generator.latent=4", "networks.generator.width=4", "networks.critic.width=4", "score_samples=50")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained") / "first"
    tiny.start(folder, recipe="dcgan", labels=True, steps=12, set=(*DCGAN, "tick_images=48"))
    return folder


def tensors(folder, images):
    return tensorfile.read(folder / "checkpoints" / f"{images:012d}.safetensors")[0]


def resolved(folder):
    return json.loads((folder / "recipe.json").read_text())["recipe"]


def tune(folder, where, init, capsys, **options):
    chosen = {"init": str(init), "cache": False, "steps": 4, "set": ("tick_images=8",)} | options
    result = train(str(where), Options(**chosen), out=folder, display="plain")
    return result, capsys.readouterr().out


def stopped_at_its_beginning(folder, where, init, capsys, **options):
    """The tensors that a fine-tuned run starts with, and what it told."""
    with tiny.signal_after(1):
        _, out = tune(folder, where, init, capsys, **options)
    return tensors(folder, 0), out


def test_a_run_gives_its_generator_and_its_critic(trained, tmp_path, capsys):
    photos = tiny.pictures(tmp_path / "photos", 12)
    begun, out = stopped_at_its_beginning(tmp_path / "run", photos, trained, capsys, labels=False)
    last, product = tensors(trained, 96), tensorfile.read(trained / "model.safetensors")[0]
    assert "recipe: dcgan, that of first" in out
    assert "init: generator, critic of first after 96 images" in out
    assert "tensors of other shapes start anew: generator/" in out, "what the labels took part in"
    assert np.array_equal(begun["network/generator/pixels.weight"], product["generator/pixels.weight"])
    critic = [key for key in begun if key.startswith("network/critic/down.")]
    assert critic and all(np.array_equal(begun[key], last[key]) for key in critic)
    averages = [key.removeprefix("ema/") for key in begun if key.startswith("ema/")]
    assert all(np.array_equal(begun[f"ema/{name}"], begun[f"network/generator/{name}"]) for name in averages)


def test_a_model_file_gives_the_generator_and_says_that_the_critic_is_new(trained, tmp_path, capsys):
    begun, out = stopped_at_its_beginning(tmp_path / "run", "digits", trained / "model.safetensors", capsys)
    product = tensorfile.read(trained / "model.safetensors")[0]
    assert all(np.array_equal(begun[f"network/{name}"], array) for name, array in product.items())
    assert "init: generator of model.safetensors" in out
    assert "has no critic, which starts anew; name the run folder to take it too" in out


def test_another_size_and_the_models_own_size(trained, tmp_path, capsys):
    photos = tiny.pictures(tmp_path / "photos", 12, size=20)
    tune(tmp_path / "same", photos, trained, capsys, labels=False)
    assert json.loads((tmp_path / "same" / "recipe.json").read_text())["codec"]["size"] == [8, 8]
    _, out = tune(tmp_path / "larger", photos, trained, capsys, labels=False, size=12)
    assert json.loads((tmp_path / "larger" / "recipe.json").read_text())["codec"]["size"] == [12, 12]
    assert "tensors of other shapes start anew" in out


def test_frozen_layers_do_not_move_and_the_others_do_also_after_a_resume(trained, tmp_path, capsys):
    run = tmp_path / "run"
    with tiny.signal_after(2 * 6):
        _, out = tune(run, "digits", trained, capsys, steps=12, freeze_layers=1)
    assert "init: these layers of the critic stay as they are: down.0" in out
    (tmp_path / "unbroken").mkdir()
    tune(tmp_path / "unbroken", "digits", trained, capsys, steps=12, freeze_layers=1)
    tiny.go_on(run)
    assert tiny.state(run) == tiny.state(tmp_path / "unbroken")
    before, after = tensors(trained, 96), tensors(run, 96)
    frozen = [key for key in after if key.startswith("network/critic/down.0.")]
    moving = [
        key for key in after if key.startswith("network/critic/") and key.endswith("weight") and key not in frozen
    ]
    assert frozen and all(np.array_equal(before[key], after[key]) for key in frozen)
    assert moving and not any(np.array_equal(before[key], after[key]) for key in moving)


def test_a_normalized_weight_and_its_bias_are_one_layer(tmp_path, capsys):
    settings = ("networks.generator.width=4", "networks.critic.width=4", "score_samples=50")
    tiny.start(tmp_path / "first", recipe="sngan", steps=1, set=settings)
    _, out = tune(tmp_path / "run", "digits", tmp_path / "first", capsys, steps=1, freeze_layers=2)
    names = out.partition("stay as they are: ")[2].splitlines()[0].split(", ")
    assert len(names) == 2 and not any("parametrizations" in name for name in names)


def test_a_run_that_was_killed_at_its_start_does_not_need_the_model_again(trained, tmp_path, capsys):
    first = shutil.copytree(trained, tmp_path / "first")
    stopped_at_its_beginning(tmp_path / "run", "digits", first, capsys, freeze_layers=1)
    max((tmp_path / "run" / "checkpoints").iterdir()).unlink()
    shutil.rmtree(first)
    tiny.go_on(tmp_path / "run")
    tune(tmp_path / "unbroken", "digits", trained, capsys, freeze_layers=1)
    assert tiny.model(tmp_path / "run") == tiny.model(tmp_path / "unbroken")


def test_what_cannot_be_started_from_gets_a_sentence(trained, tmp_path, capsys):
    with pytest.raises(RecipeError, match="--freeze-layers keeps layers of a trained critic"):
        tune(tmp_path / "run", "digits", trained / "model.safetensors", capsys, freeze_layers=1)
    with pytest.raises(RecipeError, match="expected --freeze-layers 1 or more"):
        tune(tmp_path / "run", "digits", trained, capsys, freeze_layers=-1)
    with pytest.raises(
        RecipeError, match=r"the critic has \d layers, .* leave none to train; type --freeze-layers \d or"
    ):
        tune(tmp_path / "frozen", "digits", trained, capsys, freeze_layers=99)
    checkpoint = max((trained / "checkpoints").iterdir())
    with pytest.raises(ModelFileError, match="is a checkpoint and no model"):
        tune(tmp_path / "run", "digits", checkpoint, capsys)
    photos = tiny.pictures(tmp_path / "photos", 3)
    with pytest.raises(RecipeError, match="trains with labels and the data has none"):
        tune(tmp_path / "run", photos, trained, capsys)
    assert not (tmp_path / "run").exists()


def test_schedules_and_budget_are_those_of_the_new_run(tmp_path, capsys):
    cosine = "learning_rate=cosine(1e-3,1e-4,50%)"
    tiny.start(tmp_path / "first", steps=100, set=(cosine,))
    tune(tmp_path / "run", "digits", tmp_path / "first", capsys, steps=10)
    assert resolved(tmp_path / "run")["learning_rate"]["images"] == 10 * tiny.BATCH // 2
    tiny.go_on(tmp_path / "first", steps=101)
    trained = read_model(tmp_path / "first")
    assert trained.recipe.learning_rate.images == 400 and trained.unresolved.learning_rate.share == 0.5
    assert trained.unresolved.images == load_recipe("dense")[0].images, "the budget where none is asked for"
    assert trained.unresolved.tick_images is None


def test_auto_asks_again_whether_the_pictures_are_few(tmp_path, capsys):
    many = tmp_path / "many.npz"
    np.savez(many, images=np.random.default_rng(0).integers(0, 256, (5000, 16, 16), np.uint8))
    small = ("networks.generator.width=4", "networks.critic.width=4", "score_samples=50", "batch_size=8")
    tiny.start(tmp_path / "first", many, recipe="auto", steps=1, set=small)
    assert resolved(tmp_path / "first")["augment"] is None
    photos = tiny.pictures(tmp_path / "photos", 12, size=16)
    _, out = tune(tmp_path / "run", photos, tmp_path / "first", capsys)
    assert resolved(tmp_path / "run")["augment"]["is"].endswith("DiffAugment")
    assert "because fewer than 5,000 pictures are few" in out
    assert resolved(tmp_path / "run")["networks"] == resolved(tmp_path / "first")["networks"]


def test_a_layer_that_starts_anew_cannot_be_frozen(trained, tmp_path, capsys):
    photos = tiny.pictures(tmp_path / "photos", 12)
    with pytest.raises(RecipeError, match=r"the layer down\.0 of the critic would be frozen untrained"):
        tune(tmp_path / "run", photos, trained, capsys, labels=False, channels=3, freeze_layers=1)
