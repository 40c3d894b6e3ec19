"""Conditional GAN (Mirza & Osindero 2014): draws the label that it is asked for."""

from dataclasses import replace

from mulligan.recipes.dcgan import recipe as dcgan

recipe = replace(
    dcgan,
    name="cgan",
    about="DCGAN that is told the label: an embedding joins z, the critic projects on it (Miyato & Koyama 2018).",
    expect="",
    labels=True,
)
