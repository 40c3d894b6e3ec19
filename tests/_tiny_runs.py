"""Runs so small that a test may make several of them."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from torch.optim.optimizer import register_optimizer_step_post_hook

from mulligan import tensorfile
from mulligan.assemble.plan import Options
from mulligan.assemble.training import Result, resume, train
from mulligan.games.two_player import TwoPlayer
from mulligan.networks import mlp
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.recipe import Recipe
from mulligan.schedule import Cosine, Linear
from mulligan.train import log

BATCH = 8
TINY = (
    "networks.generator.latent=4",
    "networks.generator.hidden=[12]",
    "networks.critic.hidden=[12]",
    "score_every_ticks=1000",
    "score_samples=50",
)
PLAIN = Recipe(
    game=TwoPlayer(NonSaturating()),
    networks={"generator": mlp.Generator(latent=4, hidden=(12,), batch_norm=True), "critic": mlp.Critic(hidden=(12,))},
    name="plain",
    batch_size=30,
    score_samples=50,
    score_every_ticks=2,
    tick_images=330,
    learning_rate=Linear(1e-3, 1e-4, share=0.5),
    beta2=Cosine(0.9, 0.99, share=0.3),
)
NOISY = replace(PLAIN, networks=dict(PLAIN.networks) | {"critic": mlp.Critic(hidden=(12,), dropout=0.3)})
# What a log says of the clock and the machine.
TIMES = ("time", "seconds", "images_per_second", "memory_bytes", "waiting")


def start(folder: Path, where: str = "digits", **options) -> Result:
    """Train a tiny dense GAN in ``folder``; ``options`` are those of `Options`, ``set`` comes on top of `TINY`."""
    chosen = {"recipe": "dense", "batch": BATCH, "steps": 10, "cache": False} | options
    chosen["set"] = (*(TINY if chosen["recipe"] == "dense" else ()), *chosen.get("set", ()))
    return train(str(where), Options(**chosen), out=folder, display="silent")


def go_on(folder: Path, where: str | None = None, **options) -> Result:
    """Resume a run."""
    return resume(folder, Options(**({"cache": False} | options)), display="silent", where=where)


def state(folder: Path) -> str:
    """A checksum of everything in the newest checkpoint: weights, averages, optimizers, counts."""
    path = max((folder / "checkpoints").glob("*.safetensors"))
    tensors, header = tensorfile.read(path)
    counts = header["progress"] | {"seconds": 0}
    return f"{tensorfile.checksum(tensors)} {counts} {header['standing']} {header['scores']}"


def model(folder: Path, name: str = "model.safetensors") -> str:
    """A checksum of the model file's tensors."""
    return tensorfile.read_header(folder / name)["sha256"]


def history(folder: Path) -> list[dict]:
    """The ticks and scores of the log, without what depends on the clock."""
    events = [event for event in log.read(folder / "log.jsonl") if event["event"] in ("tick", "score")]
    return [{key: value for key, value in event.items() if key not in TIMES} for event in events]


def pictures(folder: Path, count: int, size: int = 8, seed: int = 0) -> Path:
    """A folder of so many different grey pictures."""
    import numpy as np
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    for index in range(count):
        Image.fromarray(random.integers(0, 256, (size, size), np.uint8)).save(folder / f"{index:04d}.png")
    return folder


@contextmanager
def signal_after(updates: int, number: int = signal.SIGINT) -> Iterator[None]:
    """Send this process a signal when its optimizers have made so many updates."""
    made = 0

    def count(*_) -> None:
        nonlocal made
        made += 1
        if made == updates:
            signal.raise_signal(number)

    hook = register_optimizer_step_post_hook(count)
    try:
        yield
    finally:
        hook.remove()
