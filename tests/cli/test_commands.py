"""Every command on small real runs, as from a shell."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command_line import TINY
from PIL import Image

from mulligan.codecs._provenance import GENERATED


def test_train_prints_one_json_object_and_nothing_else(mulligan, in_tmp):
    answer = mulligan(*TINY, "--steps", 3, "--json")
    result = json.loads(answer.out)
    assert (answer.code, answer.err) == (0, "")
    assert result["images"] == 48 and result["reason"] == "budget"
    assert Path(result["folder"]).parts[0] == "runs" and Path(result["folder"], "report.html").is_file()
    assert result["scores"][0]["measure"] == "frechet"


def test_train_says_what_to_do_next(mulligan, in_tmp):
    answer = mulligan(*TINY, "--steps", 2, "--display", "plain", "--out", "here")
    assert "digits: 899 pictures" in answer.out, "what was found is printed before training"
    assert "next: mulligan generate here" in answer.out and "report.html" in answer.out


def test_resume_takes_a_larger_budget(mulligan, own_copy):
    answer = mulligan("train", "--resume", own_copy, "--steps", 32, "--json")
    assert json.loads(answer.out)["images"] == 32 * 16


def test_generate_writes_pictures_grid_and_arrays(mulligan, plain_run, tmp_path):
    out = tmp_path / "pictures"
    answer = mulligan("generate", plain_run, "-n", 5, "--seed", 7, "-o", out)
    assert answer.code == 0 and str(out / "grid.png") in answer.out
    assert sorted(path.name for path in out.iterdir()) == ["grid.png", "samples", "seed7.npz"]
    assert sorted(path.name for path in (out / "samples").iterdir()) == [f"seed7-00000{i}.png" for i in range(5)]
    with np.load(out / "seed7.npz") as arrays:
        assert arrays["images"].shape == (5, 8, 8, 1)
        third = np.asarray(Image.open(out / "samples" / "seed7-000002.png"))[..., None]
        assert (arrays["images"][2] == third).all()


def test_generated_files_say_so_unless_told_not_to(mulligan, plain_run, tmp_path):
    mulligan("generate", plain_run, "-n", 1, "--out", tmp_path / "marked")
    mulligan("generate", plain_run, "-n", 1, "--out", tmp_path / "plain", "--no-mark")
    for name in ("grid.png", "samples/seed0-000000.png"):
        assert GENERATED.encode() in (tmp_path / "marked" / name).read_bytes()
        assert GENERATED.encode() not in (tmp_path / "plain" / name).read_bytes()
    with np.load(tmp_path / "marked/seed0.npz") as arrays:
        assert json.loads(str(arrays["provenance"]))["generated"] is True


def test_generate_draws_the_label_by_name_or_number(mulligan, labelled_run, tmp_path):
    files = json.loads(mulligan("generate", labelled_run, "-n", 3, "--label", "7", "-o", tmp_path, "--json").out)
    with np.load(next(file for file in files if file.endswith(".npz"))) as arrays:
        assert arrays["labels"].tolist() == [7, 7, 7]


@pytest.mark.parametrize("name, start", [("walk.gif", b"GIF89a"), ("walk.mp4", None), ("walk.png", b"\x89PNG")])
def test_interpolate_writes_what_the_name_says(mulligan, labelled_run, tmp_path, name, start):
    file = tmp_path / name
    answer = mulligan("interpolate", labelled_run, "-n", 2, "--frames", 3, "-o", file, "--json")
    assert json.loads(answer.out) == str(file)
    content = file.read_bytes()
    assert content.startswith(start) if start else content[4:8] == b"ftyp"
    assert GENERATED.encode() in content


def test_evaluate_a_run_as_table_and_as_json(mulligan, plain_run):
    table = mulligan("evaluate", plain_run, "-n", 40).out
    assert max(map(len, table.splitlines())) <= 140 and "40 real get" in table
    assert "extractor            classifier-digits" in table and "train (899)" in table
    found = json.loads(mulligan("evaluate", plain_run, "-n", 40, "--json").out)
    assert found["scores"][0]["measure"] == "frechet", "the deciding one comes first"
    assert {"kernel", "precision", "label_variation"} <= {score["measure"] for score in found["scores"]}
    assert found["scores"][0]["protocol"]["checkpoint"] == "last"
    assert found["floor"][0]["value"] < found["scores"][0]["value"], "real digits beat a model of thirty steps"


def test_evaluate_a_model_file_and_a_folder_of_pictures(mulligan, plain_run, tmp_path):
    model = shutil.copy(plain_run / "best.safetensors", tmp_path / "mine.safetensors")
    words = ("--data", "digits", "--extractor", "random_conv", "-n", 20, "--json")
    of_model = json.loads(mulligan("evaluate", model, *words).out)
    assert of_model["scores"][0]["protocol"]["checkpoint"] == "mine"
    mulligan("generate", plain_run, "-n", 20, "-o", tmp_path / "made")
    for extra in ("grid.png", "seed0.npz"):
        (tmp_path / "made" / extra).unlink()
    of_folder = json.loads(mulligan("evaluate", tmp_path / "made", *words).out)
    assert of_folder["scores"][0]["protocol"]["extractor"] == "random_conv"
    assert of_folder["scores"][0]["protocol"]["fake"] == 20


def test_list_names_every_recipe(mulligan):
    text, about = mulligan("list").out, json.loads(mulligan("list", "--json").out)
    assert {"auto", "dcgan", "wgan-gp", "r3gan-tiny"} <= set(about)
    assert len(text.splitlines()) == len(about)


def test_list_says_which_recipe_runs_where(mulligan):
    """By the twins that exist; a recipe runs where all of its networks and its augmentation do."""
    found = json.loads(mulligan("list", "--json").out)
    assert all("torch" in entry["frameworks"] and entry["about"] for entry in found.values())
    for line in mulligan("list").out.splitlines():
        name, rest = line.split(maxsplit=1)
        assert rest.startswith(", ".join(found[name]["frameworks"]) + "  ") and rest.endswith(found[name]["about"])


@pytest.mark.parametrize("name", ["auto", "cgan", "sngan", "r3gan-tiny"])
def test_show_puts_a_recipe_on_one_page(mulligan, name):
    page = mulligan("show", name).out
    assert len(page.splitlines()) <= 60 and max(map(len, page.splitlines())) <= 120
    for word in ("objective", "generator: ", "critic: ", "parameters", "learning_rate"):
        assert word in page


def test_show_as_json_is_the_recipe(mulligan):
    shown = json.loads(mulligan("show", "dcgan", "--size", "28", "--set", "batch_size=7", "--json").out)
    assert shown["batch_size"] == 7 and shown["networks"]["generator"]["size"] == [28, 28]


def test_a_copied_recipe_trains(mulligan, in_tmp):
    answer = mulligan("copy", "lsgan", "-o", "mine/my_lsgan.py")
    assert "mulligan train digits --recipe mine/my_lsgan.py" in answer.out
    words = [word for word in TINY if word != "dcgan"]
    words.insert(words.index("--recipe") + 1, "mine/my_lsgan.py")
    assert json.loads(mulligan(*words, "--steps", 2, "--json").out)["images"] == 32


def test_check_says_what_it_checked(mulligan):
    assert "save, load, go on" in mulligan("check", "dense").out
    assert "sample shape" in json.loads(mulligan("check", "dense", "--json").out)


def test_report_is_written_anew(mulligan, own_copy):
    (own_copy / "report.html").unlink()
    assert json.loads(mulligan("report", own_copy, "--json").out) == str(own_copy / "report.html")
    assert (own_copy / "report.html").is_file()


def completed(line: str, folder: Path) -> list[str]:
    """What bash itself offers after a TAB at the end of ``line``."""
    words = line.split(" ")
    script = f"""
        PATH="{Path(sys.executable).parent}:$PATH"
        eval "$(mulligan completion bash)"
        COMP_WORDS=({" ".join(f"'{word}'" for word in words)}); COMP_CWORD={len(words) - 1}
        _mulligan_completion mulligan; printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=folder, check=True)
    return done.stdout.split()


@pytest.mark.parametrize(
    "line, offered",
    [
        ("mulligan gen", "generate"),
        ("mulligan train digits --rec", "--recipe"),
        ("mulligan train digits --recipe wgan-", "wgan-gp"),
        ("mulligan completion z", "zsh"),
    ],
)
def test_bash_completes(line, offered, tmp_path):
    assert offered in completed(line, tmp_path)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_of_each_shell(mulligan, shell):
    assert "_MULLIGAN_COMPLETE" in mulligan("completion", shell).out


def test_output_into_a_closed_pipe_is_no_error():
    command = f'"{Path(sys.executable).parent}/mulligan" show dcgan | head -1'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("dcgan") and done.stderr == ""


def test_a_recipe_name_leads_nowhere_else(mulligan, in_tmp):
    answer = mulligan(*TINY, "--steps", 1, "--set", "name=../../../x/y", "--json")
    assert json.loads(answer.out)["folder"] == "runs/digits-..-..-..-x-y-1"
