"""What networks make of labels."""

import torch
from torch import Tensor, nn

from mulligan.networks._labels import needed


def one_hot(label: Tensor | None, labels: int, like: Tensor) -> Tensor:
    """Labels as rows of zeros and a one, in the type of ``like``."""
    return nn.functional.one_hot(needed(label, labels), labels).to(like.dtype)  # [n, labels]


def projection(embedding: nn.Embedding, label: Tensor | None, features: Tensor) -> Tensor:
    """Inner product of features and the embedding of their label (Miyato & Koyama 2018, equation 8)."""
    return torch.sum(embedding(needed(label, embedding.num_embeddings)) * features, dim=1)  # [n]
