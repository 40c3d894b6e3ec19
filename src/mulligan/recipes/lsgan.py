"""LSGAN (Mao et al. 2017): least squares in place of cross-entropy."""

from dataclasses import replace

from mulligan.games.two_player import TwoPlayer
from mulligan.objectives.least_squares import LeastSquares
from mulligan.recipes.dcgan import recipe as dcgan

recipe = replace(
    dcgan,
    name="lsgan",
    about="DCGAN's networks with the least-squares loss, whose gradient does not fade far from the border.",
    expect="",
    game=TwoPlayer(LeastSquares(), shared_fakes=True),
)
