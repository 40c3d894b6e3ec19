"""Numbers that change during training."""

import json
import math

import pytest

from mulligan import catalogue, recipes
from mulligan.errors import RecipeError
from mulligan.schedule import Adaptive, Cosine, Exponential, Linear, ends, is_number, value_at

KINDS = pytest.mark.parametrize("kind", [Linear, Cosine])


def test_linear_is_a_straight_line():
    schedule = Linear(1.0, 3.0, images=1000)
    assert [schedule.at(images) for images in (0, 250, 500, 1000)] == [1.0, 1.5, 2.0, 3.0]


def test_cosine_is_half_a_wave_and_flat_at_both_ends():
    schedule = Cosine(1.0, 0.1, images=1000)
    for images in (0, 130, 500, 999, 1000):
        assert schedule.at(images) == pytest.approx(0.1 + 0.9 * (1 + math.cos(math.pi * images / 1000)) / 2, rel=1e-12)
    assert 1.0 - schedule.at(10) < 1e-3 and schedule.at(990) - 0.1 < 1e-3


def test_exponential_falls_by_the_same_share_for_every_image():
    schedule = Exponential(0.3, 3e-4, images=300)
    assert [schedule.at(images) for images in (0, 100, 200, 300, 900)] == pytest.approx([0.3, 0.03, 3e-3, 3e-4, 3e-4])
    assert Exponential(0.2, 0.2, images=10).at(5) == pytest.approx(0.2)
    with pytest.raises(RecipeError, match=r"an exponential schedule goes from 0.3 to 0; expected both above 0"):
        Exponential(0.3, 0, images=10)


@KINDS
def test_it_starts_and_ends_exactly_and_stays_constant_afterwards(kind):
    schedule = kind(2e-4, 5e-5, images=777)
    assert schedule.at(0) == 2e-4
    assert [schedule.at(images) for images in (777, 778, 10**12)] == [pytest.approx(5e-5, rel=1e-12)] * 3
    values = [schedule.at(images) for images in range(0, 800, 7)]
    assert values == sorted(values, reverse=True)


@KINDS
def test_a_share_becomes_images_once_and_a_larger_budget_only_lengthens_the_tail(kind):
    resolved = kind(1.0, 0.0, share=0.08).resolve(250_000)
    assert resolved == kind(1.0, 0.0, images=20_000)
    assert resolved.resolve(10**9) == resolved


@KINDS
def test_a_length_of_nothing_is_the_end_at_once(kind):
    assert kind(1.0, 0.25, images=0).at(0) == 0.25
    assert kind(1.0, 0.25, share=0.0).resolve(1000).at(0) == 0.25


@KINDS
def test_a_whole_number_may_stand_at_the_ends(kind):
    assert kind(0, 20_000, images=10).at(0) == 0


@KINDS
@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ({}, "its length either in images or as a share"),
        ({"images": 10, "share": 0.5}, "and not both"),
        ({"images": -1}, "length is -1; expected images, 0 or more"),
        ({"share": 1.5}, "length is 1.5; expected images, 0 or more, or a share from 0 to 1"),
        ({"share": float("nan")}, "length is nan"),
        ({"images": "many"}, "length is 'many'"),
        ({"images": 10, "start": "high"}, "goes from 'high' to 0.0; expected two numbers"),
        ({"images": 10, "end": float("inf")}, "goes from 1.0 to inf"),
    ],
)
def test_a_schedule_that_cannot_be_gets_a_sentence(kind, numbers, sentence):
    with pytest.raises(RecipeError, match=sentence):
        kind(**({"start": 1.0, "end": 0.0} | numbers))


@KINDS
def test_it_comes_back_the_same_from_json(kind):
    for schedule in (kind(1.0, 0.1, share=0.2), kind(0, 5, images=12)):
        assert catalogue.from_json(json.loads(json.dumps(catalogue.to_json(schedule)))) == schedule


def test_plain_numbers_are_constant_schedules():
    assert value_at(3, 10**6) == 3.0 and isinstance(value_at(0, 0), float)
    assert ends(0.5) == (0.5,) and ends(Linear(1.0, 2.0, images=1)) == (1.0, 2.0)


@pytest.mark.parametrize("value", [True, None, "1", float("nan"), float("inf")])
def test_what_is_no_number(value):
    assert not is_number(value)


def test_a_length_that_is_a_share_of_an_unknown_budget_gets_a_sentence():
    says = r"Cosine\(start=1.0, .* has its length as a share of the budget; expected images: call resolve\(images\)"
    with pytest.raises(RecipeError, match=says):
        Cosine(1.0, 0.0, share=0.5).at(3)
    with pytest.raises(RecipeError, match=r"call resolve\(images\), the recipe's or the schedule's, first"):
        recipes.get("r3gan-tiny").numbers(0)
    with pytest.raises(RecipeError, match=r"call resolve\(images\)"):
        Adaptive(0.0, 1.0, share=0.5).steered(0.0, 0.6, 3)
    assert recipes.get("r3gan-tiny").resolve(1000).numbers(0)
