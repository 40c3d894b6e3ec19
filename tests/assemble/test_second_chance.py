"""The mulligan: real runs that fall ill, go back to where they were healthy, change a number and go on."""

import json
from dataclasses import replace

import _tiny_runs as tiny
import pytest

from mulligan import recipes, tensorfile
from mulligan.assemble.doctor import doctor
from mulligan.assemble.second_chance import SecondChance, able_to_act, after_factor
from mulligan.errors import RecipeError, RunError, TrainingError
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.train import log
from mulligan.train.watch import History, Setting
from mulligan.train.watch.illnesses.not_finite import NotFinite

TICKS = ("tick_images=16", "score_every_ticks=1000", "score_samples=50")
TOO_HIGH = (*TICKS, "learning_rate=0.1")

BREAKS = '''
"""A generator that breaks after so many calls."""
from dataclasses import replace
import torch
from torch import nn
from mulligan import recipes
from mulligan.networks import mlp

class Breaking(nn.Module):
    def __init__(self, facts):
        super().__init__()
        self.inside = mlp.Generator(latent=4, hidden=(12,)).fit(facts.shape, 0).build("torch")
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64))

    def forward(self, z, label=None):
        self.calls += self.training
        return self.inside(z) * (float("nan") if self.calls > 40 else 1.0)

dense = recipes.get("dense")
recipe = replace(dense, networks={"generator": Breaking, "critic": mlp.Critic(hidden=(12,))}, latent=4)
'''


def events(folder, *kinds):
    return [event for event in log.read(folder / "log.jsonl") if event["event"] in kinds]


def test_a_learning_rate_that_is_too_high_is_lowered_from_the_beginning(tmp_path):
    result = tiny.start(tmp_path / "run", steps=40, set=TOO_HIGH, watch="act")
    assert (result.reason, result.images) == ("budget", 320)
    taken = events(tmp_path / "run", "mulligan")
    assert [event["illness"] for event in taken] == ["learning-rate-too-high"] * len(taken) and 1 <= len(taken) <= 3
    rates = [event["numbers"]["learning_rate"] for event in events(tmp_path / "run", "tick")]
    assert all(rate < 0.02 for rate in rates)
    images = [event["images"] for event in events(tmp_path / "run", "tick")]
    assert images == sorted(set(images))  # what was left behind is told elsewhere
    left = log.read(log.discarded(tmp_path / "run" / "log.jsonl"))
    assert "finding" in {event["event"] for event in left}


def test_warning_changes_nothing_of_what_is_computed(tmp_path):
    warned = tiny.start(tmp_path / "warned", steps=12, set=TOO_HIGH, watch="warn")
    silent = tiny.start(tmp_path / "silent", steps=12, set=TOO_HIGH, watch="off")
    assert tiny.model(warned.folder) == tiny.model(silent.folder)
    assert {event["illness"] for event in events(warned.folder, "finding")} >= {"learning-rate-too-high"}
    assert not events(silent.folder, "finding", "mulligan")


def test_a_run_goes_back_to_the_last_healthy_checkpoint_and_gives_up_after_so_many_times(tmp_path):
    recipe = tmp_path / "breaks.py"
    recipe.write_text(BREAKS)
    with pytest.raises(
        TrainingError, match=r"gave up: not-finite again after 2 mulligans .* is kept\); lower the learn"
    ):
        tiny.start(tmp_path / "run", recipe=str(recipe), steps=200, set=TICKS, watch="act", mulligans=2)
    taken = events(tmp_path / "run", "mulligan")
    assert len(taken) == 2 and all(0 < event["images"] < event["found_at"] for event in taken)
    for path in (tmp_path / "run").rglob("*.safetensors"):
        assert tensorfile.read(path)  # whole, with its checksum
    diagnosis = doctor(tmp_path / "run")
    assert diagnosis.findings[-1].illness == "not-finite" and len(diagnosis.mulligans) == 2
    assert "In the generator's turn" in str(diagnosis) or "In the critic's turn" in str(diagnosis)


def test_without_mulligans_the_first_illness_ends_it(tmp_path):
    with pytest.raises(TrainingError, match="gave up: learning-rate-too-high with no mulligan to take"):
        tiny.start(tmp_path / "run", steps=40, set=TOO_HIGH, watch="act", mulligans=0)


def test_a_run_that_took_a_mulligan_resumes_exactly(tmp_path):
    whole = tiny.start(tmp_path / "whole", steps=40, set=TOO_HIGH, watch="act")
    with tiny.signal_after(61):
        tiny.start(tmp_path / "cut", steps=40, set=TOO_HIGH, watch="act")
    cut = tmp_path / "cut"
    assert events(cut, "mulligan") and events(cut, "stop")[-1]["reason"] == "interrupted"
    tiny.go_on(cut)
    assert tiny.state(cut) == tiny.state(whole.folder)
    assert tiny.model(cut) == tiny.model(whole.folder)
    assert tiny.history(cut) == tiny.history(whole.folder)


def test_an_illness_that_was_only_told_is_acted_on_when_the_run_goes_on_so(tmp_path):
    tiny.start(tmp_path / "run", steps=8, set=TOO_HIGH, watch="warn")
    tiny.go_on(tmp_path / "run", steps=40, watch="act")
    taken = events(tmp_path / "run", "mulligan")
    assert [event["illness"] for event in taken][:1] == ["learning-rate-too-high"] and taken[0]["images"] == 0


def test_a_run_that_began_blind_is_watched_from_where_it_goes_on(tmp_path):
    tiny.start(tmp_path / "run", steps=8, set=(*TICKS, "learning_rate=0"), watch="off")
    with pytest.raises(RunError, match="without the watch"):
        doctor(tmp_path / "run")
    tiny.go_on(tmp_path / "run", steps=24, watch="warn")
    settings = [event["setting"] for event in events(tmp_path / "run", "start", "resume") if "setting" in event]
    assert len(settings) == 1 and settings[0]["budget_images"] and not settings[0]["first"]
    tiny.go_on(tmp_path / "run", steps=32)
    assert len([event for event in events(tmp_path / "run", "resume") if "setting" in event]) == 1


def test_going_back_takes_the_model_and_its_scores_back_and_keeps_the_best(tmp_path):
    """Scores at every tick; the best one lies on the path that is left."""
    recipe = tmp_path / "breaks.py"
    recipe.write_text(BREAKS)
    words = ("tick_images=16", "score_every_ticks=1", "score_samples=50")
    with pytest.raises(TrainingError, match="gave up"):
        tiny.start(tmp_path / "run", recipe=str(recipe), steps=200, set=words, watch="act", mulligans=1)
    run = tmp_path / "run"
    discarded = log.read(log.discarded(run / "log.jsonl"))
    scored = [event for event in (*discarded, *events(run, "score")) if event["event"] == "score"]
    best = min((event["scores"][0]["value"], event["images"]) for event in scored)
    header = tensorfile.read_header(run / "best.safetensors")
    assert (header["scores"][0]["value"], header["images"]) == pytest.approx(best)


def test_without_its_healthy_checkpoint_a_run_goes_back_to_another(tmp_path):
    tiny.start(tmp_path / "run", steps=8, set=TOO_HIGH, watch="warn")
    (tmp_path / "run" / "checkpoints" / "000000000000.safetensors").unlink()
    tiny.go_on(tmp_path / "run", steps=40, watch="act")
    taken = events(tmp_path / "run", "mulligan")
    assert taken and taken[0]["images"] > 0


def test_without_any_checkpoint_there_is_no_way_back_and_a_sentence_says_so(tmp_path, monkeypatch):
    recipe = tmp_path / "breaks.py"
    gone = "for path in Path(os.environ['GONE']).glob('*'): path.unlink()"
    loses = BREAKS.replace("import torch\n", "import os, torch\nfrom pathlib import Path\n", 1)
    loses = loses.replace(
        "        return self.inside", f"        if self.calls == 41:\n            {gone}\n        return self.inside"
    )
    recipe.write_text(loses)
    monkeypatch.setenv("GONE", str(tmp_path / "run" / "checkpoints"))
    with pytest.raises(
        RunError, match=r"not-finite called for a way back, and \S+checkpoints is empty; start a new run"
    ):
        tiny.start(tmp_path / "run", recipe=str(recipe), steps=200, set=TICKS, watch="act")


def test_where_no_time_is_left_what_was_trained_is_kept(tmp_path):
    words = (*TOO_HIGH, "tick_images=1000000")
    result = tiny.start(tmp_path / "run", set=words, watch="act", steps=None, seconds=1.0)
    assert (result.reason, "learning-rate-too-high" in result.illnesses) == ("time", True)
    assert result.images > 0 and not events(tmp_path / "run", "mulligan")
    again = tiny.go_on(tmp_path / "run", watch="act")
    assert (again.reason, again.images) == ("time", result.images)


def test_without_time_left_numbers_that_are_not_finite_end_the_run(tmp_path, monkeypatch):
    recipe = tmp_path / "breaks.py"
    late = BREAKS.replace("import torch\n", "import os, time, torch\n", 1)
    late = late.replace("if self.calls > 40", "if os.path.exists(os.environ['BEGUN']) and not time.sleep(2)")
    recipe.write_text(late)
    monkeypatch.setenv("BEGUN", str(tmp_path / "run" / "checkpoints" / "000000000000.safetensors"))  # tried before that
    with pytest.raises(TrainingError, match="gave up: not-finite with no time left to go back"):
        tiny.start(tmp_path / "run", recipe=str(recipe), steps=None, seconds=1.0, set=TICKS, watch="act")


def test_a_mulligan_that_a_kill_kept_from_the_log_is_told_on_resuming(tmp_path):
    with tiny.signal_after(61):
        tiny.start(tmp_path / "run", steps=40, set=TOO_HIGH, watch="act")
    path = tmp_path / "run" / "log.jsonl"
    taken = events(tmp_path / "run", "mulligan")
    path.write_text("".join(line for line in path.open() if '"event": "mulligan"' not in line))
    tiny.go_on(tmp_path / "run")
    assert events(tmp_path / "run", "mulligan") == taken


def test_the_healthy_checkpoint_stays_while_newer_ones_come_and_go(tmp_path):
    tiny.start(tmp_path / "run", steps=40, set=TICKS, watch="warn")
    kept = sorted(int(path.stem) for path in (tmp_path / "run" / "checkpoints").iterdir())
    chance = tensorfile.read_header(max((tmp_path / "run" / "checkpoints").iterdir()))["chance"]
    assert chance["healthy"] in kept and 2 <= len(kept) <= 4


def test_a_run_that_is_ill_from_its_first_step_begins_anew(tmp_path):
    heavy = ("game.penalties=r1", "game.penalties.r1.weight=linear(0.001,30000,25%)", "learning_rate=0.01")
    ticks = ("tick_images=64", "score_every_ticks=1000", "score_samples=50")
    tiny.start(tmp_path / "run", steps=200, set=(*ticks, *heavy), watch="act", mulligans=9)
    taken = events(tmp_path / "run", "mulligan")[0]
    assert taken["illness"] == "penalty-too-strong" and taken["images"] == 0 < taken["found_at"]
    kept = sorted(int(path.stem) for path in (tmp_path / "run" / "checkpoints").iterdir())
    assert kept[0] == 0 and 3 <= len(kept) <= 5


def test_a_critic_that_knows_its_few_reals_by_heart_begins_anew_with_augmentation(tmp_path):
    tiny.pictures(tmp_path / "photos" / "train", 12)
    tiny.pictures(tmp_path / "photos" / "test", 64, seed=5)
    large = ("tick_images=160", "networks.critic.hidden=[64]", "learning_rate=3e-4", "critic_learning_rate=3e-3")
    tiny.start(tmp_path / "run", tmp_path / "photos", steps=200, set=large, watch="act")
    taken = events(tmp_path / "run", "mulligan")
    assert [(event["illness"], event["images"]) for event in taken] == [("critic-overfitting", 0)]
    assert taken[0]["changes"] == {"augment_probability": 4.0}
    assert "augment_probability to 0.75" in str(doctor(tmp_path / "run"))
    assert "augment_probability to 0.75" in (tmp_path / "run" / "report.html").read_text()
    ticks = events(tmp_path / "run", "tick")
    assert {tick["numbers"]["augment_probability"] for tick in ticks} == {0.75}
    first = events(tmp_path / "run", "start")[0]["setting"]
    assert first["augments"] and first["samples"] == 12
    left = [e for e in log.read(log.discarded(tmp_path / "run" / "log.jsonl")) if e["event"] == "tick"]
    after = [tick["signals"]["critic/overfitting"] for tick in ticks if tick["images"] <= left[-1]["images"]]
    assert after[-1] < left[-1]["signals"]["critic/overfitting"] - 0.2


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_augmentation_that_is_only_at_hand_changes_nothing(backend, tmp_path):
    if backend == "tensorflow":
        pytest.importorskip("tensorflow")
    acting = tiny.start(tmp_path / "acting", steps=12, set=TICKS, watch="act", backend=backend)
    warned = tiny.start(tmp_path / "warned", steps=12, set=TICKS, watch="warn", backend=backend)
    assert not events(acting.folder, "mulligan")
    assert tiny.history(acting.folder) == tiny.history(warned.folder)
    assert tiny.model(acting.folder) == tiny.model(warned.folder)


def test_who_says_no_augmentation_gets_none(tmp_path):
    tiny.start(tmp_path / "run", steps=4, set=(*TICKS, "augment = none"), watch="act")
    assert not events(tmp_path / "run", "start")[0]["setting"]["augments"]
    tiny.go_on(tmp_path / "run", steps=8, set=("augment=none",))


def test_an_objective_of_ones_own_gets_no_augmentation_that_it_may_not_know():
    class Own(NonSaturating):
        pass

    ours = recipes.get("dense")
    own = replace(ours, game=replace(ours.game, objective=Own()))
    assert able_to_act(ours, (8, 8, 1), ()).augment and able_to_act(ours, (8, 8, 1), ()).augment_probability == 0
    assert able_to_act(own, (8, 8, 1), ()).augment is None


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        *((recipe, ()) for recipe in ("dcgan", "lsgan", "wgan", "wgan-gp", "cgan")),
        *(("dense", (f"game.penalties={name}",)) for name in ("r1", "gradient_penalty", "dragan", "feature_matching")),
    ],
)
def test_augmentation_at_hand_is_one_that_every_game_can_use(recipe, words, tmp_path):
    """Of probability 1 at once, as far as any remedy may go."""
    narrow = ("networks.generator.width=4", "networks.critic.width=4") if recipe != "dense" else ()
    words = (*words, *narrow, "augment=diffaug", "tick_images=64", "score_every_ticks=1000", "score_samples=50")
    labels = {"labels": True} if recipe == "cgan" else {}
    result = tiny.start(tmp_path / "run", recipe=recipe, steps=2, set=words, watch="act", **labels)
    assert result.reason == "budget"


def test_points_have_no_augmentation_at_hand(tmp_path):
    tiny.start(tmp_path / "run", "toy:ring", steps=4, set=TICKS, watch="act")
    assert not events(tmp_path / "run", "start")[0]["setting"]["augments"]


def test_a_factor_of_augmentation_divides_what_is_left_as_it_is():
    assert after_factor("augment_probability", 0.0, 4.0) == 0.75
    assert after_factor("augment_probability", 0.75, 4.0) == 0.9375
    assert after_factor("learning_rate", 0.5, 4.0) == 2.0


def test_mulligans_of_a_path_that_was_left_stand_where_the_log_ends_now():
    chance = SecondChance()
    for back_to, found_at in ((112, 160), (0, 400), (48, 96)):
        finding = replace(NotFinite().finding(History(Setting(1000)), {}, 0), images=found_at)
        chance.take(finding, {"learning_rate": 1e-3}, back_to)
    assert [(event["number"], event["images"]) for event in chance.taken] == [(1, 0), (2, 0), (3, 48)]
    assert chance.factors == {"learning_rate": pytest.approx(0.5**2)}  # and what the first one changed is for a while


def test_what_may_have_been_an_accident_slows_a_run_for_a_while_and_the_second_time_for_good():
    chance = SecondChance()
    accident = replace(NotFinite().finding(History(Setting(1000)), {}, 0), images=300)
    assert chance.take(accident, {"learning_rate": 1e-3}, back_to=200)["until"] == 500
    rates = [chance.changed({"learning_rate": 1.0}, images)["learning_rate"] for images in (200, 400, 450, 500, 900)]
    assert rates == pytest.approx([0.5, 0.5, 0.5**0.5, 1.0, 1.0])
    assert SecondChance.from_json(json.loads(json.dumps(chance.to_json()))) == chance
    assert "until" not in chance.take(replace(accident, images=700), {"learning_rate": 1e-3}, back_to=600)
    assert "until" not in SecondChance().take(accident, {"learning_rate": 1e-3}, back_to=0)  # ill from the start
    assert [chance.changed({"learning_rate": 1.0}, images)["learning_rate"] for images in (400, 900)] == [0.5, 0.5]


def test_what_is_for_a_while_is_part_of_what_is_found_meanwhile():
    chance, history = SecondChance(), History(Setting(1000))
    chance.take(replace(NotFinite().finding(history, {}, 0), images=300), {"learning_rate": 1e-3}, back_to=200)
    lower = replace(NotFinite().finding(history, {}, 0), images=400, may_pass=False, remedy={"learning_rate": 0.1})
    chance.take(lower, {"learning_rate": 1e-3}, back_to=200)
    rates = [chance.changed({"learning_rate": 1.0}, images)["learning_rate"] for images in (200, 900)]
    assert rates == pytest.approx([0.05, 0.05])


def test_a_doctor_needs_something_to_look_at(tmp_path):
    tiny.start(tmp_path / "short", steps=1, set=TICKS)
    with pytest.raises(RunError, match="too few for a diagnosis"):
        doctor(tmp_path / "short")


@pytest.mark.parametrize("wrong", [{"watch": "wran"}, {"mulligans": -1}])
def test_a_wish_that_means_nothing_is_refused_from_python_too(tmp_path, wrong):
    with pytest.raises(RecipeError, match=r"expected (one of warn, act, off. Did you mean 'warn'|a whole number)"):
        tiny.start(tmp_path / "run", steps=2, set=TICKS, **wrong)
    tiny.start(tmp_path / "well", steps=2, set=TICKS)
    with pytest.raises(RecipeError, match="expected"):
        tiny.go_on(tmp_path / "well", **wrong)
