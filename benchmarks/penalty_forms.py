"""What the penalties R1 and R2 cost in each form in which they can be taken, and how right the form is.

    python benchmarks/penalty_forms.py [--data ../shared/data/mnist] [--recipe auto] [--steps 300] [--turns 15]
                                       [--draws 200] [--compile]

A recipe of the relativistic pair with R1 and R2 is trained for so many steps. Then its critic takes the loss of its
turn and the gradients of its weights on one batch, again and again, in mixed order, one thread:

- ``exact``: backwards through the slope, as Mulligan does; ``exact, torch``: the same with PyTorch's own layers;
  ``exact, compiled`` (with ``--compile``; minutes): `torch.func.grad` in one compiled function.
- ``along``: the slope along a normal direction v, (v . grad D(x))^2, by a forward derivative; its mean over directions
  is the squared slope. ``both sides``: that slope by ((D(x + e v) - D(x - e v)) / 2e)^2; ``one side``: by
  ((D(x + e v) - D(x)) / e)^2. For a smooth critic both are right as e gets small; one of leaky ReLUs has kinks.

Prints the CPU time and its ratio to the first, medians and quartiles. Then of the penalties alone: their value over the
exact one, as the mean and the standard deviation over draws of directions; the cosine between the exact gradient of the
weights and that of a draw (the median), and that of the mean over all draws, which is what noise does not explain. The
last line is the cosine of the exact gradients of the two halves of the batch: what another batch alone would change.
"""

import argparse
import copy
import random
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import torch
from _plain_loop import as_written_by_hand
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, jvp
from torch.nn.functional import softplus

from mulligan.assemble._backend import open_backend
from mulligan.assemble.plan import Options, make_plan
from mulligan.ops_torch import value_and_input_grad
from mulligan.train.draws import Draws

COLUMNS = ("form", "ms of a turn", "ratio", "quartiles")
OF_THE_PENALTY = ("penalty", "standard deviation", "cosine of a draw", "of the mean")
Slopes = Callable[[Tensor], tuple[Tensor, Tensor]]  # samples -> their scores, and the squared slope of each
Turn = Callable[[bool], tuple[float, Tensor]]  # whether of the penalties alone -> their value, the weights' gradient


class Form(NamedTuple):
    """A way to take the penalties."""

    play: Turn
    is_random: bool = False


class Batch(NamedTuple):
    """What the critic looks at, and the weights of R1 and R2."""

    real: Tensor
    fake: Tensor
    weights: tuple[float, float]

    def half(self, which: int) -> "Batch":
        """The first or the second."""
        return self._replace(real=self.real.chunk(2)[which], fake=self.fake.chunk(2)[which])


def main() -> None:
    """Print a row to each form."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="../shared/data/mnist")
    parser.add_argument("--recipe", default="auto")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    critic, batch = trained(options)
    forms = every_form(critic, batch, with_compiled=options.compile)
    seconds = timed(forms, options.turns)
    exact = forms["exact"].play(True)
    columns = (*COLUMNS, *OF_THE_PENALTY)
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for name, form in forms.items():
        cells = (*of_time(seconds[name], seconds["exact"]), *of_penalty(form, exact, options.draws))
        print(f"| {' | '.join((name, *cells))} |", flush=True)
    halves = [eager(lambda x: exactly(critic, x), critic, batch.half(which))(True)[1] for which in (0, 1)]
    print(f"\ncosine of the two halves: {torch.cosine_similarity(*halves, dim=0):.3f}")


def trained(options: argparse.Namespace) -> tuple[nn.Module, Batch]:
    """The critic after some steps, with samples and the weights of its penalties."""
    plan = make_plan(options.data, Options(recipe=options.recipe), "cpu")
    recipe, backend = plan.recipe.resolve(plan.recipe.images), open_backend("torch", "cpu")
    if sorted(penalty.name for penalty in recipe.game.penalties) != ["r1", "r2"]:
        raise SystemExit(f"the recipe {options.recipe} has other penalties than R1 and R2; type --recipe auto")
    step = backend.step(recipe, plan.codec.shape, plan.labels, seed=0)
    rounds = backend.feed(recipe, plan.source, plan.codec, Draws(0), 0).rounds(0)
    for index in range(options.steps):
        step(next(rounds), recipe.numbers(index * recipe.images_per_step), index * recipe.images_per_step)
    raw = torch.from_numpy(plan.source.read(range(recipe.batch_size))["real"])
    real = raw.permute(0, 3, 1, 2).float().div(127.5).sub(1)
    with torch.no_grad():
        fake = step.networks["generator"](torch.randn(recipe.batch_size, recipe.latent_size))
    numbers = recipe.numbers(options.steps * recipe.images_per_step)
    weights = (numbers["game.penalties.r1.weight"], numbers["game.penalties.r2.weight"])
    return step.networks["critic"], Batch(real, fake, weights)


def every_form(critic: nn.Module, batch: Batch, *, with_compiled: bool) -> dict[str, Form]:
    """Those that the first lines name."""
    plain = as_written_by_hand(copy.deepcopy(critic))  # forward derivatives and the compiler do not know our layers
    forms = {
        "exact": Form(eager(lambda x: exactly(critic, x), critic, batch)),
        "exact, torch": Form(eager(lambda x: exactly(plain, x), plain, batch)),
    }
    if with_compiled:
        forms["exact, compiled"] = Form(compiled(plain, batch))
    forms["along"] = Form(eager(lambda x: along(plain, x), plain, batch), is_random=True)
    for far in (0.1, 0.01):
        two, one = (lambda x, way=way, far=far: way(critic, x, far) for way in (both_sides, one_side))
        forms[f"both sides, e = {far}"] = Form(eager(two, critic, batch), is_random=True)
        forms[f"one side, e = {far}"] = Form(eager(one, critic, batch), is_random=True)
    return forms


def exactly(critic: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """A slope that is differentiated once more."""
    value, slope = value_and_input_grad(critic, x)
    return value.score, slope.square().flatten(1).sum(1)


def along(critic: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """The slope along one direction, forwards."""
    score, slope = jvp(lambda x: critic(x).score, (x,), (torch.randn_like(x),))
    return score, slope.square()


def both_sides(critic: nn.Module, x: Tensor, far: float) -> tuple[Tensor, Tensor]:
    """Central differences along one direction."""
    away = far * torch.randn_like(x)
    score, above, below = critic(torch.cat([x, x + away, x - away])).score.chunk(3)
    return score, ((above - below) / (2 * far)).square()


def one_side(critic: nn.Module, x: Tensor, far: float) -> tuple[Tensor, Tensor]:
    """Forward differences along one direction."""
    score, above = critic(torch.cat([x, x + far * torch.randn_like(x)])).score.chunk(2)
    return score, ((above - score) / far).square()


def losses(slopes: Slopes, batch: Batch) -> tuple[Tensor, Tensor]:
    """Of the critic's turn, the whole and the sum of both penalties in it."""
    (real_score, at_real), (fake_score, at_fake) = slopes(batch.real), slopes(batch.fake)
    penalty = batch.weights[0] / 2 * at_real.mean() + batch.weights[1] / 2 * at_fake.mean()
    return softplus(fake_score - real_score).mean() + penalty, penalty


def eager(slopes: Slopes, critic: nn.Module, batch: Batch) -> Turn:
    """Without a compiler."""
    weights = list(critic.parameters())

    def play(alone: bool) -> tuple[float, Tensor]:
        loss, penalty = losses(slopes, batch)
        if not alone:
            return penalty.item(), flat(torch.autograd.grad(loss, weights))
        # The last bias moves no slope, and so is in the loss alone.
        return penalty.item(), flat(torch.autograd.grad(penalty, weights, allow_unused=True, materialize_grads=True))

    return play


def compiled(critic: nn.Module, batch: Batch) -> Turn:
    """In one compiled function, with PyTorch's functional derivatives."""
    given = {name: weight.detach() for name, weight in critic.named_parameters()}

    def loss(given: dict[str, Tensor], real: Tensor, fake: Tensor, alone: bool) -> tuple[Tensor, Tensor]:
        def slopes(x: Tensor) -> tuple[Tensor, Tensor]:
            def total(x: Tensor) -> tuple[Tensor, Tensor]:
                score = functional_call(critic, given, (x,)).score
                return score.sum(), score

            slope, (_, score) = grad_and_value(total, has_aux=True)(x)
            return score, slope.square().flatten(1).sum(1)

        whole, penalty = losses(slopes, batch._replace(real=real, fake=fake))
        return penalty if alone else whole, penalty

    function = torch.compile(grad_and_value(loss, has_aux=True), fullgraph=True)

    def play(alone: bool) -> tuple[float, Tensor]:
        gradients, (_, penalty) = function(given, batch.real, batch.fake, alone)
        return penalty.item(), flat(gradients[name] for name in given)

    return play


def flat(gradients: object) -> Tensor:
    """All of them as one vector."""
    return torch.cat([gradient.flatten() for gradient in gradients])


def timed(forms: dict[str, Form], turns: int) -> dict[str, list[float]]:
    """CPU seconds of each turn; the first, which may compile, does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in forms}
    for index in range(turns + 1):
        for name in random.sample(list(forms), len(forms)):
            start = time.process_time()
            forms[name].play(False)
            seconds[name] += [time.process_time() - start] if index else []
    return seconds


def of_time(seconds: list[float], first: list[float]) -> tuple[str, ...]:
    """The cells of the time."""
    ratios = [mine / other for mine, other in zip(seconds, first, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{1000 * statistics.median(seconds):.0f}", f"{middle:.2f}", f"{low:.2f} to {high:.2f}"


def of_penalty(form: Form, exact: tuple[float, Tensor], draws: int) -> tuple[str, ...]:
    """The cells of what is right about it."""
    told = [form.play(True) for _ in range(draws if form.is_random else 2)]
    values, gradients = [value / exact[0] for value, _ in told], torch.stack([gradient for _, gradient in told])
    of_a_draw = torch.cosine_similarity(gradients, exact[1][None], dim=1).median()
    of_the_mean = torch.cosine_similarity(gradients.mean(0), exact[1], dim=0)
    return tuple(f"{x:.3f}" for x in (statistics.mean(values), statistics.stdev(values), of_a_draw, of_the_mean))


if __name__ == "__main__":
    main()
