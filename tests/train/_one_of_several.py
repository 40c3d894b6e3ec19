"""What each process of `test_processes` runs: the same work as the test itself does alone, on its share of the rows.

    python _one_of_several.py FOLDER

writes what it found to FOLDER/RANK.npz.
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from torch import nn

from mulligan import ops, ops_torch
from mulligan.assemble._backend import open_backend
from mulligan.assemble.launch import joined
from mulligan.augment.view_torch import View
from mulligan.codecs.image import ImageCodec
from mulligan.games.two_player import TwoPlayer
from mulligan.networks import dcgan, mlp
from mulligan.networks._freeze_torch import frozen
from mulligan.networks._synchronized_torch import synchronize
from mulligan.objectives.dragan import Dragan
from mulligan.objectives.feature_matching import FeatureMatching
from mulligan.objectives.gradient_penalty import GradientPenalty
from mulligan.objectives.hinge import Hinge
from mulligan.objectives.least_squares import LeastSquares
from mulligan.objectives.minimax import Minimax
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.objectives.r1_r2 import R1, R2
from mulligan.objectives.relativistic import RelativisticAverage, RelativisticPair
from mulligan.objectives.wasserstein import Wasserstein
from mulligan.recipe import Recipe
from mulligan.train.draws import Draws, Share
from mulligan.train.ema_torch import Ema
from mulligan.train.group import Alone
from mulligan.train.step_torch import Step

BATCH = 24  # which 1, 2 and 3 processes of 1, 2 and 4 parts share evenly
ACCUMULATIONS = (1, 2, 4)
CRITIC_TURNS = (1, 2)
STEPS, CLASSES = 20, 2
DENSE = (mlp.Generator(size=4, channels=3, latent=5, hidden=(12,)), mlp.Critic(size=4, channels=3, hidden=(12, 12)))
BATCH_NORM = (
    dcgan.Generator(size=16, latent=5, width=4),
    dcgan.Critic(size=16, width=4, normalization="batch"),
)
SPECTRAL = (dcgan.Generator(size=16, latent=5, width=4), dcgan.Critic(size=16, width=4, normalization="spectral"))
# DRAGAN's noise comes from the generator of the process; without it, it is a penalty at the reals like any other.
PENALTIES = (R1(), R2(), GradientPenalty(), Dragan(spread=0.0), FeatureMatching())
GAMES = {
    **{penalty.name: TwoPlayer(NonSaturating(), (penalty,)) for penalty in PENALTIES},
    **{f"{type(o).__name__} r1": TwoPlayer(o, (R1(),)) for o in (Minimax(), LeastSquares(), Hinge(), Wasserstein())},
    "pair r1 r2": TwoPlayer(RelativisticPair(), (R1(), R2())),
    "shared fakes r1": TwoPlayer(NonSaturating(), (R1(),), shared_fakes=True),
    "average r1 gradient_penalty": TwoPlayer(RelativisticAverage(), (R1(), GradientPenalty())),
}
NUMBERS = {"learning_rate": 0.05, "beta2": 0.99, "ema_decay": 0.5, "augment_probability": 0.0, "instance_noise": 0.0}
NUMBERS |= {f"game.penalties.{penalty.name}.weight": 3.0 for penalty in PENALTIES}
RECIPE = Recipe(
    game=TwoPlayer(RelativisticPair(), (R1(), R2())),
    networks={"generator": mlp.Generator(latent=4, hidden=(12,)), "critic": mlp.Critic(hidden=(12,))},
    batch_size=BATCH,
    accumulate=2,
    labels=True,
    mirror=True,
    learning_rate=1e-3,
)


def work(group) -> dict[str, np.ndarray]:
    """Everything that a process can find out, by name."""
    found = {}
    for name, game in GAMES.items():
        for parts in ACCUMULATIONS:
            found |= gradients(f"{name} x{parts}", game, DENSE, parts, group)
    for name in ("r1", "gradient_penalty"):
        found |= gradients(f"{name} batch norm", GAMES[name], BATCH_NORM, 2, group)
    found |= gradients("shared fakes r1 batch norm", GAMES["shared fakes r1"], BATCH_NORM, 1, group)
    found |= gradients("r1 spectral", GAMES["r1"], SPECTRAL, 2, group)
    for form, backward in FORMS.items():
        for parts in ACCUMULATIONS:
            found |= form_of_backward(f"form: {form} x{parts}", backward, parts, group)
    for turns in CRITIC_TURNS:
        for parts in ACCUMULATIONS:
            found |= updates(turns, parts, group)
    with group.together():
        found["deviation"] = ops.deviation(torch.from_numpy(batch(1, group)["real"])).numpy()
    return found | training(group)


def rows(parts: int, group) -> np.ndarray:
    """Which rows of a batch are those of this process; their draws say so."""
    if group.size == 1:
        return np.arange(BATCH)
    return Share(0, group.rank, group.size, parts)._own(lambda first, count: np.arange(first, first + count), 0, BATCH)


def batch(parts: int, group, size=(4, 4)) -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    shapes = {"real": (3, *size), "z": (5,), "mix": ()}
    drawn = {name: random.standard_normal((BATCH, *shape), dtype=np.float32) for name, shape in shapes.items()}
    return {name: array[rows(parts, group)] for name, array in drawn.items()}


def make_step(game, specs, parts: int, group) -> Step:
    torch.manual_seed(0)
    networks = {role: spec.build("torch") for role, spec in zip(("generator", "critic"), specs, strict=True)}
    if group.size > 1:
        for network in networks.values():
            synchronize(network, group)
    return Step(
        game=game,
        networks=networks,
        optimizers={role: torch.optim.SGD(network.parameters(), lr=1.0) for role, network in networks.items()},
        ema=Ema(networks["generator"]),
        view=View(None),
        frozen=frozen,
        accumulate=parts,
        group=group,
    )


def gradients(name: str, game, specs, parts: int, group) -> dict[str, np.ndarray]:
    """Both players' gradients, scalars and buffers after one round of turns."""
    step = make_step(game, specs, parts, group)
    one = {k: torch.from_numpy(array) for k, array in batch(parts, group, specs[1].size).items()}
    told = step([one] * len(game.turns), NUMBERS, 0)
    found = {f"{name}/scalars": torch.stack([told[key] for key in sorted(told)]).numpy()}
    for role, network in step.networks.items():
        found[f"{name}/{role}"] = torch.cat([weight.grad.flatten() for weight in network.parameters()]).numpy()
        if buffers := [b.float().flatten() for b in network.buffers() if b.is_floating_point() and b.numel()]:
            found[f"{name}/{role} statistics"] = torch.cat(buffers).numpy()
    return found


def _adversarial(real, fake) -> torch.Tensor:
    return nn.functional.softplus(-real).mean() + nn.functional.softplus(fake).mean()


def _r1(score, points) -> torch.Tensor:
    (slope,) = torch.autograd.grad(score.sum(), points, create_graph=True)
    return slope.square().flatten(1).sum(1).mean()


def one_backward(critic, real, fake, share) -> None:
    score = critic(real).score
    ((_adversarial(score, critic(fake).score) + _r1(score, real)) * share).backward()


def two_backwards(critic, real, fake, share) -> None:
    (_adversarial(critic(real).score, critic(fake).score) * share).backward()
    (_r1(critic(real).score, real) * share).backward()


def three_backwards(critic, real, fake, share) -> None:
    (nn.functional.softplus(-critic(real).score).mean() * share).backward()
    (nn.functional.softplus(critic(fake).score).mean() * share).backward()
    (_r1(critic(real).score, real) * share).backward()


def lazy(critic, real, fake, share) -> None:
    (_r1(critic(real).score, real) * share).backward()


def lazy_with_scores(critic, real, fake, share) -> None:
    score = critic(real).score
    ((_r1(score, real) + 0 * score.mean()) * share).backward()


FORMS = {
    "one backward with the sum": one_backward,
    "two backwards": two_backwards,
    "three backwards": three_backwards,
    "lazy R1 alone": lazy,
    "lazy R1 + 0 x scores": lazy_with_scores,
}


def form_of_backward(name: str, backward, parts: int, group) -> dict[str, np.ndarray]:
    """The critic's gradient where R1 goes backwards in one of the ways in which GANs do it."""
    torch.manual_seed(0)
    critic, one = DENSE[1].build("torch"), batch(parts, group)
    fake = np.roll(one["real"], 1, axis=1) / 2
    for real, other in zip(np.split(one["real"], parts), np.split(fake, parts), strict=True):
        backward(critic, torch.from_numpy(real).requires_grad_(), torch.from_numpy(other), 1 / parts)
    group.average(critic, {})
    zero = torch.zeros(1)  # the last bias has no part in a penalty, and so no gradient where there is one process
    return {name: torch.cat([zero if w.grad is None else w.grad.flatten() for w in critic.parameters()]).numpy()}


def updates(turns: int, parts: int, group) -> dict[str, np.ndarray]:
    """How often each optimizer moved in three rounds."""
    step = make_step(TwoPlayer(Hinge(), critic_turns=turns), DENSE, parts, group)
    counts = Counter()
    for role, optimizer in step.optimizers.items():
        optimizer.register_step_post_hook(lambda *_, role=role: counts.update([role]))
    one = {k: torch.from_numpy(array) for k, array in batch(parts, group).items()}
    for images in range(3):
        step([one] * (turns + 1), NUMBERS, images)
    return {f"updates {turns} x{parts}": np.array([counts["critic"], counts["generator"]])}


class Pictures:
    """A hundred bright and dark ones in two classes."""

    nbytes = 100 * 64

    def __len__(self):
        return 100

    def read(self, indices):
        random = np.random.default_rng(0)
        label = random.integers(0, CLASSES, len(self))
        real = (60 + 90 * label[:, None, None, None] + random.integers(0, 60, (len(self), 8, 8, 1))).astype(np.uint8)
        return {"real": real[indices], "label": label[indices]}


def training(group) -> dict[str, np.ndarray]:
    """Weights and averages after so many steps, and what the steps said."""
    codec, source = ImageCodec(size=(8, 8), channels=1), Pictures()
    recipe = RECIPE.fit(codec.shape, CLASSES).resolve(BATCH * STEPS)
    backend = open_backend("torch", "cpu", group)
    backend.meet()
    step = backend.step(recipe, codec.shape, CLASSES, seed=5)
    rounds, terms = backend.feed(recipe, source, codec, Draws(5), workers=0).rounds(0), []
    for images in range(0, BATCH * STEPS, BATCH):
        told = step(next(rounds), recipe.numbers(images), images)
        terms.append(torch.stack([told[key] for key in sorted(told)]))
    arrays = {name: array for name, array in backend.arrays(step).items() if not name.startswith("optimizer/")}
    return {f"trained/{name}": array for name, array in arrays.items()} | {"terms": torch.stack(terms).numpy()}


def alone() -> dict[str, np.ndarray]:
    """What one process finds."""
    return work(Alone())


if __name__ == "__main__":
    torch.set_num_threads(1)
    with joined("torch") as own_group:
        own_group.use(torch.device("cpu"))
        ops_torch.share_means(own_group.mean)
        np.savez(Path(sys.argv[1]) / f"{own_group.rank}.npz", **work(own_group))
