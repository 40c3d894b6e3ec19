"""InceptionV3 of 2015 (Szegedy et al. 2015), the network of published Frechet distances: weights and resizers."""

from mulligan.metrics.extractors._published import Published

SIZE = 299
# By their name on the command line, inception-NAME; without a name it is "clean".
RESIZERS = ("legacy", "torchmetrics", "unresized")
WEIGHTS = Published(
    title="InceptionV3",
    file="inception-2015-12-05",
    variable="MULLIGAN_INCEPTION",
    link="https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth"
    "#sha256=6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
    instead="type --extractor random_conv",
)
