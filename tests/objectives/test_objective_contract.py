"""What every objective and penalty must do, over the whole folder: a new file is tested by existing."""

import json

import pytest
import torch
from _small_play import KINDS, SHAPE, N, SmallCritic, Table, game_of, gradients

from mulligan import catalogue
from mulligan.critique import Critique
from mulligan.errors import RecipeError
from mulligan.objectives import Objective, Penalty, Play

PLAYERS = ("critic", "generator")
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


class SpyPlay(Play):
    """A play that remembers what was looked at."""

    def __getattribute__(self, name):
        if not name.startswith("_"):
            self.__dict__.setdefault("_seen", set()).add(name)
        return object.__getattribute__(self, name)

    @property
    def _looked_at(self):
        return self.__dict__.get("_seen", set())


def spied(score_shape=(N,), large=None, dtype=torch.float64) -> SpyPlay:
    """A play of random critiques, or of scores that are all plus or minus ``large``."""

    def some(*shape):
        return torch.randn(*shape, dtype=dtype, requires_grad=True)

    def scores(sign):
        if large is None:
            return some(*score_shape)
        signs = torch.tensor([sign, -sign], dtype=dtype).repeat(N // 2).view(-1, *[1] * (len(score_shape) - 1))
        return (large * signs).expand(score_shape).clone().requires_grad_()

    torch.manual_seed(0)
    play = SpyPlay(
        real=Critique(scores(1), (some(N, 4),)),
        fake=Critique(scores(-1), (some(N, 4),)),
        real_samples=some(N, *SHAPE),
        fake_samples=some(N, *SHAPE),
        real_gradient=some(N, *SHAPE),
        fake_gradient=some(N, *SHAPE),
        critic_gradient=lambda points: points**2,
        mix=torch.rand(N, dtype=dtype),
    )
    play.__dict__["_seen"] = set()
    return play


def terms(part, player, play):
    return part.critic_terms(play) if player == "critic" else part.generator_terms(play)


@every_kind
@pytest.mark.parametrize("score_shape", [(N,), (N, 1), (N, 1, 3, 2)], ids=str)
def test_terms_are_finite_numbers_per_sample_or_scalars(kind, score_shape):
    part = kind()
    assert isinstance(part, Objective)
    found = {player: terms(part, player, spied(score_shape)) for player in PLAYERS}
    assert found["critic"] or found["generator"]
    if not isinstance(part, Penalty):
        assert found["critic"] and found["generator"]
    for name, term in [item for both in found.values() for item in both.items()]:
        assert term.ndim == 0 or len(term) == N, (name, term.shape)
        assert term.isfinite().all(), name


@every_kind
def test_it_looks_at_no_gradient_and_no_critique_that_it_does_not_declare(kind):
    part = kind()
    for player in PLAYERS:
        play = spied()
        terms(part, player, play)
        slopes = {"real": "real_gradient", "fake": "fake_gradient", "other": "critic_gradient"}
        used = {place for place, name in slopes.items() if name in play._looked_at}
        if player == "critic":
            assert used == part.input_gradients
        else:
            assert not used, "a generator's turn has no input gradients"
            assert play._looked_at & {"real", "fake"} <= part.generator_sees
            assert ("real" in play._looked_at) == ("real" in part.generator_sees)


@every_kind
def test_critic_terms_move_the_critic_alone_and_generator_terms_the_generator(kind):
    part, table = kind(), Table()
    own = {player: set(terms(part, player, spied())) for player in PLAYERS}
    for player in PLAYERS:
        outcome = table.play(game_of(part), player)
        assert own[player] <= set(outcome.terms) and all(term.ndim == 0 for term in outcome.terms.values())
        for name in own[player]:
            moves_critic = any(g.any() for g in gradients(outcome.terms[name], table.critic))
            moves_generator = any(g.any() for g in gradients(outcome.terms[name], table.generator))
            if player == "critic":
                assert moves_critic and not moves_generator, name
            else:  # the step freezes the critic in this turn
                assert moves_generator, name


@every_kind
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_scores_of_ten_thousand_give_finite_terms_and_gradients(kind, dtype):
    for player in PLAYERS:
        play = spied(large=1e4, dtype=dtype)
        found = terms(kind(), player, play)
        if not found:
            continue
        total = sum(term.mean() for term in found.values())
        assert total.isfinite() and total.dtype == dtype
        inputs = [play.real.score, play.fake.score]
        for gradient in torch.autograd.grad(total, inputs, allow_unused=True):
            assert gradient is None or gradient.isfinite().all()


@every_kind
def test_every_score_map_of_one_point_is_that_score(kind):
    for player in PLAYERS:
        flat = terms(kind(), player, spied((N,)))
        maps = terms(kind(), player, spied((N, 1, 1)))
        for name in flat:
            torch.testing.assert_close(flat[name].mean(), maps[name].mean())


@every_kind
def test_a_critic_of_patches_can_play(kind):
    table = Table(critic=SmallCritic(patches=True))
    for player, network in (("critic", table.critic), ("generator", table.generator)):
        total = sum(table.play(game_of(kind()), player).terms.values())
        assert any(gradient.any() for gradient in gradients(total, network))


@every_kind
def test_estimates_are_finite_scalars(kind):
    for name, value in kind().estimates(spied((N, 1, 3, 3))).items():
        assert value.ndim == 0 and value.isfinite(), name


@every_kind
def test_it_comes_back_the_same_from_json_and_can_be_hashed(kind):
    part = kind()
    again = catalogue.from_json(json.loads(json.dumps(catalogue.to_json(part))))
    assert again == part and hash(again) == hash(part) and type(again) is kind


def test_the_folder_has_the_objectives_that_the_field_uses():
    files = {name.partition(".")[0] for name in KINDS}
    losses = {"minimax", "nonsaturating", "least_squares", "wasserstein", "hinge", "relativistic"}
    assert losses | {"r1_r2", "gradient_penalty", "dragan", "feature_matching"} <= files


@pytest.mark.parametrize("file", ["minimax", "nonsaturating", "least_squares"])
@pytest.mark.parametrize("smoothing", [-0.1, 0.5, 1.0])
def test_a_smoothing_out_of_range_gets_a_sentence(file, smoothing):
    (kind,) = catalogue.parts("objectives", file).values()
    with pytest.raises(RecipeError, match=f"label_smoothing is {smoothing}; expected a number from 0 to below 0.5"):
        kind(label_smoothing=smoothing)


def test_a_clip_of_nothing_gets_a_sentence():
    with pytest.raises(RecipeError, match="weight_clip is 0; expected a number above 0"):
        KINDS["wasserstein.Wasserstein"](weight_clip=0)


def test_feature_matching_without_features_gets_a_sentence():
    play = spied()
    play.real, play.fake = Critique(play.real.score), Critique(play.fake.score)
    with pytest.raises(RecipeError, match="feature matching needs the critic's features"):
        KINDS["feature_matching.FeatureMatching"]().generator_terms(play)
