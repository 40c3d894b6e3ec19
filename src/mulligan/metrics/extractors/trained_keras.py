"""The classifier that is trained on the spot, in TensorFlow; on the CPU, where a seed gives the same one again."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from mulligan.metrics.extractors import _weights, trained
from mulligan.metrics.extractors._extractor_keras import KerasExtractor
from mulligan.metrics.extractors.classifier_keras import Classifier
from mulligan.metrics.extractors.trained import Labelled, Lesson, Training

DEFAULT = Training()
_WARM_UP = 0.3  # of the steps, to the full learning rate


def open_twin(labelled: Labelled, device: str, training: Training = DEFAULT, keep: bool = True) -> KerasExtractor:
    """The classifier of this data, out of the cache where it was trained before; ``keep`` puts it there."""
    spec, tensors = trained.learned(labelled, training, keep, _learn)
    return KerasExtractor(
        Classifier(spec).load(tensors), name="trained", weights_hash=_weights.tensors_hash(tensors),
        size=(spec.size, spec.size), channels=spec.channels, class_names=tuple(map(str, range(spec.classes))),
        device=device,
    )  # fmt: skip


def _learn(lesson: Lesson, training: Training) -> dict[str, np.ndarray]:
    """AdamW over one cycle of the learning rate, cross-entropy, dropout before the head."""
    random, steps = np.random.default_rng(training.seed), training.steps(len(lesson.labels))
    with tf.device("CPU:0"):
        network = _fresh(lesson, random)
        step = _step(network, training, steps)
        for _ in range(steps):
            chosen = random.integers(len(lesson.labels), size=training.batch_size)
            kept = random.random((training.batch_size, training.features)) >= training.dropout
            scale = (kept / (1 - training.dropout)).astype(np.float32)
            step(tf.constant(lesson.pictures[chosen]), tf.constant(lesson.labels[chosen]), tf.constant(scale))
        return network.tensors()


def _fresh(lesson: Lesson, random: np.random.Generator) -> Classifier:
    """Weights and biases as torch begins them: uniform up to the inverse root of a unit's inputs."""
    network = Classifier(lesson.network)
    for layer in network.weighted():
        bound = 1 / np.sqrt(np.prod(layer.kernel.shape[:-1]))
        layer.set_weights([random.uniform(-bound, bound, weight.shape) for weight in layer.get_weights()])
    return network


def _step(network: Classifier, training: Training, steps: int) -> Callable[..., None]:
    warm_up = round(_WARM_UP * steps)
    rate = keras.optimizers.schedules.CosineDecay(
        training.learning_rate / 25, max(steps - warm_up, 1), warmup_target=training.learning_rate, warmup_steps=warm_up
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=training.weight_decay)

    @tf.function
    def step(pictures: tf.Tensor, labels: tf.Tensor, kept: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            features, _ = network(tf.cast(pictures, tf.float32))
            logits = network.head(features * kept)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        weights = network.trainable_variables
        optimizer.apply(tape.gradient(loss, weights), weights)

    return step
