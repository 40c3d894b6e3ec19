"""Every illness: what it says, that it is found where its evidence is, and that a healthy history has none."""

import math
from dataclasses import replace

import pytest

from mulligan.recipes import auto
from mulligan.train.watch import NOTE, SEVERE, WARNING, History, Setting, Watch, illnesses

SETTING = Setting(
    budget_images=1000,
    samples=5000,
    penalties=("game.penalties.r1.weight",),
    class_shares=(0.5, 0.3, 0.2),
    has_labels=True,
    typical_weights={"generator": 0.05, "critic": 0.05},
    data={"range": 0.9, "copies": 0.0},
    first={"critic/reach": 2.0},
)
SIGNALS = {
    "critic/accuracy": 0.7,
    "critic/separation": 1.0,
    "critic/overfitting": 0.1,
    "critic/reach": 3.0,
    "generator/idle": 0.0,
    "critic/idle": 0.0,
    "samples/diversity": 0.95,
    "samples/repeats": 0.0,
    "samples/shift": 0.1,
    "samples/spread": 0.95,
    "samples/saturated": 0.1,
    "samples/fine_detail": 0.9,
    "samples/checkerboard": 1.1,
}
NUMBERS = {"learning_rate": 1e-3, "critic_learning_rate": 1e-3, "game.penalties.r1.weight": 1.0}


def tick(images, signals=None, numbers=None, **others):
    return {
        "event": "tick",
        "images": images,
        "signals": SIGNALS | (signals or {}),
        "numbers": NUMBERS | (numbers or {}),
        "terms": {"critic/real": 0.5, "critic/fake": 0.5, "critic/r1": 0.02},
        "waiting": 0.05,
    } | others


def score(images, **values):
    return {"event": "score", "images": images, "scores": [{"measure": n, "value": v} for n, v in values.items()]}


def a_run(signals=None, numbers=None, frechets=(), **others):
    """Fifty ticks, with a score at every fifth."""
    for number in range(1, 51):
        yield tick(20 * number, signals, numbers, **others)
        if number % 5 == 0 and len(frechets) >= number // 5:
            measures = frechets[number // 5 - 1]
            yield score(20 * number, **(measures if isinstance(measures, dict) else {"frechet": measures}))


def found(events, **setting):
    changed = Setting(**(SETTING.to_json() | setting))
    return {finding.illness: finding for finding in Watch(changed).over(events)}


FALLING = tuple(100 * 0.8**k for k in range(10))
# What is injected, by illness: signals, numbers, scores, other parts of a tick, and parts of the setting.
SICK = {
    "collapse": {"signals": {"samples/diversity": 0.01, "samples/repeats": 1.0}},
    "partial-collapse": {"signals": {"samples/repeats": 0.9, "samples/diversity": 0.7}},
    "critic-overfitting": {"signals": {"critic/overfitting": 0.8}, "frechets": (*FALLING[:5], 40, 44, 48, 52, 56)},
    "critic-too-strong": {"signals": {"critic/accuracy": 1.0, "critic/separation": 8.0}, "frechets": (70,) * 10},
    "critic-too-weak": {"signals": {"critic/accuracy": 0.05, "samples/shift": 1.0}},
    "frozen-network": {"signals": {"critic/idle": 1.0}},
    "dead-generator": {"signals": {"generator/idle": 0.95}},
    "saturated-outputs": {"signals": {"samples/saturated": 0.99}},
    "learning-rate-too-high": {"numbers": {"learning_rate": 0.1, "critic_learning_rate": 0.1}},
    "learning-rate-too-low": {"numbers": {"learning_rate": 1e-6, "critic_learning_rate": 1e-6}},
    "penalty-too-strong": {"signals": {"critic/reach": 0.2, "samples/spread": 0.3}},
    "penalty-too-weak": {
        "signals": {"critic/reach": 15.0},
        "terms": {"critic/real": 0.5, "critic/fake": 0.5, "critic/r1": 1e-4},
    },
    "checkerboard": {"signals": {"samples/checkerboard": 30.0}},
    "blur": {"signals": {"samples/fine_detail": 0.01}},
    "slow-data": {"waiting": 0.9},
    "oscillation": {"frechets": (50, 20, 60, 15, 55, 20, 70, 20, 60, 20)},
    "stall": {"frechets": (50, 20, 21, 22, 21, 21, 22, 21, 22, 21)},
    "shuffled-labels": {"frechets": tuple({"frechet": f, "label_accuracy": 0.34} for f in FALLING)},
    "wrong-range": {"setting": {"data": {"range": 0.004, "copies": 0.0}}},
    "repeated-data": {"setting": {"data": {"range": 0.9, "copies": 1.0}}},
    "few-data": {"setting": {"samples": 10}},
    "imbalanced-labels": {"setting": {"class_shares": (0.97, 0.02, 0.01)}},
}
ALL = {illness.name(): illness for illness in illnesses()}


def test_a_healthy_history_has_no_findings():
    assert found(a_run(frechets=FALLING)) == {}


def test_one_sample_to_each_label_is_a_partial_collapse_once_more_than_labels_could_be_learned():
    finding = found(a_run({"samples/diversity_within": 0.15}, frechets=FALLING))["partial-collapse"]
    assert 300 < finding.since <= 360 and "within a label" in next(iter(finding.evidence))
    assert found(a_run({"samples/diversity_within": 0.4}, frechets=FALLING)) == {}


def test_nothing_is_found_where_nothing_was_measured():
    bare = ({"event": "tick", "images": 20 * number} for number in range(1, 51))
    assert Watch(Setting(budget_images=1000)).over(bare) == []


@pytest.mark.parametrize("name", sorted(ALL.keys() - {"not-finite"}))
def test_each_illness_is_found_where_it_was_injected_and_told_once(name):
    case = {"frechets": FALLING} | SICK[name]
    setting = case.pop("setting", {})
    watch = Watch(Setting(**(SETTING.to_json() | setting)))
    told = [finding for finding in watch.over(a_run(**case)) if finding.illness == name]
    assert len(told) == 1
    finding = told[0]
    assert finding.since <= finding.images <= 1000 and finding.evidence
    assert all(math.isfinite(value) for value in finding.evidence.values())


@pytest.mark.parametrize("illness", ALL.values(), ids=ALL)
def test_each_illness_says_two_sentences_and_what_to_do(illness):
    assert illness.explanation.count(". ") == 1 and illness.explanation.endswith(".")
    advice = illness.advice_for(History(SETTING, [tick(20)]))
    assert advice and not advice.endswith(".")
    assert illness.severity in (NOTE, WARNING, SEVERE)
    assert type(illness).__doc__


@pytest.mark.parametrize("illness", ALL.values(), ids=ALL)
def test_remedies_are_factors_of_numbers_that_recipes_have(illness):
    history = History(SETTING, [tick(20)])
    known = {*NUMBERS, "augment_probability"}
    remedy = illness.remedy(history)
    assert remedy.keys() <= known and all(factor > 0 for factor in remedy.values())
    assert not remedy or illness.severity == SEVERE


@pytest.mark.parametrize(
    ("probability", "images", "remedy", "is_inborn"),
    [
        (0.0, 500, {"augment_probability"}, True),
        (0.0, 980, {"augment_probability"}, False),
        (0.3, 500, {"augment_probability"}, False),
        (1.0, 500, {"critic_learning_rate", "game.penalties.r1.weight"}, False),
        (math.nan, 500, {"critic_learning_rate", "game.penalties.r1.weight"}, False),
    ],
)
def test_overfitting_is_treated_by_what_augmentation_there_is(probability, images, remedy, is_inborn):
    setting = replace(SETTING, augments=True)
    history = History(setting, [tick(images, numbers={"augment_probability": probability})])
    illness = ALL["critic-overfitting"]
    assert illness.remedy(history).keys() == remedy
    assert illness.is_inborn(history) == is_inborn


@pytest.mark.parametrize(("recall", "samples", "is_ill"), [(0.0, 5000, True), (0.4, 5000, False), (0.0, 100, False)])
def test_a_partial_collapse_that_pixels_do_not_show_is_found_by_the_scores(recall, samples, is_ill):
    scores = tuple({"frechet": f, "near_duplicates": 0.45, "recall": recall} for f in FALLING)
    assert ("partial-collapse" in found(a_run(frechets=scores), samples=samples)) == is_ill


@pytest.mark.parametrize("signals", [{"critic/reach": 0.1}, {"critic/accuracy": 0.05}])
def test_a_flat_critic_is_no_illness_where_the_samples_are_like_the_data(signals):
    assert found(a_run(signals=signals, frechets=FALLING)) == {}


def test_a_flat_critic_is_no_illness_where_it_has_brought_the_samples_to_the_data_before():
    flat, off = {"critic/reach": 0.1}, {"critic/reach": 0.1, "samples/spread": 0.3}
    early = [tick(20 * n, off if n < 10 or n > 40 else flat) for n in range(1, 51)]
    assert [finding.illness for finding in Watch(SETTING).over(early)] == ["penalty-too-strong"]
    late = [tick(20 * n, off if n > 40 else flat) for n in range(1, 51)]
    assert Watch(SETTING).over(late) == []


def test_an_illness_that_went_away_is_told_anew():
    sick, well = {"critic/accuracy": 0.05, "samples/shift": 1.0}, {}
    events = [tick(20 * n, sick if n % 20 < 10 else well) for n in range(1, 50)]
    told = Watch(SETTING).over(events)
    assert [finding.illness for finding in told] == ["critic-too-weak"] * 3


def test_a_single_tick_of_evidence_is_not_enough_for_what_comes_and_goes():
    events = [tick(20 * n, {"samples/diversity": 0.01} if n == 7 else {}) for n in range(1, 30)]
    assert Watch(SETTING).over(events) == []


def test_a_watch_that_reads_half_a_log_goes_on_as_one_that_saw_it():
    events = list(a_run(**SICK["critic-too-strong"]))
    whole, begun, resumed = Watch(SETTING), Watch(SETTING), Watch(SETTING)
    first = begun.over(events[:4])
    resumed.over(events[:4])
    assert first + resumed.over(events[4:]) == whole.over(events)


def test_a_critic_that_knows_its_reals_is_no_illness_while_quality_rises():
    known = {"critic/overfitting": 0.8}
    assert found(a_run(known, frechets=FALLING)) == {}
    assert found(a_run(known)) == {}
    assert "critic-overfitting" in found(a_run({"critic/overfitting": 0.9}))


def test_a_critic_that_knows_its_reals_is_no_illness_where_a_single_score_is_worse():
    wobbling = (100, 60, 40, 48, 39, 38, 45, 37, 36, 35)
    assert found(a_run({"critic/overfitting": 0.6}, frechets=wobbling)) == {}


def test_advice_is_about_the_penalties_that_a_run_has():
    flat, off = {"samples/diversity": 0.01}, {"game.penalties.r1.weight": 0.0}
    assert "3 times the weight, of a schedule at both ends (--set game.penalties.r1.weight=...)" in (
        found(a_run(flat))["collapse"].advice
    )
    for advice in (found(a_run(flat), penalties=())["collapse"].advice, found(a_run(flat, off))["collapse"].advice):
        assert "add a penalty where the recipe has none: --set game.penalties=r1" in advice


def test_where_repeats_are_not_known_they_are_no_evidence():
    events = [tick(20 * n, {"samples/diversity": 0.01, "samples/repeats": math.nan}) for n in range(1, 6)]
    assert list(found(events)["collapse"].evidence) == ["diversity beside the data's"]


def test_nothing_is_said_of_what_was_learned_before_there_was_time_to_learn():
    flat = {"samples/diversity": 0.01, "critic/reach": 300.0}
    assert found([tick(20 * n, flat) for n in (1, 2, 3)], images_per_step=20) == {}
    assert "collapse" in found([tick(20 * n, flat) for n in range(1, 6)], images_per_step=20)


def test_a_distance_of_nothing_is_as_good_as_can_be():
    assert "critic-overfitting" not in found(a_run({"critic/overfitting": 0.7}, frechets=(0.0, 1.0, 1.0, 1.0, 1.0)))


@pytest.mark.parametrize("frechets", [(10, 30), (10, 30, 90), (10, 30, 90, 100)])
def test_a_critic_that_knows_its_reals_is_found_by_however_few_scores_that_rise(frechets):
    assert "critic-overfitting" in found(a_run({"critic/overfitting": 0.6}, frechets=frechets))


def test_a_penalty_is_inborn_where_the_critic_was_ill_nearly_all_the_time():
    cheap = {"terms": {"critic/real": 0.5, "critic/fake": 0.5, "critic/r1": 1e-4}}
    steep = [tick(20 * n, {"critic/reach": 15.0}, **cheap) for n in range(1, 51)]
    later = [tick(20 * n, {"critic/reach": 15.0 if n > 40 else 3.0}, **cheap) for n in range(1, 51)]
    assert found(steep)["penalty-too-weak"].is_inborn and not found(later)["penalty-too-weak"].is_inborn
    flat, off = {"critic/reach": 0.2, "samples/spread": 0.3}, {"samples/spread": 0.3}
    early = [tick(20 * n, flat) for n in range(1, 51)]
    late = [tick(20 * n, flat if n > 40 else off) for n in range(1, 51)]
    assert found(early)["penalty-too-strong"].is_inborn and not found(late)["penalty-too-strong"].is_inborn


def test_a_critic_that_is_exactly_flat_gets_the_strongest_remedy():
    flat = {"critic/reach": 0.0, "samples/spread": 0.3}
    terms = {"critic/real": 0.7, "critic/fake": 0.7, "critic/r1": 0.0}
    assert found(a_run(flat, terms=terms))["penalty-too-strong"].remedy == {"game.penalties.r1.weight": 1 / 1000}


def test_each_rate_that_is_too_high_is_lowered_by_its_own_factor():
    numbers = {"learning_rate": 1.0, "critic_learning_rate": 1e-3}
    assert found([tick(20, numbers=numbers)])["learning-rate-too-high"].remedy.keys() == {"learning_rate"}
    nothing = {"typical_weights": {"generator": 0.0, "critic": 0.05}}
    ill = found([tick(20, numbers={"critic_learning_rate": 0.1})], **nothing)["learning-rate-too-high"]
    assert ill.remedy == {"critic_learning_rate": pytest.approx(0.015)}


def test_nothing_is_changed_where_there_is_no_penalty_to_change():
    steep = {"critic/reach": 15.0}
    ill = found(a_run(steep, terms={"critic/pair": 0.5}), penalties=(), lacks_penalty=True)["penalty-too-weak"]
    assert not ill.remedy


def test_a_critic_far_ahead_is_no_illness_while_the_generator_catches_up():
    ahead = {"critic/accuracy": 1.0, "critic/separation": 10.0}
    assert found(a_run(ahead, frechets=FALLING)) == {}
    assert found(a_run(ahead)) == {}
    assert "critic-too-strong" in found(a_run(ahead | {"critic/separation": 15.0}))


@pytest.mark.parametrize("rate", [0.1, 1e-6])
def test_the_remedy_of_a_rate_that_is_far_off_brings_it_to_what_is_usual(rate):
    name = "learning-rate-too-high" if rate > 1e-3 else "learning-rate-too-low"
    ill = found([tick(20, numbers={"learning_rate": rate, "critic_learning_rate": rate})])
    remedy = ill[name].remedy
    rates = {which: rate * factor for which, factor in remedy.items()}
    assert rates.keys() == {"learning_rate", "critic_learning_rate"}
    assert all(5e-4 <= changed <= 2e-3 for changed in rates.values())
    assert found([tick(20, numbers=rates)]) == {}


@pytest.mark.parametrize(("top", "is_ill"), [(1e-3, False), (1e-7, True)])
def test_a_rate_that_rises_is_judged_by_how_high_it_gets(top, is_ill):
    planned = [top * min(1.0, 0.01 + percent / 50) for percent in range(101)]
    events = [tick(20 * n, numbers={"learning_rate": planned[2 * n]}) for n in range(1, 51)]
    assert ("learning-rate-too-low" in found(events, rising={"learning_rate": planned})) == is_ill


def test_a_rate_that_rises_does_not_hide_that_the_other_is_too_low():
    events = [tick(20 * n, numbers={"critic_learning_rate": 1e-9}) for n in range(1, 51)]
    planned = [1e-4 + 1e-6 * percent for percent in range(101)]
    told = found(events, rising={"learning_rate": planned})["learning-rate-too-low"]
    assert list(told.evidence) == ["change of a typical weight of the critic at a step"]


def test_the_rate_that_the_default_recipe_begins_with_is_no_illness():
    shy = {"generator": 0.0135, "critic": 0.0135}  # of weights that begin with a deviation of 0.02, as DCGAN's do
    recipe = auto.choose(60_000, (28, 28), 0, "cpu")[0].resolve(100_000)
    assert found([tick(20, numbers=recipe.numbers(0))], typical_weights=shy) == {}


def test_a_critic_that_is_held_to_a_slope_may_keep_to_it_at_no_cost():
    cheap = {"critic/real": 0.5, "critic/fake": 0.5, "critic/gradient_penalty": 1e-4}
    setting = {
        "penalties": ("game.penalties.gradient_penalty.weight",),
        "slopes": (1.0,),
        "first": {"critic/reach": 0.1},
    }
    kept, left = ({"critic/reach": 4.0, "critic/input_gradient": slope} for slope in (1.2, 20.0))
    assert found(a_run(kept, terms=cheap, frechets=FALLING), **setting) == {}
    ill = found(a_run(left, terms=cheap, frechets=FALLING), **setting)
    assert ill["penalty-too-weak"].remedy == {"game.penalties.gradient_penalty.weight": 10.0}
    flat = {"critic/reach": 0.01, "critic/input_gradient": 0.01, "samples/spread": 0.3}
    assert found(a_run(flat, frechets=FALLING), **setting) == {}


def test_a_log_from_before_slopes_were_told_is_read_by_the_names_of_its_penalties():
    weights = ["game.penalties.r1.weight", "game.penalties.gradient_penalty.weight"]
    setting = Setting.of([{"event": "start", "setting": {"budget_images": 9, "penalties": weights}}])
    assert setting.flattening == tuple(weights[:1]) and setting.holding == {weights[1]: 1.0}


@pytest.mark.parametrize(("weight", "steepness"), [(10.0, 0.3), (20.0, 0.3), (1e-4, 5.0), (1e-4, 6.0)])
def test_the_remedy_of_a_penalty_makes_it_a_tenth_of_the_rest_for_a_critic_as_steep_as_at_the_start(weight, steepness):
    signals = {"critic/reach": steepness, "samples/spread": 0.3}
    terms = {"critic/real": 0.5, "critic/fake": 0.5, "critic/r1": weight * steepness**2}
    ill = found(a_run(signals, terms=terms))["penalty-too-strong" if weight > 1 else "penalty-too-weak"]
    at_the_start = weight * ill.remedy["game.penalties.r1.weight"] * SETTING.first["critic/reach"] ** 2
    assert at_the_start == pytest.approx(0.1)


def test_the_remedy_of_a_penalty_goes_a_thousandfold_at_most():
    terms = {"critic/real": 0.5, "critic/fake": 0.5, "critic/r1": 1e-9}
    ill = found(a_run({"critic/reach": 15.0}, terms=terms))["penalty-too-weak"]
    assert ill.remedy == {"game.penalties.r1.weight": 1000.0}
