"""Starting from a trained model: other data, other labels, and the critic's first layers kept as they are."""

from pathlib import Path
from typing import Any

from mulligan.assemble.model import Arrays, read_framework, read_tensors
from mulligan.assemble.place import located, portable
from mulligan.assemble.plan import Options
from mulligan.errors import RecipeError
from mulligan.run import Run
from mulligan.twins import choose

CRITIC = "critic"


def described(init: str | None, freeze_layers: int | None, run_folder: Path) -> dict[str, Any] | None:
    """What ``recipe.json`` keeps of it; RecipeError for layers that cannot be kept."""
    layers = freeze_layers or 0
    if layers < 0:
        raise RecipeError(f"{layers} layers cannot be frozen; expected --freeze-layers 1 or more")
    if layers and not (init and Path(init).is_dir()):
        raise RecipeError("--freeze-layers keeps layers of a trained critic, which only a run has; add --init RUN")
    return {"path": portable(init, run_folder), "freeze_layers": layers} if init else None


def framework(options: Options) -> str:
    """The one that was asked for, else that of the model to start from, else one that is installed."""
    own = read_framework(options.init) if options.backend is None and options.init else None
    return choose(options.backend, own)


def prepare(backend: Any, step: Any, init: dict[str, Any] | None, run_folder: Path, *, fresh: bool) -> list[str]:
    """Give a step the weights of the model where the run is fresh, and freeze what was asked; returns what to tell."""
    if init is None:
        return []
    notices, anew = _take_weights(backend, step, Path(located(init["path"], run_folder))) if fresh else ([], [])
    if count := init["freeze_layers"]:
        names = backend.freeze_first_layers(step, CRITIC, count)
        if len(names) < count:
            sentence = f"the critic has {len(names)} layers, so that {count} of them would leave none to train"
            raise RecipeError(f"{sentence}; type --freeze-layers {max(1, len(names) - 1)} or less")
        _refuse_untrained(names, anew)
        notices.append(f"init: these layers of the critic stay as they are: {', '.join(names)}")
    return notices


def _refuse_untrained(layers: list[str], anew: list[str]) -> None:
    """A layer that stays as it is must be the trained one."""
    for layer in layers:
        if any(name == CRITIC or f"{name}.".startswith(f"{CRITIC}/{layer}.") for name in anew):
            raise RecipeError(
                f"the layer {layer} of the critic would be frozen untrained, because the model has none of its shape; "
                "ask for fewer --freeze-layers, or keep the model's size, channels and recipe"
            )


def _take_weights(backend: Any, step: Any, where: Path) -> tuple[list[str], list[str]]:
    """What to tell, and the tensors and whole networks that start anew."""
    _, header, roles = read_tensors(where)
    roles |= _opponents(where, set(roles)) if where.is_dir() else {}
    roles = {role: arrays for role, arrays in roles.items() if role in step.networks}
    left = backend.start_from(step, roles)
    notices = [f"init: {', '.join(roles)} of {where.name} after {header['images']:,} images"]
    if missing := [role for role in step.networks if role not in roles]:
        advice = "name the run folder to take it too"
        notices.append(f"init: a model file has no {' and no '.join(missing)}, which starts anew; {advice}")
    if left:
        names = f"{', '.join(left[:4])}{', ...' if len(left) > 4 else ''}"
        notices.append(f"init: {len(left)} tensors of other shapes start anew: {names}")
    return notices, [*missing, *left]


def _opponents(where: Path, known: set[str]) -> dict[str, Arrays]:
    """The networks that only a run folder has, from its newest checkpoint."""
    tensors, _, _ = Run.open(where).load_checkpoint()
    roles: dict[str, Arrays] = {}
    for name, array in tensors.items():
        place, _, rest = name.partition("/")
        role, _, tensor = rest.partition("/")
        if place == "network" and role not in known:
            roles.setdefault(role, {})[tensor] = array
    return roles
