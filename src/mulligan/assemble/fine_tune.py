"""Starting from a trained model: other data, other labels, and the critic's first layers kept as they are."""

from pathlib import Path
from typing import Any

from mulligan.assemble.model import read_model
from mulligan.assemble.plan import Options, portable
from mulligan.run import Run


def described(options: Options, run_folder: Path) -> dict[str, Any] | None:
    """What ``recipe.json`` keeps of it."""
    if not options.init:
        return None
    return {"path": portable(options.init, run_folder), "freeze_layers": options.freeze_layers}


def prepare(backend: Any, step: Any, init: dict[str, Any] | None, run_folder: Path, *, fresh: bool) -> list[str]:
    """Give a step the weights of the model where the run is fresh, and freeze what was asked; returns what to tell."""
    if init is None:
        return []
    notices = _take_weights(backend, step, run_folder / init["path"]) if fresh else []
    if init["freeze_layers"]:
        backend.freeze_first_layers(step, "critic", init["freeze_layers"])
        notices.append(f"init: the first {init['freeze_layers']} layers of the critic stay as they are")
    return notices


def _take_weights(backend: Any, step: Any, where: Path) -> list[str]:
    model = read_model(where)
    product = model.recipe.game.product
    arrays = {product: dict(model.arrays)} | _opponents(where, product)
    left = backend.start_from(step, arrays)
    notices = [f"init: {', '.join(arrays)} of {where.name} after {model.header['images']:,} images"]
    if len(arrays) < len(step.networks):
        notices.append("init: a model file has no critic, so the critic starts anew; name the run folder to take its critic too")
    if left:
        notices.append(f"init: {len(left)} tensors of other shapes start anew: {', '.join(left[:4])}{', ...' if len(left) > 4 else ''}")
    return notices


def _opponents(where: Path, product: str) -> dict[str, dict]:
    """The networks that only a run folder has, from its newest checkpoint."""
    if not where.is_dir():
        return {}
    tensors, _, _ = Run.open(where).load_checkpoint()
    roles: dict[str, dict] = {}
    for name, array in tensors.items():
        place, _, rest = name.partition("/")
        role, _, tensor = rest.partition("/")
        if place == "network" and role != product:
            roles.setdefault(role, {})[tensor] = array
    return roles
