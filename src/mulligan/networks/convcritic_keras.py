"""The plain convolutional critic in TensorFlow."""

from keras import layers

from mulligan.networks import convcritic
from mulligan.networks._labels_keras import JoinOneHot, label_input
from mulligan.networks._leaky_relu_keras import LeakyReLU
from mulligan.networks._model_keras import CriticNetwork, sample_input


class Critic(CriticNetwork):
    """Pictures [n, h, w, c] -> one score each."""

    def __init__(self, spec: convcritic.Critic) -> None:
        view, label = sample_input(spec.shape, "view"), label_input(spec.labels)
        h, features = view, []
        h = JoinOneHot(spec.labels, name="join")(h, *label) if label else h
        for i, (width, padding) in enumerate(zip(spec.widths, spec.paddings, strict=True)):
            h = layers.ZeroPadding2D(padding, name=f"pad.{i}")(h)
            h = layers.Conv2D(width, convcritic.KERNEL, strides=convcritic.STRIDE, name=f"conv.{i}")(h)
            h = LeakyReLU(spec.slope, name=f"leaky.{i}")(h)
            h = layers.Dropout(spec.dropout, name=f"dropout.{i}")(h)
            features.append(h)
        h = layers.Permute((3, 1, 2), name="channels_first")(h)  # flattened as torch does
        score = layers.Dense(1, name="head")(layers.Flatten(name="flatten")(h))
        super().__init__(spec, [view, *label], [layers.Reshape((), name="score")(score), *features])
