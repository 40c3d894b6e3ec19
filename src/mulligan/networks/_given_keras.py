"""Networks of a user's own: ordinary models of Keras in the places of a game."""

from typing import Any

import keras

from mulligan.errors import RecipeError

Tensor = Any


class Given:
    """A model that exists already, in the place of one that a recipe would make: itself first, then fresh copies."""

    def __init__(self, role: str, network: keras.Model) -> None:
        self.role, self.network, self.taken = role, network, False

    def __call__(self, facts: Any) -> keras.Model:
        """The model, or a copy for the average of its weights; RecipeError where Keras cannot make one."""
        if not self.taken:
            self.taken = True
            return self.network
        try:
            return keras.models.clone_model(self.network)
        except (TypeError, ValueError, NotImplementedError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise RecipeError(
                f"no copy of your {self.role} can be made for the average ({reason}); give its class a get_config and "
                "@keras.saving.register_keras_serializable(), or hand over a function that returns a new one"
            ) from error


class WithLabel(keras.Model):
    """A functional model of two inputs, samples and labels, as games call it."""

    def __init__(self, network: keras.Model) -> None:
        super().__init__(name=network.name)
        self.network = network
        self.built = True

    def call(self, sample: Tensor, label: Tensor = None, training: bool | None = None) -> Tensor:
        """What the model makes of samples and labels."""
        return self.network([sample, label], training=training)


def playable(network: keras.Model) -> keras.Model:
    """The model itself, or wrapped where it has a second input for labels."""
    two = len(getattr(network, "inputs", None) or ()) == 2 and type(network).__call__ is keras.Model.__call__
    return WithLabel(network) if two else network
