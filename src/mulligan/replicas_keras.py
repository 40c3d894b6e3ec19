"""Replicas of ``tf.distribute`` that take a step together, as processes do in PyTorch; alone they change nothing."""

from typing import Any

import tensorflow as tf

Tensor = Any

_APART = 1_000_003  # between the seeds of two replicas; those of one lie side by side


def count() -> int:
    """How many replicas take this step."""
    context = tf.distribute.get_replica_context()
    return 1 if context is None else context.num_replicas_in_sync


def alone() -> bool:
    """Whether no other one takes it."""
    return count() == 1


def average(tensors: Any) -> Any:
    """The means over all replicas of a tensor or of a structure of them, in one message; differentiable."""
    if alone():
        return tensors
    context = tf.distribute.get_replica_context()
    flat = tf.nest.flatten(tensors)
    return tf.nest.pack_sequence_as(tensors, context.all_reduce(tf.distribute.ReduceOp.MEAN, flat))


def own_seed(seed: Tensor) -> Tensor:
    """A seed for what each replica draws for itself."""
    if alone():
        return seed
    return seed + _APART * tf.cast(tf.distribute.get_replica_context().replica_id_in_sync_group, seed.dtype)
