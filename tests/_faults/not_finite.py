"""Row 1: from some step on a term, a penalty or what a critic is shown is not a number."""

import shutil
from itertools import product
from pathlib import Path

import _tiny_runs as tiny
import numpy as np

from _faults.children import Children
from _faults.outcome import Outcome
from mulligan import tensorfile
from mulligan.train import log

STEPS = (37, 1, 500)
TURNS = {"critic": "critic", "generator": "generator", "penalty": "critic", "input": "critic"}
MULLIGANS = 3
RECIPE = '''
"""Dense networks, and NaN at one place from one step on, in each life of the process."""
from dataclasses import dataclass, replace

from torch import nn

from mulligan import recipes
from mulligan.games.two_player import TwoPlayer
from mulligan.networks import mlp
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.objectives.r1_r2 import R1

PLACE, STEP = "critic", 1
made = dict.fromkeys(("critic", "generator", "penalty"), 0)


def struck(place, terms):
    made[place] += 1
    factor = float("nan") if place == PLACE and made[place] >= STEP else 1.0
    return {name: factor * term for name, term in terms.items()}


@dataclass(frozen=True)
class Ours(NonSaturating):
    def critic_terms(self, play):
        return struck("critic", super().critic_terms(play))

    def generator_terms(self, play):
        return struck("generator", super().generator_terms(play))


@dataclass(frozen=True)
class Penalty(R1):
    def critic_terms(self, play):
        return struck("penalty", super().critic_terms(play))


class Critic(nn.Module):
    def __init__(self, facts):
        super().__init__()
        self.inside = mlp.Critic(hidden=(12,)).fit(facts.shape, 0).build("torch")

    def forward(self, x, label=None):
        return self.inside(x * float("nan") if PLACE == "input" and made["generator"] >= STEP - 1 else x)


game = TwoPlayer(Ours(), penalties=(Penalty(),))
generator = mlp.Generator(latent=4, hidden=(12,))
recipe = replace(recipes.get("dense"), game=game, networks={"generator": generator, "critic": Critic})
'''


def strikes(count: int, folder: Path) -> Outcome:
    """Each of the first ``count`` pairs of a step and a place: once where it ends the run, once with mulligans."""
    outcome = Outcome()
    with Children(folder) as children:
        for step, place in list(product(STEPS, TURNS))[:count]:
            file, run = folder / "ill.py", folder / "run"
            file.write_text(RECIPE.replace('PLACE, STEP = "critic", 1', f'PLACE, STEP = "{place}", {step}'))
            words = ("digits", "--recipe", file, "--batch", tiny.BATCH, "--steps", 600, "--display", "plain")
            words = (*words, "--set", "tick_images=80", "--set", "score_every_ticks=1000", "--out", run)
            answer = children.run("train", *words)
            here = f"in the {TURNS[place]}'s turn"
            told = here in answer.err and f"after {tiny.BATCH * (step - 1):,} images" in answer.err
            good = answer.code == 2 and answer.is_told and told and _is_finite(run)
            said = f"{place} at step {step}: {answer.code} {answer.err}"
            shutil.rmtree(run, ignore_errors=True)
            answer = children.run("train", *words, "--watch", "act", "--mulligans", MULLIGANS)
            taken = [event for event in log.read(run / "log.jsonl") if event["event"] == "mulligan"]
            good = good and answer.code == 2 and answer.is_told and len(taken) == MULLIGANS and _is_finite(run)
            outcome.check(good, f"{said}; with mulligans {len(taken)} {answer.code} {answer.err}")
            shutil.rmtree(run, ignore_errors=True)
    return outcome


def _is_finite(run: Path) -> bool:
    """Whether all weights, averages and states of optimizers that were saved are numbers."""
    files = list(run.rglob("*.safetensors"))
    arrays = [array for path in files for array in tensorfile.read(path)[0].values()]
    return bool(files) and all(np.isfinite(array).all() for array in arrays if array.dtype.kind == "f")
