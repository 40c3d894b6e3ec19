"""What every network has in Keras: the call that games make, around an ordinary functional model."""

from dataclasses import asdict
from importlib import import_module
from typing import Any

import keras

from mulligan.critique import Critique
from mulligan.networks._labels import needed


class Network(keras.Model):
    """A functional model of one input, or of two where there are labels; built once made.

    As with any functional model, both inputs may also come as one list. Pictures are channels-last.
    """

    def __init__(self, spec: Any, inputs: list, outputs: Any) -> None:
        name = f"{type(spec).__module__.rpartition('.')[2]}.{type(spec).__name__}".lower()
        super().__init__(inputs=inputs if len(inputs) > 1 else inputs[0], outputs=outputs, name=name)
        self.spec = spec

    def __call__(
        self, sample: Any, label: Any = None, condition: Any = None, training: bool | None = None, **kwargs: Any
    ) -> Any:
        """What the network makes of ``sample``; RecipeError where it knows labels and got none."""
        if self.spec.labels and not isinstance(sample, list | tuple | dict):
            sample = [sample, needed(label, self.spec.labels)]
        return super().__call__(sample, training=training, **kwargs)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        keras.saving.register_keras_serializable(cls.__module__)(cls)  # so that Keras finds it in its own files

    def get_config(self) -> dict[str, Any]:
        """The numbers of the spec, for `model.save`."""
        return {"spec": asdict(self.spec)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "Network":
        """A new network of these numbers."""
        specs = import_module(cls.__module__.removesuffix("_keras"))
        return getattr(specs, cls.__name__)(**config["spec"]).build("tensorflow")


class CriticNetwork(Network):
    """A network whose outputs, a score [n] and features, come as a critique."""

    def __call__(self, *args: Any, **kwargs: Any) -> Critique:
        score, *features = super().__call__(*args, **kwargs)
        return Critique(score, tuple(features))


def sample_input(shape: tuple[int, ...], name: str) -> Any:
    """The input of samples of this shape, in the type of the weights."""
    return keras.Input(shape, dtype=keras.config.dtype_policy().variable_dtype, name=name)
