"""How the networks of a step are, looked at between two steps and without touching them."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

TINY = 1e-12


class Look(NamedTuple):
    """Scores [n] that the critic gives, norms [n] of its input gradients on the reals, and the fakes as they are."""

    real: np.ndarray
    fake: np.ndarray
    held_out: np.ndarray | None
    slopes: np.ndarray
    samples: np.ndarray


def look(step: Any, z: Tensor, real: Tensor, held_out: Tensor | None, labels: tuple[Tensor | None, ...]) -> Look:
    """Show reals, held-out reals and fresh fakes to the critic; ``labels`` of the three, in this order: real, held, z.

    Statistics of batch norm, vectors of spectral norm and the random numbers of training stay as they were.
    """
    generator, critic = step.networks[step.game.product], step.networks[step.game.judge]
    with ExitStack() as kept:
        for network in step.networks.values():
            kept.enter_context(step.frozen(network))
        with torch.no_grad():
            fake = generator(z, label=labels[2])
            scores = [_scores(critic, samples, label) for samples, label in ((fake, labels[2]), (held_out, labels[1]))]
        real = real.detach().requires_grad_()
        score = _scores(critic, real, labels[0])
        assert score is not None and scores[0] is not None, "there are always reals and fakes"
        slopes = torch.autograd.grad(score.sum(), real)[0].flatten(1).norm(dim=1)
    held = None if scores[1] is None else _numpy(scores[1])
    return Look(_numpy(score), _numpy(scores[0]), held, _numpy(slopes), _pictures(fake))


def norms(step: Any) -> dict[str, float]:
    """Of each network: how large its weights are, how large the last update was beside them, and the average's lag."""
    found = {}
    for role, network in step.networks.items():
        weights = [weight.detach() for weight in network.parameters()]
        size = float(_norm(weights)) + TINY
        found[f"{role}/weight_norm"] = size
        updates = list(_updates(step.optimizers[role]))
        found[f"{role}/update_ratio"] = float(_norm(updates)) / size
        found[f"{role}/idle"] = _share_of_zeros(updates)
    product = [weight.detach() for weight in step.networks[step.game.product].parameters()]
    behind = torch._foreach_sub([weight.detach() for weight in step.ema.network.parameters()], product)
    found["ema/distance"] = float(_norm(list(behind))) / (float(_norm(product)) + TINY)
    return found


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


def _share_of_zeros(tensors: list[Tensor]) -> float:
    """Share of weights that the last update left as they were."""
    count = sum(tensor.numel() for tensor in tensors)
    return sum(int((tensor == 0).sum()) for tensor in tensors) / count if count else 0.0


def typical_weights(networks: Mapping[str, nn.Module]) -> dict[str, float]:
    """The median size of a network's weights, biases and gains left aside: what one step's change is held against."""
    found = {}
    for role, network in networks.items():
        sizes = [weight.detach().abs().flatten() for weight in network.parameters() if weight.ndim > 1]
        found[role] = float(torch.cat(sizes).median()) if sizes else 0.0
    return found


def _norm(tensors: list[Tensor]) -> Tensor:
    return nn.utils.get_total_norm(tensors) if tensors else torch.zeros(())


def _scores(critic: nn.Module, samples: Tensor | None, label: Tensor | None) -> Tensor | None:
    """One score to a sample: the mean where the critic gives a map of them."""
    if samples is None:
        return None
    judgement = critic(samples, label=label)
    score: Tensor = judgement.score if hasattr(judgement, "score") else judgement
    return score.float().flatten(1).mean(dim=1) if score.ndim > 1 else score.float()


def _numpy(tensor: Tensor) -> np.ndarray:
    return tensor.detach().float().cpu().numpy()


def _pictures(samples: Tensor) -> np.ndarray:
    return _numpy(samples.permute(0, 2, 3, 1) if samples.ndim == 4 else samples)  # [n, c, h, w] -> [n, h, w, c]
