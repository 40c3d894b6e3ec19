"""DCGAN, step by step, in PyTorch: the convolutional GAN that most others come from (Radford et al. 2016).

    python dcgan_torch.py                                 the embedded 8x8 digits, about a minute
    python dcgan_torch.py mnist/ --steps 5000             MNIST, or any folder of pictures

first_gan_torch.py wrote the two moves of a step by hand. Here the parts that Mulligan has for them are put together: a
game, a recipe, a step, a feed. They are the same parts that ``mulligan train --recipe dcgan`` uses; what that adds is
named at the end. dcgan_keras.py does the same with compile and fit.
"""

import argparse
from pathlib import Path

from mulligan import Recipe, data
from mulligan.assemble.backend_torch import Backend
from mulligan.codecs import ImageCodec, Provenance, grid, save_png
from mulligan.games.two_player import TwoPlayer
from mulligan.networks import dcgan
from mulligan.objectives.nonsaturating import NonSaturating
from mulligan.train.draws import Draws

words = argparse.ArgumentParser(description="DCGAN, step by step, in PyTorch.")
words.add_argument("data", nargs="?", default="digits", help="digits, or a path to pictures")
words.add_argument("--steps", type=int, default=1500)
words.add_argument("--every", type=int, default=250, help="steps between two status lines")
words.add_argument("--width", type=int, default=64, help="channels of the networks")
words.add_argument("--largest", type=int, default=32, help="pixels a side, at most")
words.add_argument("--out", type=Path, default=Path("dcgan.png"), help="the picture of samples")
asked = words.parse_args()

# 1. The data, at a size that the networks can make: theirs is a small map of 3 to 7 points a side, doubled again and
#    again. 8 is 4 * 2, 28 is 7 * 2 * 2; of other sizes the next smaller one is taken, and no larger one than asked.
found = data.survey(asked.data)
size = dcgan.Generator.nearest_size(tuple(min(side, asked.largest) for side in found.size))
codec = ImageCodec(size=size, channels=found.channels)
source = data.open_source(asked.data, codec)
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

# 4. The recipe: the game, its networks, and the numbers. `fit` makes the networks for these pictures.
recipe = Recipe(
    name="dcgan-by-hand",
    game=game,
    networks=networks,
    batch_size=128,
    images=128 * asked.steps,
    learning_rate=2e-4,
    beta1=0.5,
    ema_half_life_images=5_000,
)
recipe = recipe.fit(codec.shape, labels=0)

# 5. The step plays one round of turns. In each turn it freezes the opponent (weights, batch-norm statistics), asks the
#    game for the terms of the player who moves, takes their gradient, and moves that player's weights. Then it moves
#    the *average* of the generator's weights a little: single steps of a GAN jump about, and pictures of an average of
#    the last few thousand images are much better than those of any one step.
backend = Backend()
step = backend.step(recipe, codec.shape, labels=0, seed=0)
for role, network in step.networks.items():
    print(f"{role}: {backend.parameter_count(network):,} numbers to learn", *backend.layers(network), sep="\n  ")

# 6. The feed gives the batches of a round: pictures and latents. All of its random numbers are functions of the seed
#    and of how many images were seen, so that a run that was broken off can go on exactly where it was.
draws = Draws(seed=0)
rounds = backend.feed(recipe, source, codec, draws, workers=0).rounds(images=0)

# 7. The loop. What the step returns are the terms of each player by name, as they would stand in a run's log.
images = 0
for number in range(1, asked.steps + 1):
    scalars = step(next(rounds), recipe.numbers(images), images)
    images += recipe.images_per_step
    if number % asked.every == 0 or number == asked.steps:
        told = "  ".join(f"{name} {float(value):.3f}" for name, value in scalars.items() if "/signal/" not in name)
        print(f"step {number:>6}  {told}", flush=True)
        # The averaged generator, with batch-norm statistics that were measured for the averaged weights.
        product = backend.product(step, recipe, draws, class_counts=())
        samples = backend.sample(product, draws.normal("grid/z", 0, 64, (100,)), None)
        save_png(asked.out, grid(codec.to_raw(samples)), Provenance(model="dcgan-by-hand"))

print(f"64 samples are in {asked.out}")

# `mulligan train mnist/ --recipe dcgan` is this loop, and around it: checkpoints and exact resume, scores with
# intervals, a watch that tells when training goes wrong, a log, a model file, a page with all of it.
