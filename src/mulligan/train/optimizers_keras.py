"""Keras' optimizers with the formulas of torch, whose defaults differ in where epsilon stands.

One kernel of TensorFlow moves a weight and both of its moments at once. It computes
``weight -= rate * m / (sqrt(v) + epsilon)`` after ``m`` and ``v`` were updated.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import keras
import tensorflow as tf

Tensor = Any


class _Local(keras.optimizers.Optimizer):
    """Moves the weights of its own replica: all of them have the same gradients, which were averaged before."""

    def _backend_update_step(self, gradients: Sequence[Tensor], weights: Sequence[Any], learning_rate: Tensor) -> None:
        for gradient, weight in zip(gradients, weights, strict=True):
            self.update_step(gradient, weight, learning_rate)


class Adam(_Local, keras.optimizers.Adam):
    """Kingma & Ba 2015, algorithm 1: epsilon beside the root of the bias-corrected second moment."""

    slots: ClassVar[tuple[str, ...]] = ("exp_avg", "exp_avg_sq")  # as torch calls them

    def move(self, gradients: Sequence[Tensor], weights: Sequence[Any], rate: Tensor, beta2: Tensor) -> None:
        """One update, with the numbers of the moment."""
        self.learning_rate = rate
        count = tf.cast(self.iterations, tf.float64) + 1
        root = tf.sqrt(1 - tf.cast(beta2, tf.float64) ** count)
        # Algorithm 1 divides the root of v by ``root``; here rate and epsilon are multiplied by it.
        self._now = _Numbers(rate * root / (1 - self.beta_1**count), self.beta_1, beta2, self.epsilon * root)
        self.apply(list(gradients), list(weights))

    def update_step(self, gradient: Tensor, variable: Any, learning_rate: Tensor) -> None:
        """Move one weight."""
        self._now.apply(variable, gradient, *self.state_of(variable).values())

    def state_of(self, variable: Any) -> dict[str, Any]:
        """Both moments of a weight."""
        index = self._get_variable_index(variable)
        return dict(zip(self.slots, (self._momentums[index], self._velocities[index]), strict=True))

    def direction(self, variable: Any, beta2: float) -> Tensor:
        """What the last update took away from a weight, beside the learning rate."""
        first, second = (moment.value for moment in self.state_of(variable).values())
        count = float(self.iterations)
        return first / (1 - self.beta_1**count) / (tf.sqrt(second / (1 - beta2**count)) + self.epsilon)


class RMSprop(_Local, keras.optimizers.RMSprop):
    """Tieleman & Hinton 2012 with torch's numbers, and epsilon beside the root."""

    slots: ClassVar[tuple[str, ...]] = ("square_avg",)

    def __init__(self, rho: float = 0.99, epsilon: float = 1e-8, **others: Any) -> None:
        super().__init__(rho=rho, epsilon=epsilon, **others)

    def build(self, variables: Sequence[Any]) -> None:
        """Make the slots; the first moment of the kernel holds the last gradient."""
        if not self.built:
            super().build(variables)
            (self._gradients,) = self.add_optimizer_variables(variables, ["gradient"])

    def move(self, gradients: Sequence[Tensor], weights: Sequence[Any], rate: Tensor, beta2: Tensor) -> None:
        """One update, with the numbers of the moment; ``beta2`` is not for this one."""
        self.learning_rate = rate
        self._now = _Numbers(rate, 0.0, self.rho, self.epsilon)
        self.apply(list(gradients), list(weights))

    def update_step(self, gradient: Tensor, variable: Any, learning_rate: Tensor) -> None:
        """Move one weight."""
        index = self._get_variable_index(variable)
        # What the kernel would make of another gradient and this one depends on the other in its last bits.
        self._gradients[index].assign(gradient)
        self._now.apply(variable, gradient, self._gradients[index], self._velocities[index])

    def state_of(self, variable: Any) -> dict[str, Any]:
        """The mean square of a weight's gradients."""
        return {"square_avg": self._velocities[self._get_variable_index(variable)]}

    def direction(self, variable: Any, beta2: float) -> Tensor:
        """What the last update took away from a weight, beside the learning rate."""
        index = self._get_variable_index(variable)
        return self._gradients[index].value / (tf.sqrt(self._velocities[index].value) + self.epsilon)


class _Numbers:
    """What the kernel asks for beside the tensors; each number is a float or a scalar tensor of float64."""

    def __init__(self, rate: Tensor, beta1: Tensor, beta2: Tensor, epsilon: Tensor) -> None:
        self.of_kernel = {"lr": rate, "beta1": beta1, "beta2": beta2, "epsilon": epsilon}
        # The kernel would correct the bias with numbers of the weight's own precision: it is told that there is none.
        self.of_kernel |= {"beta1_power": 0.0, "beta2_power": 0.0}

    def apply(self, weight: Any, gradient: Tensor, first: Any, second: Any) -> None:
        numbers = {name: _scalar(number, gradient.dtype) for name, number in self.of_kernel.items()}
        tf.raw_ops.ResourceApplyAdam(
            var=weight.handle, m=first.handle, v=second.handle, grad=gradient, use_locking=False, **numbers
        )


def _scalar(number: Tensor, dtype: Any) -> Tensor:
    # TensorFlow would cast a float of Python by way of float32.
    return tf.cast(number, dtype) if tf.is_tensor(number) else tf.constant(number, dtype)
