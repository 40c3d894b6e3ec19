"""Small variants of every network in the folder, so that a new file is tested by existing."""

from dataclasses import fields, replace

from mulligan import catalogue
from mulligan.errors import RecipeError

SMALL = {"latent": 5, "width": 8, "hidden": (12, 8), "widths": (6, 8)}
CHOICES = {
    "labels": (3,),
    "channels": (1,),
    "size": (16, (16, 12)),
    "normalization": ("none", "batch", "spectral"),
    "spectral_norm": (False,),
    "output": ("tanh",),
    "batch_norm": (True,),
    "group_size": (0, 4),
    "signs": (2,),
    "waves": (6,),
}


def small(kind):
    """``kind`` with small numbers, at 8x8 or the size nearest to it; no hidden randomness."""
    names = {field.name for field in fields(kind)}
    numbers = {name: value for name, value in SMALL.items() if name in names}
    if "dropout" in names:
        numbers["dropout"] = 0.0
    return kind(size=kind.nearest_size((8, 8)), channels=3, **numbers)


def variants(role):
    """(name, spec) for every class called ``role``: the small one, and one more for each choice that it offers."""
    for name in catalogue.listing("networks"):
        kind = catalogue.parts("networks", name).get(role)
        if kind is None:
            continue
        spec = small(kind)
        yield f"{name}-small", spec
        for field in fields(kind):
            for choice in CHOICES.get(field.name, ()):
                try:
                    changed = replace(spec, **{field.name: choice})
                except RecipeError:
                    continue  # a choice of another network that has a field of that name
                if changed != spec:
                    yield f"{name}-{field.name}-{choice}", changed
