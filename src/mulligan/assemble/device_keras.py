"""Which device a process computes on with TensorFlow, and with how many threads."""

import os
from contextlib import suppress
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


def threads() -> int:
    """With how many threads an operation is computed; TensorFlow takes all processors where nothing is said."""
    own = tf.config.threading.get_intra_op_parallelism_threads()
    return own or said("TF_NUM_INTRAOP_THREADS") or os.cpu_count() or 1


def use_threads(count: int) -> None:
    """Compute with so many, 0 for as many as it is, where TensorFlow has not begun to compute with others."""
    if count:
        with suppress(RuntimeError):
            tf.config.threading.set_intra_op_parallelism_threads(count)
            tf.config.threading.set_inter_op_parallelism_threads(count)


def said(name: str) -> int:
    """The number that the environment says, or 0."""
    text = os.environ.get(name, "")
    return int(text) if text.isdigit() else 0
