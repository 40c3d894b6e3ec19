"""`mulligan.keras.GAN`: any recipe as a ``keras.Model`` with ``compile`` and ``fit``.

>>> gan = mulligan.keras.GAN("dcgan")                                               # doctest: +SKIP
>>> gan.fit(dataset, epochs=20, callbacks=[mulligan.keras.SampleGrid("samples")])   # doctest: +SKIP
>>> pictures = gan.generate(64)                                                     # doctest: +SKIP
"""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from mulligan import catalogue, twins
from mulligan.assemble import look, own_file
from mulligan.assemble.model import read_model, save_model
from mulligan.assemble.plan import load_recipe
from mulligan.codecs import Provenance, save_png
from mulligan.errors import RecipeError
from mulligan.override import assignments, override
from mulligan.recipe import Recipe

with twins.loading("tensorflow"):
    import keras

    from mulligan.assemble import fit_keras
    from mulligan.assemble.playing_keras import Playing
    from mulligan.networks._given_keras import WithLabel

__all__ = ["GAN", "SampleGrid", "load"]

Place = str | PathLike[str]

# The user's own recipe file, while `load` reads what was made with it.
_own_recipe: ContextVar[str | None] = ContextVar("own recipe", default=None)


@keras.saving.register_keras_serializable("mulligan")
class GAN(Playing):
    """A recipe's game as one Keras model: ``compile``, ``fit``, callbacks, ``save``, strategies of ``tf.distribute``.

    ``recipe`` is a name of ``mulligan list``, a `Recipe`, or a file of yours; ``set`` changes it as in
    `mulligan.train`. ``generator`` and ``critic`` are Keras models of your own, or functions f(facts) that return one,
    in the place of the recipe's. With ``labels`` it trains with labels 0 to ``classes`` - 1; ``classes`` may also be
    their names. The networks are made for the data of the first ``fit``, or at once for samples of a ``shape``:
    (h, w, c).

    It plays the same games with the same step as ``mulligan train --backend tensorflow``, and the same seed draws the
    same. What a run has beside that is not here: exact resume (the order of a data set is not ours), the watch that
    looks for illnesses and goes back, scores while it trains, and the report.
    """

    def __init__(
        self,
        recipe: Recipe | Place = "dcgan",
        *,
        generator: Any = None,
        critic: Any = None,
        labels: bool | None = None,
        classes: int | Sequence[str] | None = None,
        shape: tuple[int, ...] | None = None,
        seed: int = 0,
        set: Any = (),
        name: str = "gan",
    ) -> None:
        named, file = load_recipe(recipe if isinstance(recipe, Recipe) else fspath(recipe))
        named = override(named if labels is None else replace(named, labels=labels), assignments(set))
        own = {role: net for role, net in (("generator", generator), ("critic", critic)) if net is not None}
        super().__init__(fit_keras.with_own_networks(named, own), fit_keras.class_names(classes), seed, name)
        self.user_file, self._published, self._own_roles = file, named, tuple(own)
        if shape is not None:
            self.begin(fit_keras.codec_of(shape, self.class_names))

    @property
    def generator(self) -> keras.Model:
        """The network that makes samples, as it is trained; `generate` uses the average of its weights."""
        return self.networks["generator"]

    @property
    def critic(self) -> keras.Model:
        """The network that tells real from fake."""
        return self.networks["critic"]

    def to_model_file(self, path: Place) -> Path:
        """Write the averaged generator as a model file, for `mulligan.load` and every ``mulligan`` command.

        RecipeError for a GAN whose networks were handed over as objects: a model file names Mulligan's own parts, or
        those of a recipe file.
        """
        if self.networks is None or self._own_roles:
            reason = "its networks are objects of yours; put them into a recipe file, or use gan.save"
            raise RecipeError(f"there is no model file of this GAN: {reason if self.networks else 'fit it first'}")
        recipe = self.recipe.resolve(self.recipe.images)
        plan = fit_keras.FitPlan(recipe, self.unresolved, self.codec, self._sample_count, self.user_file)
        arrays = self._backend.product_arrays(self.product())
        made: dict[str, Any] = {"images": self.images, "scores": (), "framework": self._backend.name}
        save_model(Path(path), plan=plan, arrays=arrays, **made)
        return Path(path)

    @classmethod
    def from_model_file(cls, path: Place, recipe: Place | None = None, *, seed: int = 0) -> "GAN":
        """A GAN whose generator is that of a model file or a run, of any framework; its critic is a fresh one.

        ``recipe`` is the user's own file that it was made with, if any.
        """
        own = None if recipe is None else fspath(recipe)
        file = read_model(fspath(path), own)
        gan = cls(file.unresolved, classes=getattr(file.codec, "class_names", ()), seed=seed)
        gan.user_file = Path(own) if own and file.header.get("user_file") else None
        gan.begin(file.codec)
        gan.start_from(file.arrays)
        return gan

    def get_config(self) -> dict[str, Any]:
        """The resolved recipe as JSON, and networks of the user's own as Keras writes them."""
        if self._own_roles and not self.networks:
            raise RecipeError("your networks are not made yet; fit the GAN first, or say GAN(..., shape=)")
        own = {role: _unwrapped(self.networks[role]) for role in self._own_roles}
        return {
            "recipe": self._written(self.recipe).to_json(),
            "unresolved": self._written(self.unresolved).to_json(),
            "user_file": own_file.described(self.user_file),
            "own_networks": {role: keras.saving.serialize_keras_object(network) for role, network in own.items()},
            "codec": catalogue.to_json(self.codec) if self.codec else None,
            "class_names": list(self.class_names),
            "seed": self.seed,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "GAN":
        """A GAN with fresh weights; RecipeError where it was made with a user's recipe file that is not given."""
        asked, wanted = _own_recipe.get(), config["user_file"]
        if wanted and asked is None:
            name = wanted["name"]
            raise RecipeError(
                f"this GAN was made with your own {name}; open it with mulligan.keras.load(..., {name!r})"
            )
        module = own_file.load(asked, wanted)
        own = {role: keras.saving.deserialize_keras_object(net) for role, net in config["own_networks"].items()}
        recipe, unresolved = (Recipe.from_json(config[name], module) for name in ("recipe", "unresolved"))
        gan = cls(recipe, **own, classes=config["class_names"], seed=config["seed"], name=config["name"])
        gan.unresolved = fit_keras.with_own_networks(unresolved, own)
        gan.user_file = Path(asked) if asked and wanted else None
        if config["codec"]:
            gan.begin(catalogue.from_json(config["codec"]))
        return gan

    def get_compile_config(self) -> dict[str, Any]:
        """What ``compile`` was told beside numbers, which are in the recipe."""
        words = ("run_eagerly", "jit_compile", "steps_per_execution")
        return {word: getattr(self, word) for word in words} if self.compiled else {}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile as it was."""
        self.compile(**config)

    def _written(self, recipe: Recipe) -> Recipe:
        """The recipe with the published networks where objects of the user's are: those have no name to be written."""
        names = {role: self._published.networks[role] for role in self._own_roles}
        return replace(recipe, networks=dict(recipe.networks) | names)


class SampleGrid(keras.callbacks.Callback):
    """Writes a grid of samples after each epoch, always of the same latents: ``FOLDER/epoch-0001.png``, ..."""

    def __init__(self, folder: Place, samples: int = 64, seed: int = 0) -> None:
        super().__init__()
        look.refuse_none(samples, seed)
        self.folder, self.samples, self.seed = Path(folder), samples, seed

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write one."""
        raw = self.model.generate(self.samples, seed=self.seed)
        mark = Provenance(model=self.model.name, seed=self.seed)
        save_png(self.folder / f"epoch-{epoch + 1:04d}.png", look.picture(raw), mark)


def load(path: Place, recipe: Place | None = None) -> GAN:
    """Open what ``gan.save`` wrote, or a model file or a run of any framework, whose critic begins anew.

    ``recipe`` is the user's own file that it was made with, if any. Of ``.keras`` files Keras' own rules hold: open
    those of people you trust. A model file is data only, whoever wrote it.
    """
    if not fspath(path).endswith(".keras"):
        return GAN.from_model_file(path, recipe)
    token = _own_recipe.set(None if recipe is None else fspath(recipe))
    try:
        return keras.models.load_model(path)
    finally:
        _own_recipe.reset(token)


def _unwrapped(network: keras.Model) -> keras.Model:
    return network.network if isinstance(network, WithLabel) else network
