"""Runs in TensorFlow: they go on bit for bit, mend themselves, and start from what torch has trained."""

import json
from contextlib import contextmanager
from dataclasses import replace

import _tiny_runs as tiny
import numpy as np
import pytest
from _tensorflow import tf

from mulligan import tensorfile
from mulligan.assemble import _framework, backend_keras
from mulligan.assemble._backend import open_backend
from mulligan.assemble.doctor import doctor
from mulligan.assemble.plan import Options
from mulligan.assemble.training import resume
from mulligan.augment.diffaug import DiffAugment
from mulligan.errors import DeviceError, RecipeError, RunError
from mulligan.games.two_player import TwoPlayer
from mulligan.networks import dcgan
from mulligan.objectives.gradient_penalty import GradientPenalty
from mulligan.objectives.hinge import Hinge
from mulligan.objectives.wasserstein import Wasserstein
from mulligan.recipe import Recipe
from mulligan.schedule import Linear
from mulligan.train import log
from mulligan.train.draws import Draws
from mulligan.train.step_keras import Step

PLAIN = tiny.NOISY
CONVOLUTIONAL = {
    "generator": dcgan.Generator(latent=4, width=4),
    "critic": dcgan.Critic(width=4, normalization="spectral"),
}
RECIPES = {
    "labels, mirror, parts, dropout, noise": replace(
        PLAIN, name="a", labels=True, mirror=True, accumulate=3, instance_noise=Linear(0.3, 0.0, share=0.5)
    ),
    "spectral norm, a penalty, augmentation, rmsprop": replace(
        PLAIN,
        name="b",
        networks=CONVOLUTIONAL,
        score_every_ticks=1000,
        game=TwoPlayer(Wasserstein(), penalties=(GradientPenalty(),), critic_turns=2),
        augment=DiffAugment(),
        augment_probability=0.5,
        optimizer="rmsprop",
        gradient_clip=1.0,
    ),
}


@contextmanager
def signal_after(monkeypatch, steps):
    """Send this process SIGINT once it has played so many steps."""
    import signal

    played, play = 0, Step.__call__

    def counted(*words):
        nonlocal played
        scalars, played = play(*words), played + 1
        if played == steps:
            signal.raise_signal(signal.SIGINT)
        return scalars

    with monkeypatch.context() as patched:
        patched.setattr(Step, "__call__", counted)
        yield


def start(folder, recipe, steps=24, **options):
    return tiny.start(folder, recipe=recipe, batch=None, steps=steps, backend="tensorflow", **options)


@pytest.mark.parametrize("kind", RECIPES)
def test_every_kind_of_recipe_goes_on_exactly(kind, tmp_path, monkeypatch):
    recipe, run = RECIPES[kind], tmp_path / "run"
    start(tmp_path / "unbroken", recipe)
    with signal_after(monkeypatch, 10):
        assert start(run, recipe).reason == "interrupted"
    assert tiny.go_on(run).reason == "budget"
    for told in (tiny.state, tiny.model, tiny.history):
        assert told(run) == told(tmp_path / "unbroken")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run of torch and one of TensorFlow, with labels, batch norm and spectral norm."""
    folder = tmp_path_factory.mktemp("runs")
    recipe = replace(PLAIN, networks=CONVOLUTIONAL, labels=True, batch_size=16, tick_images=64, score_every_ticks=1000)
    for backend in ("torch", "tensorflow"):
        tiny.start(folder / backend, recipe=recipe, batch=None, steps=8, backend=backend)
    return folder


def test_checkpoints_of_both_frameworks_have_the_same_tensors(runs):
    found = [
        tensorfile.read(runs / name / "checkpoints/000000000128.safetensors")[0] for name in ("torch", "tensorflow")
    ]
    about = [{name: (array.shape, array.dtype) for name, array in tensors.items()} for tensors in found]
    assert about[0] == about[1] and any(name.startswith("optimizer/") for name in about[0])


@pytest.mark.parametrize("own, other", [("torch", "tensorflow"), ("tensorflow", "torch")])
def test_a_model_draws_the_same_pictures_in_the_other_framework(own, other, runs):
    import mulligan

    ours, theirs = (mulligan.load(runs / own, backend=name).generate(300, seed=5) for name in (own, other))
    assert ours.shape == theirs.shape == (300, 8, 8, 1) and ours.dtype == theirs.dtype == np.uint8
    assert np.abs(ours.astype(int) - theirs).max() <= 1
    assert len(np.unique(ours)) > 20 and np.abs(ours[0].astype(int) - ours[1]).max() > 5


def test_a_run_goes_on_in_its_own_framework_alone(runs):
    for own, other in (("torch", "tensorflow"), ("tensorflow", "torch")):
        with pytest.raises(RunError, match=f"backend is {own} in the run and {other} now"):
            resume(runs / own, Options(backend=other, steps=20, cache=False), display="silent")


@pytest.mark.parametrize("own", ["torch", "tensorflow"])
def test_a_run_starts_from_one_of_either_framework_with_layers_that_stay(own, runs, tmp_path, capsys):
    photos = tiny.pictures(tmp_path / "photos", 8)
    options = {"recipe": None, "batch": None, "init": str(runs / own), "labels": False, "set": ("tick_images=16",)}
    tiny.start(tmp_path / "run", photos, steps=2, backend="tensorflow", freeze_layers=1, **options)
    trained = tensorfile.read(runs / own / "checkpoints/000000000128.safetensors")[0]
    begun, ended = (tensorfile.read(tmp_path / f"run/checkpoints/{images:012d}.safetensors")[0] for images in (0, 32))
    kept = [name for name in trained if name.startswith("network/critic/down.0.") and not name.endswith(("_u", "_v"))]
    assert kept and all(np.array_equal(trained[name], ended[name]) for name in kept)
    others = [name for name in trained if name.startswith("network/critic/head.") and "original" in name]
    assert others and all(np.array_equal(trained[name], begun[name]) for name in others)
    assert not any(np.array_equal(trained[name], ended[name]) for name in others)
    product = tensorfile.read(runs / own / "model.safetensors")[0]["generator/pixels.weight"]
    assert np.array_equal(begun["network/generator/pixels.weight"], product)
    assert np.array_equal(begun["ema/pixels.weight"], product)


def test_a_learning_rate_that_is_too_high_is_named_and_lowered(tmp_path):
    words = ("tick_images=16", "score_every_ticks=1000", "score_samples=50", "learning_rate=0.1")
    result = tiny.start(tmp_path / "run", steps=24, set=words, watch="act", backend="tensorflow")
    assert (result.reason, result.images) == ("budget", 24 * tiny.BATCH)
    events = log.read(tmp_path / "run/log.jsonl")
    taken = [event["illness"] for event in events if event["event"] == "mulligan"]
    assert taken and set(taken) == {"learning-rate-too-high"}
    assert all(event["numbers"]["learning_rate"] < 0.02 for event in events if event["event"] == "tick")
    assert doctor(tmp_path / "run").mulligans and (tmp_path / "run/report.html").is_file()


def test_a_streamed_set_gives_the_numbers_of_a_resident_one(tmp_path, monkeypatch):
    recipe = replace(PLAIN, score_every_ticks=1000)
    start(tmp_path / "kept", recipe, steps=4)
    monkeypatch.setattr(_framework, "RESIDENT_BYTES", 1000)
    start(tmp_path / "run", recipe, steps=4, workers=1)
    assert tiny.state(tmp_path / "run") == tiny.state(tmp_path / "kept")


def test_statistics_are_measured_for_labels_in_the_shares_of_the_data():
    networks = {"generator": dcgan.Generator(size=8, channels=1, latent=5, width=4, labels=2)}
    networks |= {"critic": dcgan.Critic(size=8, channels=1, width=4, labels=2)}
    recipe = Recipe(TwoPlayer(Hinge()), networks, labels=True)
    backends = [open_backend(name, "cpu") for name in ("torch", "tensorflow")]
    steps = [backend.step(recipe, (8, 8, 1), 2, seed=0) for backend in backends]
    backends[1].load(steps[1], backends[0].arrays(steps[0]))
    found = []
    for backend, step in zip(backends, steps, strict=True):
        network = backend.product(step, recipe, Draws(0), (90, 10))
        assert network is step.ema.network
        found.append(backend.product_arrays(network))
    for name, array in found[0].items():
        np.testing.assert_allclose(found[1][name], array, rtol=1e-4, atol=1e-5, err_msg=name)
    assert np.abs(found[1]["norm.0.running_mean"]).max() > 1e-3


def test_layers_and_counts_are_those_of_torch():
    entries = [
        [
            (backend, backend.networks(PLAIN.fit((8, 8, 1), 0), (8, 8, 1), 0, 0))
            for backend in [open_backend(name, "cpu")]
        ]
        for name in ("torch", "tensorflow")
    ]
    (((torch, of_torch),), ((keras, of_keras),)) = entries
    for role in of_torch:
        assert torch.parameter_count(of_torch[role]) == keras.parameter_count(of_keras[role])
        lines = [
            [line.split()[0] for line in each.layers(net[role])] for each, net in ((torch, of_torch), (keras, of_keras))
        ]
        assert sorted(lines[0]) == sorted(lines[1])
    assert backend_keras.Backend("cpu").memory_bytes() > 10**7


@pytest.mark.parametrize(
    "device, sentence",
    [
        ("cpu:1", "no device 'cpu:1'; expected cpu, or one of cpu:0"),
        ("mps", "no mps device that tensorflow can use"),
        ("tpu", "no kind of device 'tpu'; expected auto, cpu, cuda or mps"),
    ],
)
def test_a_device_that_is_not_there_gets_a_sentence(device, sentence):
    with pytest.raises(DeviceError, match=sentence):
        open_backend("tensorflow", device)


def test_cards_have_the_names_that_torch_gives_them(monkeypatch):
    cards = {"GPU": ["one", "two"], "CPU": ["this"]}
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: cards[kind])
    for name, place in (("auto", "/GPU:0"), ("cuda", "/GPU:0"), ("cuda:1", "/GPU:1"), ("cpu", "/CPU:0")):
        assert open_backend("tensorflow", name).device.place == place
    assert str(open_backend("tensorflow", "cuda:1").device) == "cuda:1"
    with pytest.raises(DeviceError, match="no device 'cuda:2'; expected cuda, or one of cuda:0, cuda:1"):
        open_backend("tensorflow", "cuda:2")


def test_what_tensorflow_cannot_do_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(RecipeError, match="bfloat16 has no tensorflow form; type --set precision=float32"):
        start(tmp_path / "a", replace(PLAIN, precision="bfloat16"))
    with pytest.raises(DeviceError, match="--fit-memory has no tensorflow form; take the batch in parts: --set accum"):
        start(tmp_path / "b", PLAIN, fit_memory=True)


def test_a_budget_of_time_is_measured_without_the_tracing_of_a_step(tmp_path):
    recipe = replace(PLAIN, score_every_ticks=1000, tick_images=None)
    result = start(tmp_path / "run", recipe, steps=None, seconds=2.0)
    budget = json.loads((tmp_path / "run/recipe.json").read_text())["recipe"]["images"]
    assert result.reason in ("time", "budget") and budget >= 40 * 30, "a first step takes most of two seconds"
