"""Which device a process computes on with TensorFlow."""

from dataclasses import dataclass

import tensorflow as tf

from mulligan.assemble._machine import chosen_device


@dataclass(frozen=True)
class Device:
    """A device by the name that a user types, as with torch."""

    name: str

    def __str__(self) -> str:
        return self.name

    @property
    def type(self) -> str:
        """cpu or cuda."""
        return self.name.partition(":")[0]

    @property
    def place(self) -> str:
        """TensorFlow's name of it."""
        kind, _, index = self.name.partition(":")
        return f"/{'GPU' if kind == 'cuda' else 'CPU'}:{index or 0}"


def open_device(name: str) -> Device:
    """The device of that name, "auto" for the best one; DeviceError where this machine has none."""
    cards = len(tf.config.list_physical_devices("GPU"))
    return Device(chosen_device(name, {"cuda": cards, "mps": 0, "cpu": 1}, "tensorflow"))
