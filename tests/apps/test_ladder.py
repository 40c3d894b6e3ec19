"""A small ladder of real runs: trained as processes, gone on with after a stop, measured alike, and in one table."""

import csv
import json
import shutil
import signal
from dataclasses import replace

import pytest
from _tiny_runs import signal_after
from PIL import Image

from mulligan import recipes
from mulligan.apps.ladder import RUNGS, Entrant, LadderRun, choose, climb
from mulligan.apps.ladder._processes import train as train_processes
from mulligan.assemble.plan import Options, make_plan
from mulligan.assemble.training import train
from mulligan.errors import DataError, RecipeError, RunError

IMAGES = 2560
TINY = (
    "networks.generator.hidden=[12]",
    "networks.critic.hidden=[12]",
    "score_samples=50",
)
RING, GRID, GRID10, MNIST, FASHION, STACKED = RUNGS
SMALL = replace(
    RING,
    entrants=(Entrant("small", settings=TINY), Entrant("exploding", settings=(*TINY, "learning_rate=1e15"))),
    seeds=2,
    seconds=None,
    images=IMAGES,
    samples=400,
)


def begin(run, images=IMAGES, stop_after=0):
    """Train a run of the ladder by hand, in this process; interrupted after so many updates where that is said."""
    options = Options(images=images, clock="cpu", device="cpu", seed=run.seed, set=run.entrant.settings, cache=False)
    if not stop_after:
        return train(run.place, options, out=run.folder, display="silent")
    with signal_after(stop_after):
        return train(run.place, options, out=run.folder, display="silent")


def runs_of(rung, out):
    return [
        LadderRun(rung, entrant, seed, rung.data, out / rung.name)
        for entrant in rung.entrants
        for seed in range(rung.seeds)
    ]


@pytest.fixture(scope="module")
def climbed(tmp_path_factory):
    """A ladder where one run was there, one had been interrupted, and two were to be trained; not to be changed."""
    out = tmp_path_factory.mktemp("ladder")
    there, interrupted, *_ = runs_of(SMALL, out)
    begin(there)
    assert begin(interrupted, stop_after=9).reason == "interrupted"
    before = there.folder.stat().st_mtime_ns, (there.folder / "model.safetensors").stat().st_mtime_ns
    told = []
    table = climb([SMALL], out=out, jobs=2, tell=told.append, display="silent")
    return out, table, told, before


def test_what_is_finished_is_kept_and_what_was_interrupted_goes_on(climbed):
    out, _, told, before = climbed
    there, interrupted, *exploding = runs_of(SMALL, out)
    assert before[1] == (there.folder / "model.safetensors").stat().st_mtime_ns and not there.output.exists()
    assert interrupted.standing.state == "finished" and interrupted.standing.images == IMAGES
    events = [json.loads(line)["event"] for line in (interrupted.folder / "log.jsonl").read_text().splitlines()]
    assert events[0] == "start" and "resume" in events
    assert [line.split("  ")[1:] for line in told if "finished" in line] == [["toy-ring/small-seed1", "finished"]]
    assert len([line for line in told if "of 3" in line]) == 3 and not [line for line in told if str(there) in line[:9]]
    assert all(run.standing.state == "failed" for run in exploding)


def test_the_table_has_a_row_for_each_recipe_with_every_seed(climbed):
    text = climbed[1].read_text()
    small, exploding, real = [line.split("|")[1:-1] for line in text.splitlines() if line.count("|") > 5][2:]
    assert small[0].strip() == "small" and small[1].strip() == "2" and len(small[2].split()) == 2
    assert " +- " in small[3] and small[6].strip() == f"{IMAGES:,}"
    assert exploding[1].strip() == "0 of 2" and exploding[2].strip() == "-"
    assert real[2].strip() == "8", "a perfect sampler finds all modes"
    assert "## Rung 1: toy:ring" in text and "counting: a mode counts" in text and "![samples of small]" in text
    assert "fake 400" in text and "found good points are at least 0.01 of all" not in text.split("protocol")[0]


def test_a_run_that_diverged_is_shown_with_its_sentence(climbed):
    out, table, *_ = climbed
    text = table.read_text()
    assert "**exploding, seed 0: failed**: " in text and "finite" in text.split("exploding, seed 0")[1]
    trained = {path.name: path.stat().st_mtime_ns for path in out.rglob("log.jsonl")}
    climb([SMALL], out=out, display="silent")
    assert trained == {path.name: path.stat().st_mtime_ns for path in out.rglob("log.jsonl")}, "nobody tries it again"


def test_each_number_of_each_seed_is_a_line_for_programs(climbed):
    rows = list(csv.DictReader((climbed[1].parent / "ladder.csv").open()))
    small = [row for row in rows if row["recipe"] == "small"]
    assert {(row["seed"], row["measure"]) for row in small} == {
        (seed, measure) for seed in "01" for measure in ("modes_found", "good_share", "mode_variation")
    }
    assert all(row["images"] == str(IMAGES) and 0 <= float(row["value"]) <= 8 and row["stamp"] for row in small)
    assert len({row["stamp"] for row in small if row["measure"] == "good_share"}) == 1
    failed = [row for row in rows if row["recipe"] == "exploding"]
    assert [row["state"] for row in failed] == ["failed", "failed"] and failed[0]["said"] and not failed[0]["value"]


def test_points_are_drawn_seed_by_seed(climbed):
    out = climbed[0]
    assert Image.open(out / "toy-ring" / "small.png").size == (480 + 8 + 480, 480)
    assert not (out / "toy-ring" / "exploding.png").exists()


def test_the_first_seed_may_be_missing(climbed, tmp_path):
    shutil.copytree(climbed[0], tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "toy-ring" / "small-seed0")
    rung = replace(SMALL, entrants=SMALL.entrants[:1])
    text = climb([rung], out=tmp_path, training=False, display="silent").read_text()
    assert "| 1 of 2 |" in text and "**small, seed 0: missing**" in text
    assert Image.open(tmp_path / "toy-ring" / "small.png").size == (480, 480)


def test_a_mode_counts_by_the_rule_of_its_rung(climbed):
    out = climbed[0]
    least = [replace(SMALL, entrants=SMALL.entrants[:1], least=share) for share in (0.0, 1.1)]
    found = []
    for rung in least:
        climb([rung], out=out, training=False, display="silent")
        rows = csv.DictReader((out / "ladder.csv").open())
        found.append([float(row["value"]) for row in rows if row["measure"] == "modes_found"])
    assert found == [[8.0, 8.0], [0.0, 0.0]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"images": 2 * IMAGES}, "has the budget 2,560 images, not 5,120 images; name the same with --time"),
        ({"seconds": 60.0, "images": None}, "has the budget 2,560 images, not 60 s of cpu time"),
        ({"entrants": (Entrant("small", "dense", TINY),)}, "has the recipe auto, not dense"),
        ({"entrants": (Entrant("small", settings=(*TINY, "beta1=0.5")),)}, "has the settings .* not .*beta1=0.5"),
        ({"data": "toy:grid"}, "has the data toy:ring, not toy:grid"),
    ],
)
def test_another_run_in_the_folder_is_refused_before_anything_is_trained(climbed, tmp_path, change, words):
    out = climbed[0]
    rung = replace(SMALL, **change)
    shutil.copytree(out / "toy-ring" / "small-seed0", tmp_path / rung.name / "small-seed0")
    with pytest.raises(RunError, match=words):
        climb([rung], out=tmp_path, display="silent")
    assert [path.name for path in (tmp_path / rung.name).iterdir()] == ["small-seed0"]


def test_who_stops_the_ladder_finds_everything_saved(tmp_path):
    rung = replace(SMALL, entrants=SMALL.entrants[:1], seeds=1, images=10**9)
    (run,) = runs_of(rung, tmp_path)
    begin(replace(run, rung=rung), images=10**9, stop_after=3)

    def stop_when_it_trains(*_):
        if "resume" in (run.folder / "log.jsonl").read_text():
            raise KeyboardInterrupt
        signal.setitimer(signal.ITIMER_REAL, 0.2)

    before = signal.signal(signal.SIGALRM, stop_when_it_trains)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(KeyboardInterrupt):
            train_processes([run], 1, lambda line: None)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert run.standing.state == "unfinished"
    stop = json.loads((run.folder / "log.jsonl").read_text().splitlines()[-1])
    assert stop["reason"] == "interrupted"
    assert stop["images"] == max(int(path.stem) for path in (run.folder / "checkpoints").glob("*.safetensors"))


@pytest.mark.parametrize("entrant", RING.entrants, ids=lambda entrant: entrant.name)
def test_classic_games_are_played_on_the_networks_of_the_default(entrant):
    plan, default = (make_plan("toy:ring", Options(set=words), "cpu") for words in (entrant.settings, ()))
    mine, usual = plan.recipe, default.recipe
    assert replace(mine, game=usual.game) == usual
    assert (mine.game == usual.game) == (entrant.name == "auto")


def test_rungs_are_chosen_by_number_and_recipes_by_name():
    assert [rung.number for rung in choose()] == [1, 1, 2, 3, 4, 5]
    assert [(rung.data, rung.seeds, rung.seconds) for rung in choose([2], seeds=1, seconds=9)] == [("toy:grid10", 1, 9)]
    assert [[one.name for one in rung.entrants] for rung in choose([2, 3], ["wgan"])] == [["wgan"], ["wgan"]]
    assert [rung.number for rung in choose(None, ["dcgan"])] == [3, 4, 5]
    assert {one.recipe for rung in RUNGS for one in rung.entrants} <= set(recipes.names())
    with pytest.raises(RecipeError, match="no rung 7; expected some of 1, 2, 3, 4, 5"):
        choose([1, 7])
    with pytest.raises(RecipeError, match=r"nobody on these rungs is called 'dcgn'\. Did you mean 'dcgan'"):
        choose([3], ["dcgn"])
    with pytest.raises(DataError, match=r"rung 5 needs mnist; name the folder .*--data FOLDER, or type --rungs 1,2"):
        STACKED.place(None)
    assert [rung.place("sets/") for rung in (RING, MNIST, STACKED)] == ["toy:ring", "sets/mnist", "stacked:sets/mnist"]
