"""How good samples are: formulas on numpy features, extractors that make the features, and numbers with their protocol.

    extractor = open_extractor("auto", some_real_pictures)
    for line in score(real_batches, fake_batches, extractor, real_name="digits train"):
        print(line)

Importing this loads no tensor library; ``open_extractor`` loads the one that it is asked for.
"""

from mulligan.metrics._cache import FeatureCache, features_key
from mulligan.metrics._catalogue import Measure, measures
from mulligan.metrics._estimate import Estimate
from mulligan.metrics._features import Extractor, Features, extract
from mulligan.metrics._score import Score
from mulligan.metrics._scoring import fitting, score, score_features
from mulligan.metrics.extractors import open_extractor

__all__ = [
    "Estimate",
    "Extractor",
    "FeatureCache",
    "Features",
    "Measure",
    "Score",
    "extract",
    "features_key",
    "fitting",
    "measures",
    "open_extractor",
    "score",
    "score_features",
]
