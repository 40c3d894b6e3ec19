"""A batch that several processes share gives the numbers of one process; real processes, small dense networks."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import _one_of_several as several
import numpy as np
import pytest

from mulligan.assemble.launch import environments
from mulligan.errors import RecipeError
from mulligan.train.draws import Draws, Share

SCRIPT = Path(several.__file__)
COUNTS = (2, 3)


@pytest.fixture(scope="module")
def one():
    return several.alone()


@pytest.fixture(scope="module", params=COUNTS)
def ranks(request, tmp_path_factory):
    """What each of so many processes found, by rank."""
    folder = tmp_path_factory.mktemp(f"processes-{request.param}")
    command = [sys.executable, str(SCRIPT), str(folder)]
    running = [subprocess.Popen(command, env=environment) for environment in environments(request.param)]
    assert [process.wait(timeout=120) for process in running] == [0] * request.param
    return [dict(np.load(folder / f"{rank}.npz")) for rank in range(request.param)]


def difference(mine, theirs):
    """The largest one, relative to the largest number of all."""
    return np.abs(mine - theirs).max() / max(np.abs(theirs).max(), 1e-12)


def names(one, start):
    found = [name for name in one if name.startswith(start)]
    assert found, start
    return found


@pytest.mark.parametrize("parts", several.ACCUMULATIONS)
@pytest.mark.parametrize("game", several.GAMES)
def test_every_penalty_has_the_gradient_of_one_process(game, parts, one, ranks):
    for name in names(one, f"{game} x{parts}/"):
        assert np.abs(one[name]).max() > 1e-6, "else there was nothing to average"
        assert difference(ranks[0][name], one[name]) < 1e-5, name


@pytest.mark.parametrize("parts", several.ACCUMULATIONS)
@pytest.mark.parametrize("form", several.FORMS)
def test_every_form_of_r1_has_the_gradient_of_one_process(form, parts, one, ranks):
    name = f"form: {form} x{parts}"
    assert difference(ranks[0][name], one[name]) < 1e-5


@pytest.mark.parametrize("kind", ["r1 batch norm", "gradient_penalty batch norm", "r1 spectral"])
def test_synchronized_batch_norm_and_spectral_norm_are_those_of_one_process(kind, one, ranks):
    for name in names(one, f"{kind}/"):
        assert difference(ranks[0][name], one[name]) < 1e-5, name


def test_all_processes_hold_the_same_bits(ranks):
    for other in ranks[1:]:
        assert other.keys() == ranks[0].keys()
        assert not [name for name in other if other[name].tobytes() != ranks[0][name].tobytes()]


@pytest.mark.parametrize("turns", several.CRITIC_TURNS)
@pytest.mark.parametrize("parts", several.ACCUMULATIONS)
def test_every_turn_is_one_update_however_many_share_it(turns, parts, ranks):
    for found in ranks:
        assert found[f"updates {turns} x{parts}"].tolist() == [3 * turns, 3]


def test_twenty_steps_with_their_average_are_those_of_one_process(one, ranks):
    assert len(names(one, "trained/ema/")) >= 4
    for name in names(one, "trained/"):
        assert difference(ranks[0][name], one[name]) < 1e-5, name
    assert difference(ranks[0]["terms"], one["terms"]) < 1e-5
    assert np.abs(one["terms"][0] - one["terms"][-1]).max() > 1e-2, "it must have learned something"


def test_a_spread_over_the_batch_is_that_of_all_rows(one, ranks):
    assert difference(ranks[0]["deviation"], one["deviation"]) < 1e-6


@pytest.mark.parametrize("parts", [1, 2, 4])
@pytest.mark.parametrize("processes", [2, 3])
def test_shares_put_together_are_the_whole_batch_part_by_part(parts, processes):
    whole, shares = Draws(3), [Share(3, rank, processes, parts) for rank in range(processes)]
    for draw in (
        lambda d: d.normal("z", 40, 24, (2,)),
        lambda d: d.uniform("mix", 40, 24),
        lambda d: d.order(40, 24, 7),
    ):
        pieces = [np.split(draw(share), parts) for share in shares]
        together = np.concatenate([piece[part] for part in range(parts) for piece in pieces])
        assert np.array_equal(together, draw(whole))


@pytest.mark.parametrize(
    "batch, parts, processes, words",
    [
        (64, 1, 3, "64 cannot be shared evenly by 3 processes; type --batch 63 or 66, or start 1 or 2 of them"),
        (24, 4, 4, "24 cannot be shared evenly by 4 processes of 4 parts each; type --batch 16 or 32, or start 2 or 3"),
        (1, 1, 2, "1 cannot be shared evenly by 2 processes; type --batch 2, or start 1 of them"),
    ],
)
def test_a_batch_that_cannot_be_shared_gets_the_sizes_that_can(batch, parts, processes, words):
    recipe = replace(several.RECIPE, batch_size=batch, accumulate=parts)
    with pytest.raises(RecipeError, match=words):
        recipe.refuse_uneven(processes)
    recipe.refuse_uneven(1)
