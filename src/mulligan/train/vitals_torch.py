"""How the networks of a step are, looked at between two steps and without touching them."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mulligan.train._look import Labelled, Look, parts

TINY = 1e-12


def look(step: Any, z: Labelled, real: Labelled, held_out: tuple[Tensor | None, Tensor | None], rows: int) -> Look:
    """Show reals, held-out reals and the fakes of ``z`` to the critic, so many rows at once.

    Statistics of batch norm, vectors of spectral norm and the random numbers of training stay as they were.
    """
    generator, critic = step.players[step.game.product], step.players[step.game.judge]
    with ExitStack() as kept:
        for network in step.networks.values():
            kept.enter_context(step.frozen(network))
            kept.enter_context(_buffers_kept(network))
        with torch.no_grad():
            fakes = [generator(latent, label=label) for latent, label in parts(z, rows)]
            fake = torch.cat(fakes)
            fake_score = torch.cat([_scores(critic, *part) for part in parts((fake, z[1]), rows)])
            held = None
            if held_out[0] is not None:
                held = torch.cat([_scores(critic, *part) for part in parts((held_out[0], held_out[1]), rows)])
        scores, slopes = zip(*(_slopes(critic, *part) for part in parts(real, rows)), strict=True)
    seen = None if held is None else _numpy(held)
    return Look(_numpy(torch.cat(scores)), _numpy(fake_score), seen, _numpy(torch.cat(slopes)), _pictures(fake))


@contextmanager
def _buffers_kept(network: nn.Module) -> Iterator[None]:
    """Give the buffers their values back: networks of a user's own may count or average in them."""
    before = [buffer.clone() for buffer in network.buffers()]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, value in zip(network.buffers(), before, strict=True):
                buffer.copy_(value)


def _slopes(critic: Any, samples: Tensor, label: Tensor | None) -> tuple[Tensor, Tensor]:
    """Scores of samples, and the norms of their gradients there."""
    samples = samples.detach().requires_grad_()
    score = _scores(critic, samples, label)
    (gradient,) = torch.autograd.grad(score.sum(), samples)
    return score.detach(), gradient.flatten(1).norm(dim=1)


def norms(step: Any) -> dict[str, float]:
    """Of each network: how large its weights are, how large the last update was beside them, and the average's lag."""
    found = {}
    for role, network in step.networks.items():
        weights = [weight.detach() for weight in network.parameters()]
        moving = sum(weight.numel() for weight in network.parameters() if weight.requires_grad)
        size, moved = float(_norm(weights)) + TINY, _Moved()
        for update in _updates(step.optimizers[role]):
            moved.add(update)
        found[f"{role}/weight_norm"] = size
        found[f"{role}/update_ratio"] = moved.squares**0.5 / size
        found[f"{role}/idle"] = 1 - moved.count / moving if moving else 0.0
    product = step.networks[step.game.product]
    lag = _Moved()
    for average, weight in zip(step.ema.network.parameters(), product.parameters(), strict=True):
        lag.add(average.detach() - weight.detach())
    found["ema/distance"] = lag.squares**0.5 / (found[f"{step.game.product}/weight_norm"])
    return found


@dataclass
class _Moved:
    """Sum of squares and count of what is not zero, one tensor after another so that one is held at a time."""

    squares: float = 0.0
    count: int = 0

    def add(self, change: Tensor) -> None:
        self.squares += float(torch.linalg.vector_norm(change.float())) ** 2
        self.count += int(torch.count_nonzero(change))


def _updates(optimizer: torch.optim.Optimizer) -> Iterator[Tensor]:
    """What the last step added to each weight, as far as the optimizer's state tells."""
    for group in optimizer.param_groups:
        for weight in group["params"]:
            state = optimizer.state.get(weight, {})
            if "exp_avg" in state:  # Adam: Kingma & Ba 2015, algorithm 1
                (beta1, beta2), count = group["betas"], float(state["step"])
                first = state["exp_avg"] / (1 - beta1**count)
                yield group["lr"] * first / ((state["exp_avg_sq"] / (1 - beta2**count)).sqrt() + group["eps"])
            elif "square_avg" in state and weight.grad is not None:  # RMSprop
                yield group["lr"] * weight.grad / (state["square_avg"].sqrt() + group["eps"])


def typical_weights(networks: Mapping[str, nn.Module]) -> dict[str, float]:
    """The median size of a network's weights, biases and gains left aside: what one step's change is held against."""
    found = {}
    for role, network in networks.items():
        sizes = [weight.detach().abs().flatten() for weight in network.parameters() if weight.ndim > 1]
        found[role] = float(torch.cat(sizes).median()) if sizes else 0.0
    return found


def _norm(tensors: list[Tensor]) -> Tensor:
    return nn.utils.get_total_norm(tensors) if tensors else torch.zeros(())


def _scores(critic: Any, samples: Tensor, label: Tensor | None) -> Tensor:
    """One score to a sample: the mean where the critic gives a map of them."""
    judgement = critic(samples, label=label)
    score: Tensor = judgement.score if hasattr(judgement, "score") else judgement
    return score.float().flatten(1).mean(dim=1) if score.ndim > 1 else score.float()


def _numpy(tensor: Tensor) -> np.ndarray:
    return tensor.detach().float().cpu().numpy()


def _pictures(samples: Tensor) -> np.ndarray:
    return _numpy(samples.permute(0, 2, 3, 1) if samples.ndim == 4 else samples)  # [n, c, h, w] -> [n, h, w, c]
