"""Wrong names, numbers, places and files on the command line: one sentence, exit code 2, the nearest match."""

import errno
import shutil

import click
import pytest

from mulligan import tensorfile
from mulligan.cli import _errors

DCGAN = ("train", "digits", "--recipe", "dcgan", "--steps", "2", "--display", "silent")

WRONG = {
    "a command": (("trian", "digits"), "there is no command 'trian'. Did you mean 'train'?"),
    "an option": ((*DCGAN, "--lables"), "there is no option --lables. Did you mean '--labels'?"),
    "an option of another command": (("list", "--seed", 3), "there is no option --seed"),
    "no data": (("train",), "no data was named; type for instance: mulligan train digits"),
    "two data sets": ((*DCGAN, "toy:ring"), "2 data sets were named"),
    "a recipe": (("train", "digits", "--recipe", "r3gan-tny"), "Did you mean 'r3gan-tiny'?"),
    "a recipe to show": (("show", "dcgn"), "Did you mean 'dcgan'?"),
    "a recipe to copy": (("copy", "dcgn"), "Did you mean 'dcgan'?"),
    "auto to copy": (("copy", "auto"), "auto is no recipe of its own"),
    "a copy that is no .py": (("copy", "dcgan", "-o", "x.txt"), "ends in .py"),
    "a network": (
        (*DCGAN, "--set", "networks.generator=r4"),
        "there is no 'r4' here; expected one of dcgan, mlp, r3, resnet",
    ),
    "a network of another role": ((*DCGAN, "--set", "networks.generator=convcritic"), "expected one of dcgan, mlp"),
    "an objective": ((*DCGAN, "--set", "game.objective=hing"), "Did you mean 'hinge'?"),
    "an objective's class": ((*DCGAN, "--set", "game.objective=relativistic.Average"), "RelativisticAverage"),
    "a penalty as objective": ((*DCGAN, "--set", "game.objective=r1"), "expected one of hinge"),
    "an objective as penalty": ((*DCGAN, "--set", "game.penalties=hinge"), "expected one of dragan"),
    "a penalty twice": ((*DCGAN, "--set", "game.penalties=r1,r1"), "stands twice"),
    "a dotted name": ((*DCGAN, "--set", "networks.critic.widht=3"), "Did you mean 'width'?"),
    "a dotted name of nothing": ((*DCGAN, "--set", "augment.policy=color"), "augment is empty or a plain number"),
    "a plain name": ((*DCGAN, "--set", "lerning_rate=3"), "Did you mean 'learning_rate'?"),
    "no value": ((*DCGAN, "--set", "learning_rate"), "expected NAME=VALUE"),
    "a text for a number": ((*DCGAN, "--set", "learning_rate=fast"), "expected a number or a schedule"),
    "a fraction for a count": (
        (*DCGAN, "--set", "batch_size=2.5"),
        "batch_size cannot be set to '2.5'; expected a whole",
    ),
    "a schedule for a count": ((*DCGAN, "--set", "batch_size=linear(1,2,10%)"), "expected a whole number"),
    "a schedule of another name": ((*DCGAN, "--set", "beta2=cosin(0,0.9,10%)"), "Did you mean 'cosine'?"),
    "a number that is none": ((*DCGAN, "--set", "learning_rate=nan"), "learning_rate cannot be set to 'nan'"),
    "a yes for true": ((*DCGAN, "--set", "mirror=yes"), "expected true or false"),
    "a size by --set": ((*DCGAN, "--set", "networks.critic.size=32"), "type --size"),
    "a size": ((*DCGAN, "--size", "big"), "'big' is no size; expected for instance 64 or 48x64"),
    "a time": ((*DCGAN[:4], "--time", "10x"), "'10x' is no length of time; expected for instance 90s, 10m or 1h30m"),
    "a time of none": ((*DCGAN[:4], "--time", "0s"), "'0s' is no length of time"),
    "a negative time": ((*DCGAN[:4], "--time", "-10"), "no length of time"),
    "negative steps": ((*DCGAN[:4], "--steps", -3), "expected"),
    "no images": ((*DCGAN[:4], "--images", 0), "expected"),
    "endless epochs": ((*DCGAN[:4], "--epochs", "inf"), "epochs cannot be inf; expected a number"),
    "a batch of none": ((*DCGAN, "--batch", 0), "0 is not in the range 1<=x<=1048576"),
    "a batch too small for batch norm": (
        ("train", "digits", "--recipe", "dense", "--set", "networks.generator.batch_norm=true", "--batch", 1),
        "batch norm in the generator has 1 sample at once to take means over, expected 2 or more; type --batch 2",
    ),
    "a batch that no memory holds": ((*DCGAN, "--batch", 2**50), "is not in the range"),
    "a text for a batch": ((*DCGAN, "--batch", "x"), "'x' is not a valid integer"),
    "a size of points": (("train", "toy:ring", "--size", 32), "the data is points, which have no size; leave --size"),
    "a fit": ((*DCGAN, "--fit", "crp"), "Did you mean 'crop'?"),
    "channels": ((*DCGAN, "--channels", 2), "expected 1 (grey), 3 (RGB) or 4 (RGBA)"),
    "a background": ((*DCGAN, "--background", "bleu"), "bleu"),
    "a device": ((*DCGAN, "--device", "gpu"), "expected auto, cpu, cuda or mps"),
    "a backend": ((*DCGAN, "--backend", "jax"), "'jax'"),
    "a seed": ((*DCGAN, "--seed", -1), "-1 is not in the range"),
    "a seed too large": ((*DCGAN, "--seed", 2**70), "not in the range"),
    "a run that is none": (("train", "--resume", "."), "is no run folder"),
    "a run that is not there": (("train", "--resume", "nowhere"), "nowhere"),
    "a report of nothing": (("report", "."), "is no run folder"),
    "a model that is not there": (("generate", "nowhere"), "there is no nowhere; expected a run folder or a model"),
    "a model to start from": ((*DCGAN, "--init", "nowhere"), "there is no nowhere"),
    "a shell": (("completion", "tcsh"), "'tcsh' is not one of 'bash', 'zsh', 'fish'"),
}


@pytest.mark.parametrize("words, expected", WRONG.values(), ids=WRONG)
def test_wrong(refused, in_tmp, words, expected):
    assert expected in refused(*words)
    assert not list(in_tmp.glob("runs/*/checkpoints/*")), "nothing was trained"


def test_a_device_that_is_not_there(refused, in_tmp):
    import torch

    absent = "mps" if not torch.backends.mps.is_available() else "cuda"
    assert f"this machine has no {absent} device" in refused(*DCGAN, "--device", absent)


USES = {
    "a label of a model without": (("generate", "--label", 3), "was trained without labels"),
    "no samples": (("generate", "-n", 0), "0 is not in the range"),
    "a file as folder": (("generate", "-o", "wall.png"), "type --out wall/"),
    "a walk of another kind": (("interpolate", "-o", "walk.avi"), "expected a name that ends in .gif, .mp4 or .png"),
    "a walk without a step": (("interpolate", "-n", 1), "not in the range"),
    "an extractor": (("evaluate", "--extractor", "incepton"), "Did you mean 'inception'?"),
    "no extractor": (("evaluate", "--extractor", ","), "--extractor was typed without a name"),
    "no measure": (("evaluate", "--measures="), "--measures was typed without a name"),
    "no measure to compare": (("compare", "nowhere", "--measures="), "--measures was typed without a name"),
    "nothing to compare with": (("compare", "nowhere"), "there is nothing at nowhere"),
    "too few to score": (("evaluate", "-n", 3), "3 is not in the range"),
    "a split": (("evaluate", "--split", "tset"), "'tset' is not one of"),
    "a device": (("generate", "--device", "gpu"), "expected auto, cpu, cuda or mps"),
}


@pytest.mark.parametrize("words, expected", USES.values(), ids=USES)
def test_wrong_use_of_a_run(refused, plain_run, in_tmp, words, expected):
    assert expected in refused(words[0], plain_run, *words[1:])


@pytest.mark.parametrize("label", ["eleven", "10", "-1", "33"])
def test_a_label_that_the_model_does_not_know(refused, labelled_run, label):
    said = refused("generate", labelled_run, "--label", label)
    assert f"has no label '{label}'" in said and "It has 0, 1, 2, 3, 4, 5, 6, 7, 8, 9." in said


def test_places_that_exist(refused, plain_run, in_tmp):
    (in_tmp / "file").write_text("here")
    (in_tmp / "full").mkdir()
    (in_tmp / "full/thing").write_text("here")
    assert "holds a run already" in refused(*DCGAN, "--out", plain_run)
    assert "no empty folder" in refused(*DCGAN, "--out", "full")
    assert "no empty folder" in refused(*DCGAN, "--out", "file")
    assert "below/it" in refused(*DCGAN, "--out", "file/below/it") or True
    assert "exists and is no folder" in refused("generate", plain_run, "-o", "file")
    assert "cannot be written" in refused("generate", plain_run, "-n", 1, "-o", "file/below")
    assert "cannot be written" in refused("interpolate", plain_run, "-n", 2, "--frames", 1, "-o", "file/walk.gif")
    assert "file" in refused("copy", "dcgan", "-o", "file/mine.py")


def test_a_copy_does_not_overwrite(mulligan, refused, in_tmp):
    assert mulligan("copy", "dcgan").code == 0
    assert "my_dcgan.py exists already" in refused("copy", "dcgan")


def test_resume_refuses_other_settings_and_another_folder(refused, plain_run):
    assert "seed is 0 in the run and 5 now" in refused("train", "--resume", plain_run, "--seed", 5)
    assert "learning_rate" in refused("train", "--resume", plain_run, "--set", "learning_rate=1")
    assert "a run goes on in its own folder" in refused("train", "--resume", plain_run, "--out", "x")


def test_model_files_that_are_damaged_or_newer(refused, own_copy, in_tmp):
    model = own_copy / "model.safetensors"
    content = model.read_bytes()
    model.write_bytes(content[: len(content) // 2])
    assert "cut short or damaged" in refused("generate", own_copy)
    model.write_bytes(content[:5])
    assert "use another copy" in refused("generate", model)
    model.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert "damaged" in refused("evaluate", model)
    model.write_text("hello")
    assert "is no Mulligan file" in refused("generate", model)
    shutil.copy(next((own_copy / "checkpoints").glob("*.safetensors")), "other.safetensors")
    assert "is a checkpoint and no model" in refused("generate", "other.safetensors")


def test_a_model_of_a_newer_version(refused, plain_run, in_tmp):
    assert "was made by a newer Mulligan" in refused("generate", with_header(plain_run, in_tmp, {"format": 99}))


@pytest.mark.parametrize(
    "change",
    [
        {"recipe": None},
        {"recipe": {"is": 3}},
        {"recipe": []},
        {"codec": {}},
        {"codec": "x"},
        {"kind": []},
        {"user_file": 3},
    ],
    ids=str,
)
def test_a_model_with_a_strange_header(refused, plain_run, in_tmp, change):
    refused("generate", with_header(plain_run, in_tmp, change))


def with_header(run, folder, change):
    """A copy of a run's model whose header says something else."""
    tensors, header = tensorfile.read(run / "model.safetensors")
    path = folder / "changed.safetensors"
    tensorfile.write(path, tensors, header | change)
    return path


def test_a_run_without_its_recipe_file(refused, own_copy):
    (own_copy / "recipe.json").write_text("{")
    assert "cannot be read" in refused("train", "--resume", own_copy)


@pytest.mark.parametrize(
    "error, expected",
    [
        (OSError(errno.ENOSPC, "No space left on device", "x/y"), "the disk is full, no room for x/y"),
        (PermissionError(errno.EACCES, "Permission denied", "x/y"), "no permission for x/y"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (MemoryError(), "not enough memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "not enough memory"),
        (RecursionError(), "nested too deeply"),
        (click.Abort(), "stopped"),
    ],
)
def test_what_the_machine_is_to_blame_for(error, expected):
    sentence, code = _errors.told(error)
    assert expected in sentence and "\n" not in sentence and code in (2, 130)


def test_our_own_mistakes_keep_their_trace():
    assert _errors.told(ValueError("a bug")) is None
