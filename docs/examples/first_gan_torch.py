"""A first GAN, step by step, in PyTorch.

    python first_gan_torch.py                             the embedded 8x8 digits, about a minute
    python first_gan_torch.py mnist/ --steps 20000        MNIST, from the folder with its four files

Two networks learn from each other. The *generator* turns random numbers into pictures. The *critic* looks at a picture
and gives it a score: high where it takes it for a real one, low where it takes it for one of the generator's. Nobody
tells the generator what a digit is: all it ever learns is how to change its pictures so that the critic scores them
higher. first_gan_keras.py is the same in TensorFlow; dcgan_torch.py goes on from here.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from mulligan import data
from mulligan.codecs import ImageCodec, Provenance, grid, save_png
from mulligan.networks import mlp
from mulligan.objectives import Play
from mulligan.objectives.nonsaturating import NonSaturating

words = argparse.ArgumentParser(description="A first GAN, step by step, in PyTorch.")
words.add_argument("data", nargs="?", default="digits", help="digits, or a path to pictures")
words.add_argument("--steps", type=int, default=3000)
words.add_argument("--every", type=int, default=300, help="steps between two status lines")
words.add_argument("--out", type=Path, default=Path("first_gan.png"), help="the picture of samples")
asked = words.parse_args()
torch.manual_seed(0)
random = np.random.default_rng(0)

# 1. The data. A codec says how files become arrays of one size. Whatever the source, a sample is uint8 [h, w, c], and
#    `to_float` brings it to the range from -1 to 1 that the networks work in.
found = data.survey(asked.data)
codec = ImageCodec(size=found.size, channels=found.channels)
source = data.open_source(asked.data, codec)
print(f"{len(source):,} pictures of shape {codec.shape}")

# 2. The networks. A spec is a few numbers that know no framework; `build` makes a module of it. The generator goes from
#    100 random numbers over 128, 256 and 512 to one number per pixel; the critic goes the same way back, to one score.
#    The last layer of both is linear: a score is no probability, and squeezing it into one would only lose precision.
height, width, channels = codec.shape
shape = {"size": (height, width), "channels": channels}
generator = mlp.Generator(latent=100, hidden=(128, 256, 512), **shape).build("torch")
critic = mlp.Critic(hidden=(512, 256, 128), **shape).build("torch")
print(generator, critic, sep="\n")

# 3. What each of them wants. The critic minimizes -log D(x) - log(1 - D(G(z))), where D is the sigmoid of its score: it
#    wants high scores for reals x and low ones for fakes G(z). The generator minimizes -log D(G(z)): it wants high
#    scores for its fakes. With softplus these are one short formula each, which no score can make overflow:
#    -log(sigmoid(score)) = softplus(-score). An objective returns them as named terms, one number per sample.
objective = NonSaturating()

# 4. Two optimizers, because two networks move, each against the other's wish. A smaller beta1 than usual, 0.5, lets
#    them forget sooner which way they went: what was right against the critic of a hundred steps ago is not any more.
adam = {"lr": 2e-4, "betas": (0.5, 0.999)}
generator_moves = torch.optim.Adam(generator.parameters(), **adam)
critic_moves = torch.optim.Adam(critic.parameters(), **adam)


def real_batch(count: int = 128) -> torch.Tensor:
    """Pictures from the data, [n, c, h, w] in [-1, 1]: PyTorch wants the channels first."""
    raw = source.read(random.integers(0, len(source), count))["real"]
    return torch.from_numpy(codec.to_float(raw)).permute(0, 3, 1, 2)


def latents(count: int = 128) -> torch.Tensor:
    """The random numbers that pictures are made from, [n, 100]."""
    return torch.from_numpy(random.standard_normal((count, 100), dtype=np.float32))


def step() -> tuple[float, float]:
    """One move of each player, on fresh pictures and fresh random numbers; returns both losses."""
    # 5. The critic's turn. `detach` cuts the fakes from the generator: this turn is not about changing it.
    real = real_batch()
    fake = generator(latents()).detach()
    play = Play(real=critic(real), fake=critic(fake), fake_samples=fake)
    critic_loss = sum(term.mean() for term in objective.critic_terms(play).values())
    critic_moves.zero_grad()
    critic_loss.backward()
    critic_moves.step()

    # 6. The generator's turn. Now the gradient flows through the critic into the generator: it says for each pixel
    #    which way it must change to be scored higher. Only the generator's optimizer steps; what lands in the critic's
    #    gradients on the way is thrown away by the next `zero_grad`.
    fake = generator(latents())
    play = Play(fake=critic(fake), fake_samples=fake)
    generator_loss = sum(term.mean() for term in objective.generator_terms(play).values())
    generator_moves.zero_grad()
    generator_loss.backward()
    generator_moves.step()
    return critic_loss.item(), generator_loss.item()


# 7. Training is nothing but many such steps. No loss of a GAN falls to zero: each player's rises as the other one gets
#    better. A critic that cannot tell the two apart has a loss of 2 log 2 = 1.386, and then the generator's is 0.693.
always_the_same = latents(64)
for number in range(1, asked.steps + 1):
    critic_loss, generator_loss = step()
    if number % asked.every == 0 or number == asked.steps:
        both = critic_loss + generator_loss
        print(f"step {number:>6}  critic {critic_loss:.3f}  generator {generator_loss:.3f}  sum {both:.3f}", flush=True)
        with torch.no_grad():
            samples = generator(always_the_same).permute(0, 2, 3, 1).numpy()
        save_png(asked.out, grid(codec.to_raw(samples)), Provenance(model="first GAN"))

print(f"64 samples are in {asked.out}")
