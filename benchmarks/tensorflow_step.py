"""What a training step costs in TensorFlow: ours, beside a loop written by hand, beside ours in PyTorch.

    python benchmarks/tensorflow_step.py [--recipes dense dcgan] [--pairs 9] [--seconds 2] [--threads 1] [--compile]

All train networks of the same shape on random 28x28 pictures. What is by hand is that of the Keras examples: networks
of Keras' own layers, alternating turns of a critic, which sees generated and real pictures in one batch, and of a
generator, in one ``tf.function`` with ``GradientTape``, the optimizers of Keras, ``tf.random`` and ``tf.data``; without
averages of the weights, norms of gradients, or the same numbers again when it is run again. "At once" is the other
usual form, where both learn from the same generated pictures, which saves one pass through each network.

In TensorFlow, windows of both loops alternate in one process, after some steps to warm up; the ratio is the median over
the pairs of windows, with lowest and highest. PyTorch has a process of its own before that one. Times are CPU times,
which other processes disturb less, of a whole iteration with the batch that it takes; ``--clock wall`` is for several
threads.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

SIZE, CHANNELS, SAMPLES, WARM = 28, 1, 4096, 3
BY_HAND = ("dense", "dcgan")


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipes", nargs="+", choices=BY_HAND, default=BY_HAND)
    parser.add_argument("--batch", type=int, help="instead of the recipe's own")
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each window")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--clock", choices=("cpu", "wall"), default="cpu")
    parser.add_argument("--compile", action="store_true", help="with XLA: ours as --set compile=true, theirs alike")
    parser.add_argument("--framework", help="measure this one alone and print milliseconds")
    options = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": str(options.threads), "TF_CPP_MIN_LOG_LEVEL": "3"}
    if options.framework:
        ((name,),) = (options.recipes,)
        print(1000 * statistics.median(windows([ours(name, options)], options)[0]))
        return
    print("| recipe | torch | TensorFlow | by hand | ours / by hand | by hand, at once |\n|---|---|---|---|---|---|")
    for name in options.recipes:
        in_torch = subprocess.run(
            [sys.executable, *sys.argv, "--recipes", name, "--framework", "torch"], capture_output=True, check=True
        )
        milliseconds = [float(in_torch.stdout)]
        loops = [ours(name, options), by_hand(name, options, at_once=False), by_hand(name, options, at_once=True)]
        found = windows(loops, options)
        milliseconds += [1000 * statistics.median(seconds) for seconds in found]
        ratios = [mine / theirs for mine, theirs in zip(*found[:2], strict=True)]
        cells = [f"{each:.1f} ms" for each in milliseconds]
        cells.insert(3, f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def windows(loops: list[Callable[[], None]], options: argparse.Namespace) -> list[list[float]]:
    """Seconds per step of each loop, window by window, in turns."""
    now = time.process_time if options.clock == "cpu" else time.perf_counter
    for loop in loops:
        for _ in range(WARM):
            loop()
    found: list[list[float]] = [[] for _ in loops]
    for _ in range(options.pairs):
        for loop, seconds in zip(loops, found, strict=True):
            start, count = now(), 0
            while now() - start < options.seconds:
                loop()
                count += 1
            seconds.append((now() - start) / count)
    return found


def ours(name: str, options: argparse.Namespace) -> Callable[[], None]:
    """A step with its batch, as the loop of a run plays it."""
    from mulligan import recipes
    from mulligan.assemble._backend import open_backend
    from mulligan.codecs.image import ImageCodec
    from mulligan.train.draws import Draws

    codec = ImageCodec(size=(SIZE, SIZE), channels=CHANNELS)
    recipe = recipes.get(name).fit(codec.shape, 0)
    recipe = replace(recipe, batch_size=options.batch or recipe.batch_size, compile=options.compile).resolve(10**6)
    backend = open_backend(options.framework or "tensorflow", "cpu")
    step = backend.step(recipe, codec.shape, 0, seed=0)
    rounds = backend.feed(recipe, Pictures(), codec, Draws(0), workers=0).rounds(0)
    images = 0

    def play() -> None:
        nonlocal images
        step(next(rounds), recipe.numbers(images), images)
        images += recipe.images_per_step

    return play


class Pictures:
    """Random pictures, as a source gives them."""

    lost: dict = {}  # noqa: RUF012
    nbytes = SAMPLES * SIZE * SIZE * CHANNELS

    def __len__(self) -> int:
        return SAMPLES

    def read(self, indices: Any) -> dict[str, Any]:
        """The same ones each time."""
        import numpy as np

        every = np.random.default_rng(0).integers(0, 256, (SAMPLES, SIZE, SIZE, CHANNELS), np.uint8)
        return {"real": every[indices]}


def by_hand(name: str, options: argparse.Namespace, *, at_once: bool) -> Callable[[], None]:
    """What one writes after the Keras examples, with the networks of the recipe."""
    import keras
    import numpy as np
    import tensorflow as tf

    from mulligan import recipes

    recipe = recipes.get(name).fit((SIZE, SIZE, CHANNELS), 0)
    batch, latent = options.batch or recipe.batch_size, recipe.latent_size
    generator, critic = networks_by_hand(name, recipe)
    g_optimizer, d_optimizer = (keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in range(2))
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)

    def train_alternately(real: Any) -> tuple:
        generated = generator(tf.random.normal((batch, latent)), training=True)
        combined = tf.concat([generated, real], axis=0)
        truth = tf.concat([tf.zeros((batch, 1)), tf.ones((batch, 1))], axis=0)
        with tf.GradientTape() as tape:
            d_loss = cross_entropy(truth, critic(combined, training=True))
        d_optimizer.apply_gradients(
            zip(tape.gradient(d_loss, critic.trainable_weights), critic.trainable_weights, strict=True)
        )
        z = tf.random.normal((batch, latent))
        with tf.GradientTape() as tape:
            score = critic(generator(z, training=True), training=True)
            g_loss = cross_entropy(tf.ones((batch, 1)), score)
        g_optimizer.apply_gradients(
            zip(tape.gradient(g_loss, generator.trainable_weights), generator.trainable_weights, strict=True)
        )
        return d_loss, g_loss

    def train_at_once(real: Any) -> tuple:
        z = tf.random.normal((batch, latent))
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            generated = generator(z, training=True)
            real_score, fake_score = critic(real, training=True), critic(generated, training=True)
            g_loss = cross_entropy(tf.ones_like(fake_score), fake_score)
            d_loss = cross_entropy(tf.ones_like(real_score), real_score)
            d_loss += cross_entropy(tf.zeros_like(fake_score), fake_score)
        g_gradients = g_tape.gradient(g_loss, generator.trainable_weights)
        d_gradients = d_tape.gradient(d_loss, critic.trainable_weights)
        g_optimizer.apply_gradients(zip(g_gradients, generator.trainable_weights, strict=True))
        d_optimizer.apply_gradients(zip(d_gradients, critic.trainable_weights, strict=True))
        return d_loss, g_loss

    train_step = tf.function(train_at_once if at_once else train_alternately, jit_compile=options.compile or None)
    pictures = Pictures().read(np.arange(SAMPLES))["real"].astype(np.float32) / 127.5 - 1
    data = tf.data.Dataset.from_tensor_slices(pictures).shuffle(SAMPLES).batch(batch, drop_remainder=True).repeat()
    batches = iter(data)

    def play() -> None:
        losses = train_step(next(batches))
        float(losses[0])  # as a progress bar reads it

    return play


def networks_by_hand(name: str, recipe: Any) -> list[Any]:
    """A generator, and a critic that gives [n, 1]."""
    import keras
    from keras import layers

    own = [recipe.networks[role].build("tensorflow") for role in ("generator", "critic")]
    if name == "dense":
        widths = [128, 256, 512]
        up = [layer for width in widths for layer in (layers.Dense(width), layers.LeakyReLU(0.2))]
        down = [layer for width in widths[::-1] for layer in (layers.Dense(width), layers.LeakyReLU(0.2))]
        shape, flat = (SIZE, SIZE, CHANNELS), SIZE * SIZE * CHANNELS
        by_hand = [
            keras.Sequential([keras.Input((100,)), *up, layers.Dense(flat), layers.Reshape(shape)]),
            keras.Sequential([keras.Input(shape), layers.Flatten(), *down, layers.Dense(1)]),
        ]
    else:
        conv = {"kernel_size": 4, "strides": 2, "padding": "same"}
        by_hand = [
            keras.Sequential([
                keras.Input((100,)),
                layers.Dense(7 * 7 * 128, use_bias=False), layers.Reshape((7, 7, 128)),
                layers.BatchNormalization(), layers.ReLU(),
                layers.Conv2DTranspose(64, use_bias=False, **conv), layers.BatchNormalization(), layers.ReLU(),
                layers.Conv2DTranspose(CHANNELS, activation="tanh", **conv),
            ]),
            keras.Sequential([
                keras.Input((SIZE, SIZE, CHANNELS)),
                layers.Conv2D(64, **conv), layers.LeakyReLU(0.2),
                layers.Conv2D(128, use_bias=False, **conv), layers.BatchNormalization(), layers.LeakyReLU(0.2),
                layers.Conv2D(1, 7), layers.Flatten(),
            ]),
        ]  # fmt: skip
    for mine, theirs in zip(own, by_hand, strict=True):
        counts = [sum(weight.shape.num_elements() for weight in each.trainable_weights) for each in (mine, theirs)]
        assert counts[0] == counts[1], counts
    return by_hand


if __name__ == "__main__":
    main()
