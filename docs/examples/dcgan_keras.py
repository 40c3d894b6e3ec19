"""DCGAN, step by step, in TensorFlow: the convolutional GAN that most others come from (Radford et al. 2016).

    python dcgan_keras.py                                 the embedded 8x8 digits, about a minute
    python dcgan_keras.py mnist/ --steps 5000             MNIST, or any folder of pictures

first_gan_keras.py wrote the two moves of a step by hand. Here Mulligan's parts are put together, and trained as one
trains any model of Keras: with compile, fit and callbacks. dcgan_torch.py is the same recipe in PyTorch, with a loop of
its own in the place of fit.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from mulligan import Recipe, data
from mulligan.codecs import ImageCodec
from mulligan.games.two_player import TwoPlayer
from mulligan.keras import GAN, SampleGrid
from mulligan.networks import dcgan
from mulligan.objectives.nonsaturating import NonSaturating

words = argparse.ArgumentParser(description="DCGAN, step by step, in TensorFlow.")
words.add_argument("data", nargs="?", default="digits", help="digits, or a path to pictures")
words.add_argument("--steps", type=int, default=1500)
words.add_argument("--every", type=int, default=250, help="steps to an epoch: a status line and a grid of samples")
words.add_argument("--width", type=int, default=64, help="channels of the networks")
words.add_argument("--largest", type=int, default=32, help="pixels a side, at most")
words.add_argument("--out", type=Path, default=Path("dcgan"), help="the folder of samples and models")
asked = words.parse_args()

# 1. The data, at a size that the networks can make: theirs is a small map of 3 to 7 points a side, doubled again and
#    again. 8 is 4 * 2, 28 is 7 * 2 * 2; of other sizes the next smaller one is taken, and no larger one than asked.
#    From here on it is a TensorFlow data set like any other: batches of uint8 pictures, or of floats from -1 to 1.
found = data.survey(asked.data)
size = dcgan.Generator.nearest_size(tuple(min(side, asked.largest) for side in found.size))
codec = ImageCodec(size=size, channels=found.channels)
source = data.open_source(asked.data, codec)
pictures = source.read(np.arange(len(source)))["real"]
dataset = tf.data.Dataset.from_tensor_slices(pictures).shuffle(len(pictures)).repeat().batch(128)
print(f"{len(source):,} pictures of shape {codec.shape}")

# 2. The networks. A dense layer knows nothing of neighbours: it would have to learn anew for each place what a stroke
#    looks like. A convolution learns it once for all places. The generator doubles its map with *transposed*
#    convolutions of 4x4 points and stride 2, the critic halves it with ordinary ones. In between stands batch norm,
#    which keeps the numbers of each channel around 0 with spread 1, so that a deep network learns at all. The paper's
#    other rules: ReLU in the generator and tanh at its end, leaky ReLU in the critic, all weights from normal(0, 0.02).
networks = {"generator": dcgan.Generator(latent=100, width=asked.width), "critic": dcgan.Critic(width=asked.width)}

# 3. The game: who plays, in which order, for which objective. In this one the critic moves, then the generator.
#    TwoPlayer(NonSaturating(), critic_turns=5) would let the critic move five times to the generator's once. The
#    generator learns from the fakes that the critic just saw; without shared_fakes it would make new ones.
game = TwoPlayer(NonSaturating(), shared_fakes=True)

# 4. The recipe: the game, its networks, and the numbers.
recipe = Recipe(
    name="dcgan-by-hand",
    game=game,
    networks=networks,
    batch_size=128,
    learning_rate=2e-4,
    beta1=0.5,
    ema_half_life_images=5_000,
)

# 5. The model. Its `train_step` plays one round of turns. In each turn it freezes the opponent (weights, batch-norm
#    statistics), asks the game for the terms of the player who moves, takes their gradient, and moves that player's
#    weights. Then it moves the *average* of the generator's weights a little: single steps of a GAN jump about, and
#    pictures of an average of the last few thousand images are much better than those of any one step.
gan = GAN(recipe, shape=codec.shape, name="dcgan-by-hand")
gan.generator.summary()
gan.critic.summary()
gan.compile()

# 6. The training. The history, and what the progress bar shows, are the terms of each player by name. No loss of a GAN
#    falls to zero, so look at the samples, not at the losses: SampleGrid draws the same 64 latents after each epoch.
asked.out.mkdir(parents=True, exist_ok=True)
history = gan.fit(
    dataset,
    epochs=max(1, asked.steps // asked.every),
    steps_per_epoch=min(asked.every, asked.steps),
    verbose=2,
    callbacks=[SampleGrid(asked.out), keras.callbacks.ModelCheckpoint(asked.out / "last.keras")],
).history
print(f"the critic's loss on fakes went from {history['critic/fake'][0]:.3f} to {history['critic/fake'][-1]:.3f}")

# 7. What to do with it. `generate` gives uint8 pictures; `last.keras` opens with keras.models.load_model, and goes on
#    training; the model file is for everything else in Mulligan, in either framework:
#    mulligan generate dcgan/model.safetensors, mulligan evaluate dcgan/model.safetensors --data mnist/ ...
print("pictures:", gan.generate(16, seed=1).shape)
gan.to_model_file(asked.out / "model.safetensors")
print(f"samples and models are in {asked.out}")
