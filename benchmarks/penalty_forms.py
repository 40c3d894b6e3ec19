"""What the penalties R1 and R2 cost in each form in which they can be taken, and how right the form is.

    python benchmarks/penalty_forms.py [--data ../shared/data/mnist] [--recipe auto]
                               [--steps 300] [--turns 15] [--compile]

A recipe of the relativistic pair with R1 and R2 is trained for so many steps. Then its critic takes the loss of its
turn and the gradients of its weights on one batch, again and again, in mixed order, one thread:

- ``twice``: backwards through the slope, as Mulligan does; ``twice, torch``: the same with PyTorch's own convolutions.
- ``differences``: no slope, but ((D(x + e v) - D(x - e v)) / 2e)^2 for a normal direction v, whose mean over
  directions is the squared slope up to a term in e^2; ``one-sided``: (D(x + e v) - D(x)) / e, with half the passes.
- ``compiled`` (with ``--compile``; minutes): `torch.func.grad` and `functional_call` in one compiled function.

Prints the CPU time and its ratio to the first, medians and quartiles; the penalty over the exact one, as the mean and
the spread over draws of directions; and the cosine between the gradients of weights of a draw and the exact ones.
"""

import argparse
import copy
import random
import statistics
import time
from collections.abc import Callable

import torch
from _plain_loop import as_written_by_hand
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value
from torch.nn.functional import softplus

from mulligan.assemble._backend import open_backend
from mulligan.assemble.plan import Options, make_plan
from mulligan.ops_torch import value_and_input_grad
from mulligan.train.draws import Draws

DRAWS = 200
COLUMNS = ("form", "ms of a turn", "ratio", "quartiles", "penalty", "of one draw", "cosine")
Slopes = Callable[[Tensor], tuple[Tensor, Tensor]]  # samples -> their scores, and the squared slope of each


def main() -> None:
    """Print a row to each form."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="../shared/data/mnist")
    parser.add_argument("--recipe", default="auto")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    critic, real, fake, weights = trained(options)
    forms = {name: eager(critic, slopes, real, fake, weights) for name, slopes in ways(critic).items()}
    other = as_written_by_hand(copy.deepcopy(critic))
    forms["twice, torch"] = eager(other, lambda x: twice(other, x), real, fake, weights)
    if options.compile:
        forms["compiled"] = compiled(as_written_by_hand(copy.deepcopy(critic)), real, fake, weights)
    seconds = timed(forms, options.turns)
    exact = forms["twice"]()
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    for name, form in forms.items():
        print(row(name, form, seconds[name], seconds["twice"], exact), flush=True)


def trained(options: argparse.Namespace) -> tuple[nn.Module, Tensor, Tensor, list[float]]:
    """The critic after some steps, a batch of real and of generated samples, and the weights of R1 and R2."""
    plan = make_plan(options.data, Options(recipe=options.recipe), "cpu")
    recipe, backend = plan.recipe.resolve(plan.recipe.images), open_backend("torch", "cpu")
    step = backend.step(recipe, plan.codec.shape, plan.labels, seed=0)
    rounds = backend.feed(recipe, plan.source, plan.codec, Draws(0), 0).rounds(0)
    for index in range(options.steps):
        step(next(rounds), recipe.numbers(index * recipe.images_per_step), index * recipe.images_per_step)
    raw = torch.from_numpy(plan.source.read(range(recipe.batch_size))["real"])
    real = raw.permute(0, 3, 1, 2).float().div(127.5).sub(1)
    with torch.no_grad():
        fake = step.networks["generator"](torch.randn(recipe.batch_size, recipe.latent_size))
    numbers = recipe.numbers(0)
    return step.networks["critic"], real, fake, [numbers[f"game.penalties.{name}.weight"] for name in ("r1", "r2")]


def ways(critic: nn.Module) -> dict[str, Slopes]:
    """The forms of the squared slope in eager PyTorch."""
    forms: dict[str, Slopes] = {"twice": lambda x: twice(critic, x)}
    for far in (0.1, 0.01):
        forms[f"differences, e = {far}"] = lambda x, far=far: both_sides(critic, x, far)
        forms[f"one-sided, e = {far}"] = lambda x, far=far: one_side(critic, x, far)
    return forms


def twice(critic: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """Exact: a slope that is differentiated once more."""
    value, slope = value_and_input_grad(critic, x)
    return value.score, slope.square().flatten(1).sum(1)


def both_sides(critic: nn.Module, x: Tensor, far: float) -> tuple[Tensor, Tensor]:
    """Central differences along one direction."""
    away = far * torch.randn_like(x)
    score, above, below = critic(torch.cat([x, x + away, x - away])).score.chunk(3)
    return score, ((above - below) / (2 * far)).square()


def one_side(critic: nn.Module, x: Tensor, far: float) -> tuple[Tensor, Tensor]:
    """Forward differences along one direction."""
    score, above = critic(torch.cat([x, x + far * torch.randn_like(x)])).score.chunk(2)
    return score, ((above - score) / far).square()


def turn(slopes: Slopes, real: Tensor, fake: Tensor, weights: list[float]) -> tuple[Tensor, Tensor]:
    """The loss of the critic's turn, and the sum of both penalties in it."""
    (real_score, at_real), (fake_score, at_fake) = slopes(real), slopes(fake)
    penalty = weights[0] / 2 * at_real.mean() + weights[1] / 2 * at_fake.mean()
    return softplus(fake_score - real_score).mean() + penalty, penalty


def eager(critic: nn.Module, slopes: Slopes, real: Tensor, fake: Tensor, weights: list[float]) -> Callable:
    """A call that answers the penalty and the gradients of weights, flat."""

    def play() -> tuple[float, Tensor]:
        loss, penalty = turn(slopes, real, fake, weights)
        gradients = torch.autograd.grad(loss, list(critic.parameters()), allow_unused=True)
        return penalty.item(), flat(gradients, critic)

    return play


def compiled(critic: nn.Module, real: Tensor, fake: Tensor, weights: list[float]) -> Callable:
    """The same in one compiled function, with PyTorch's functional derivatives."""
    given = {name: weight.detach() for name, weight in critic.named_parameters()}

    def loss(given: dict[str, Tensor], real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        def slopes(x: Tensor) -> tuple[Tensor, Tensor]:
            def total(x: Tensor) -> tuple[Tensor, Tensor]:
                score = functional_call(critic, given, (x,)).score
                return score.sum(), score

            slope, (_, score) = grad_and_value(total, has_aux=True)(x)
            return score, slope.square().flatten(1).sum(1)

        return turn(slopes, real, fake, weights)

    function = torch.compile(grad_and_value(loss, has_aux=True), fullgraph=True)

    def play() -> tuple[float, Tensor]:
        gradients, (_, penalty) = function(given, real, fake)
        return penalty.item(), flat([gradients[name] for name in given], critic)

    return play


def flat(gradients: list[Tensor | None] | tuple[Tensor | None, ...], critic: nn.Module) -> Tensor:
    """All gradients as one vector; what a loss does not reach has none."""
    pairs = zip(gradients, critic.parameters(), strict=True)
    return torch.cat([(torch.zeros_like(w) if g is None else g).flatten() for g, w in pairs])


def timed(forms: dict[str, Callable], turns: int) -> dict[str, list[float]]:
    """CPU seconds of each call; the first, which may compile, does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in forms}
    for index in range(turns + 1):
        for name in random.sample(list(forms), len(forms)):
            start = time.process_time()
            forms[name]()
            seconds[name] += [time.process_time() - start] if index else []
    return seconds


def row(name: str, form: Callable, seconds: list[float], first: list[float], exact: tuple[float, Tensor]) -> str:
    """What was measured of a form."""
    ratios = [mine / other for mine, other in zip(seconds, first, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    told = [form() for _ in range(DRAWS if "e = " in name else 2)]
    penalties = [penalty / exact[0] for penalty, _ in told]
    cosine = statistics.median(torch.cosine_similarity(gradient, exact[1], dim=0).item() for _, gradient in told)
    times = (f"{1000 * statistics.median(seconds):.0f}", f"{middle:.2f}", f"{low:.2f} to {high:.2f}")
    errors = (f"{number:.3f}" for number in (statistics.mean(penalties), statistics.stdev(penalties), cosine))
    return f"| {' | '.join((name, *times, *errors))} |"


if __name__ == "__main__":
    main()
