"""What `assemble` needs of PyTorch: devices, steps, feeds, samples and states."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from mulligan import ops_torch
from mulligan.assemble import _heap, _machine
from mulligan.assemble._framework import Framework, in_batches
from mulligan.assemble._layers import by_layer
from mulligan.assemble.device_torch import open_device, own_device
from mulligan.augment.view_torch import View
from mulligan.errors import RecipeError
from mulligan.networks._freeze_torch import frozen
from mulligan.networks._statistics_torch import recalibrate
from mulligan.networks._synchronized_torch import synchronize
from mulligan.recipe import Facts, Recipe, is_spec
from mulligan.train import feed_torch, state_torch, vitals_torch
from mulligan.train.ema_torch import Ema
from mulligan.train.group import Alone
from mulligan.train.step_torch import Step

_OPTIMIZERS = {"adam": torch.optim.Adam, "rmsprop": torch.optim.RMSprop}


class Backend(Framework):
    """PyTorch on one device."""

    name = "torch"
    feeds = feed_torch
    threads_are_fixed = False
    survives_shortage = True

    def __init__(self, device: str = "auto", group: Any = None) -> None:
        self.device, self.group = open_device(device), group or Alone()
        if self.group.size > 1:
            self.device = own_device(self.device, self.group)
        self.first_step_prepares = self.device.type != "cpu"  # those that follow, for most of its time

    def meet(self) -> None:
        """Wait for all processes that train together to have their devices."""
        self.group.use(self.device)

    def environment(self) -> dict[str, Any]:
        """What a result may depend on beside the recipe."""
        card = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else self.device.type
        return {"framework": f"torch {torch.__version__}", "device": card, "threads": torch.get_num_threads()} | {
            "processes": self.group.size
        }

    def use_threads(self, count: int | None) -> None:
        """Compute with so many threads: the order of sums, and so the last bit of a result, depends on it."""
        if count and self.group.size > 1:
            count = min(count, max(1, (os.cpu_count() or 1) // self.group.place.local_size))
        if count:
            torch.set_num_threads(count)

    @contextmanager
    def threads_kept(self) -> Iterator[None]:
        """Give a caller's process its number of threads, and its own means, back afterwards."""
        before = torch.get_num_threads()
        if self.group.size > 1:
            ops_torch.share_means(self.group.mean)
            self.use_threads(before)
        try:
            yield
        finally:
            torch.set_num_threads(before)
            ops_torch.share_means(None)

    def precision(self, recipe: Recipe) -> str:
        """What the recipe's precision is on this device: float32 or bfloat16."""
        if recipe.precision != "auto":
            return recipe.precision
        return "bfloat16" if _fast_bfloat16(self.device) else "float32"

    def networks(self, recipe: Recipe, shape: tuple[int, ...], labels: int, seed: int) -> dict[str, nn.Module]:
        """Fresh networks of all roles, initialized from the seed."""
        torch.manual_seed(seed)
        facts = Facts(shape, labels, recipe.latent)
        built = {role: _module(role, net, facts) for role, net in recipe.networks.items()}
        return {role: module.to(self.device) for role, module in built.items()}

    def step(self, recipe: Recipe, shape: tuple[int, ...], labels: int, seed: int) -> Step:
        """A step at its beginning."""
        if self.device.type == "cpu":
            _heap.keep_freed_memory()
        networks = self.networks(recipe, shape, labels, seed)
        if recipe.synchronize_batch_norm and self.group.size > 1:
            for network in networks.values():
                synchronize(network, self.group)
        ema = Ema(networks[recipe.game.product])
        if recipe.compile:
            # Double backpropagation through a compiled network is an error: it is compiled only where none is asked.
            for role, network in networks.items():
                if not recipe.game.differentiates(role):
                    network.compile()
        return Step(
            game=recipe.game,
            networks=networks,
            optimizers={role: self._optimizer(recipe, role, network) for role, network in networks.items()},
            ema=ema,
            view=View(recipe.augment.build("torch") if recipe.augment else None),
            frozen=frozen,
            bfloat16=self.precision(recipe) == "bfloat16",
            accumulate=recipe.accumulate,
            gradient_clip=recipe.gradient_clip,
            seed=seed,
            group=self.group,
        )

    def _optimizer(self, recipe: Recipe, role: str, network: nn.Module) -> torch.optim.Optimizer:
        kind = _OPTIMIZERS[recipe.optimizer]
        if recipe.optimizer == "adam":
            betas = (float(recipe.beta1), recipe.numbers(0)["beta2"])
            return kind(network.parameters(), betas=betas, eps=recipe.epsilon_of(role), fused=True)
        return kind(network.parameters())

    def arrays(self, step: Step) -> dict[str, np.ndarray]:
        """The state of a step."""
        return state_torch.step_arrays(step)

    def share(self, step: Step) -> None:
        """Give the steps of all processes the leader's state."""
        self.load(step, self.group.spread(lambda: self.arrays(step)))

    def load(self, step: Step, arrays: Mapping[str, np.ndarray]) -> None:
        """Give a fresh step a saved state."""
        if arrays:
            state_torch.load_step(step, arrays)

    def start_from(self, step: Step, arrays: Mapping[str, Mapping[str, np.ndarray]]) -> list[str]:
        """Take over the weights of trained networks by role, where the shapes allow; returns what was left fresh."""
        left = []
        for role, found in arrays.items():
            left += [f"{role}/{name}" for name in state_torch.take_matching(step.networks[role], found)]
        step.ema = Ema(step.networks[step.game.product])
        return left

    def freeze_first_layers(self, step: Step, role: str, count: int) -> list[str]:
        """Keep the first ``count`` layers of a network as they are, and return their names."""
        layers = by_layer(step.networks[role].named_parameters())
        chosen = list(layers)[:count]
        for layer in chosen:
            for weight in layers[layer]:
                weight.requires_grad_(False)
        return chosen

    @property
    def place(self) -> torch.device:
        """Where tensors go."""
        return self.device

    def measure(self, network: nn.Module, latent: np.ndarray, label: np.ndarray | None) -> None:
        """Measure the statistics of batch norm for these inputs."""
        recalibrate(network, self._inputs(latent, label))

    def product_arrays(self, network: nn.Module) -> dict[str, np.ndarray]:
        """Weights and buffers of one network."""
        return state_torch.network_arrays(network)

    def load_product(
        self, recipe: Recipe, shape: tuple[int, ...], labels: int, arrays: Mapping[str, np.ndarray]
    ) -> nn.Module:
        """The product of a model file, ready to be used."""
        role = recipe.game.product
        network = _module(role, recipe.networks[role], Facts(shape, labels, recipe.latent)).to(self.device)
        state_torch.load_network(network, arrays)
        return network.eval().requires_grad_(False)

    @torch.no_grad()
    def sample(self, network: nn.Module, latent: np.ndarray, label: np.ndarray | None) -> np.ndarray:
        """Samples as floats, pictures with channels last: [n, latent] -> [n, h, w, c]."""
        batches = [network(*inputs).float().cpu() for inputs in self._inputs(latent, label)]
        samples = torch.cat(batches)
        return (samples.permute(0, 2, 3, 1) if samples.ndim == 4 else samples).numpy()

    def _inputs(self, latent: np.ndarray, label: np.ndarray | None) -> Iterator[tuple]:
        return (tuple(torch.from_numpy(x).to(self.device) for x in arrays) for arrays in in_batches(latent, label))

    def look(
        self, step: Step, codec: Any, latent: np.ndarray, real: Mapping, held_out: Mapping | None, label: Any, rows: int
    ) -> vitals_torch.Look:
        """What the critic says of raw reals, raw held-out reals and the fakes of these latents and labels."""

        def on_device(batch: Mapping | None) -> tuple[Any, Any]:
            if batch is None:
                return None, None
            raw = feed_torch.channels_first(torch.from_numpy(batch["real"])).to(self.device)
            labels = torch.from_numpy(batch["label"]).to(self.device) if label is not None else None
            return raw.float() * codec.scale + codec.offset, labels

        ((z, own),) = (tuple([*inputs, None][:2]) for inputs in self._inputs(latent, label))
        (seen, labels), (unseen, others) = on_device(real), on_device(held_out)
        return vitals_torch.look(step, (z, own), (seen, labels), (unseen, others), rows)

    def norms(self, step: Step) -> dict[str, float]:
        """Sizes of the weights and of their last updates."""
        return vitals_torch.norms(step)

    def typical_weights(self, step: Step) -> dict[str, float]:
        """The median size of each network's weights."""
        return vitals_torch.typical_weights(step.networks)

    def parameter_count(self, network: nn.Module) -> int:
        """Trainable numbers of a network."""
        return sum(weight.numel() for weight in network.parameters())

    def layers(self, network: nn.Module) -> list[str]:
        """A line for each layer that has weights: its name, what it is, and the shapes of the weights."""
        lines = []
        for name, layer in network.named_modules():
            shapes = [tuple(weight.shape) for weight in layer.parameters(recurse=False)]
            if shapes:
                lines.append(f"{name or '(itself)':<24} {type(layer).__name__:<18} {' '.join(map(str, shapes))}")
        return lines

    def memory_bytes(self) -> int:
        """Largest memory of the device so far, or of the process where the device is the CPU."""
        if self.device.type == "cuda":
            return torch.cuda.max_memory_allocated(self.device)
        return _machine.largest_memory()

    def give_memory_back(self) -> None:
        """Have what is freed go back at once from now on: a little slower, and without gaps that nothing fits into."""
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        else:
            _heap.give_memory_back()

    def synchronize(self) -> None:
        """Wait until the device has done all that it was asked: before looking at a clock."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        elif self.device.type == "mps":
            torch.mps.synchronize()


def _module(role: str, entry: Any, facts: Facts) -> nn.Module:
    network = entry.build("torch") if is_spec(entry) else entry(facts)
    if not isinstance(network, nn.Module):
        kind = f"{type(network).__module__}.{type(network).__name__}"
        advice = "return a torch.nn.Module, or type --backend tensorflow for a keras.Model"
        raise RecipeError(f"the network {role} is a {kind}, which PyTorch cannot train; {advice}")
    return network


def _fast_bfloat16(device: torch.device) -> bool:
    # On CPUs without its instructions bfloat16 is many times slower than float32.
    return device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
