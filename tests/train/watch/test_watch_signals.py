"""Signals against what is known of the samples that they are taken of."""

from typing import NamedTuple

import numpy as np
import pytest

from mulligan.train.watch import Handful, critic_signals, data_signals, sample_signals

RANDOM = np.random.default_rng(0)


def pictures(count=128, size=16, sharp=1.0):
    """Pictures of noise in [-1, 1] whose fine half of the spectrum is scaled."""
    noise = RANDOM.standard_normal((count, size, size, 1))
    spectrum = np.fft.fft2(noise, axes=(1, 2))
    y, x = np.abs(np.fft.fftfreq(size))[:, None], np.abs(np.fft.fftfreq(size))[None]
    spectrum[:, np.maximum(y, x) > 0.25] *= sharp**0.5
    return (0.3 * np.fft.ifft2(spectrum, axes=(1, 2)).real).clip(-1, 1).astype(np.float32)


REAL = pictures()


def signals(real, fake, labels=None):
    return sample_signals(Handful(real), Handful(fake), labels)


def test_fresh_samples_of_the_same_kind_look_like_the_reals():
    found = signals(REAL, pictures())
    assert found["samples/diversity"] == pytest.approx(1, abs=0.02)
    assert found["samples/spread"] == pytest.approx(1, abs=0.05)
    assert found["samples/fine_detail"] == pytest.approx(1, abs=0.1)
    assert found["samples/checkerboard"] == pytest.approx(1, abs=0.2)
    assert found["samples/repeats"] == 0 and abs(found["samples/saturated"]) < 0.01


def test_one_sample_again_and_again_has_no_diversity():
    found = signals(REAL, np.repeat(REAL[:1], 128, axis=0))
    assert found["samples/diversity"] < 1e-6 and found["samples/repeats"] == 1


def test_a_few_samples_again_and_again_are_diverse_and_repeat():
    found = signals(REAL, np.tile(REAL[:4], (32, 1, 1, 1)))
    assert found["samples/diversity"] > 0.5 and found["samples/repeats"] == 1


def test_how_often_samples_repeat_is_not_known_beside_a_few_reals():
    assert "samples/repeats" not in signals(REAL[:9], pictures()) and "samples/repeats" in signals(
        REAL[:10], pictures()
    )


def test_one_sample_to_each_label_is_diverse_and_has_no_diversity_within_a_label():
    labels = np.arange(128) % 4, np.arange(128) // 32
    apart = signals(REAL, pictures(), labels)
    assert apart["samples/diversity_within"] == pytest.approx(1, abs=0.02)
    found = signals(REAL, REAL[labels[1]], labels)
    assert found["samples/diversity"] > 0.5 and found["samples/diversity_within"] < 1e-6


def test_of_a_hundred_labels_too_few_samples_are_alike_to_say_how_far_they_are_apart():
    assert "samples/diversity_within" not in signals(REAL, pictures(), (np.arange(128), np.arange(128)))


def test_black_and_white_is_saturated_beside_what_the_data_has():
    assert signals(REAL, np.sign(pictures()))["samples/saturated"] > 0.99
    assert abs(signals(np.sign(REAL), np.sign(pictures()))["samples/saturated"]) < 1


def test_blur_has_no_fine_detail():
    assert signals(REAL, pictures(sharp=0.01))["samples/fine_detail"] < 0.05


def test_a_pattern_of_single_pixels_is_a_checkerboard():
    board = np.where(np.indices((16, 16)).sum(0) % 2, 0.3, -0.3)[None, :, :, None]
    strength = RANDOM.standard_normal((128, 1, 1, 1))
    assert signals(REAL, pictures() + strength * board)["samples/checkerboard"] > 6


def test_of_large_pictures_the_middle_is_looked_at():
    large, border = pictures(4, size=80), pictures(4, size=80)
    border[:, 8:72, 8:72] = large[:, 8:72, 8:72]
    assert signals(large, border) == signals(large, large)


def test_a_handful_of_pixels_has_no_spectrum_and_no_warning(recwarn):
    assert "samples/checkerboard" not in signals(pictures(16, size=4), pictures(16, size=4))
    assert not recwarn.list


def test_points_have_no_spectrum():
    points = RANDOM.standard_normal((128, 2))
    assert set(signals(points, points)) == {f"samples/{n}" for n in ("diversity", "repeats", "spread", "shift")}


class Look(NamedTuple):
    real: np.ndarray
    fake: np.ndarray
    held_out: np.ndarray | None
    slopes: np.ndarray


def scores(real=1.0, fake=-1.0, held_out=1.0):
    def draw(mean):
        return (mean + 0.1 * RANDOM.standard_normal(128)).astype(np.float32)

    return Look(draw(real), draw(fake), None if held_out is None else draw(held_out), np.full(128, 0.5, np.float32))


def test_a_critic_that_knows_its_reals_by_heart_scores_others_like_fakes():
    assert critic_signals(scores(held_out=1.0), Handful(REAL))["critic/overfitting"] == pytest.approx(0, abs=0.05)
    assert critic_signals(scores(held_out=-1.0), Handful(REAL))["critic/overfitting"] == pytest.approx(1, abs=0.05)


def test_overfitting_is_not_said_where_reals_and_fakes_are_scored_alike():
    assert critic_signals(scores(real=0.0, fake=0.0, held_out=-3.0), Handful(REAL))["critic/overfitting"] == 0


def test_accuracy_is_of_held_out_reals_and_a_half_where_nothing_is_told_apart():
    assert critic_signals(scores(), Handful(REAL))["critic/accuracy"] == 1
    assert critic_signals(scores(held_out=-1.0), Handful(REAL))["critic/accuracy"] == pytest.approx(0.5, abs=0.1)
    constant = Look(*(np.zeros(8, np.float32),) * 4)
    assert critic_signals(constant, Handful(REAL))["critic/accuracy"] == 0.5


def test_without_held_out_reals_the_training_ones_stand_in():
    found = critic_signals(scores(held_out=None), Handful(REAL))
    assert found["critic/accuracy"] == 1 and "critic/overfitting" not in found


def test_data_says_how_much_of_the_range_it_uses_and_how_often_it_repeats():
    assert data_signals(pictures())["range"] > 0.3
    assert data_signals(REAL / 255 - 1)["range"] < 0.01
    assert data_signals(REAL)["copies"] == 0
    assert data_signals(np.concatenate([REAL, REAL[:64]]))["copies"] == pytest.approx(128 / 192)
    assert "range" not in data_signals(RANDOM.standard_normal((9, 2)))
