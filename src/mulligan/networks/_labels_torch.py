"""What every network with labels asks of them."""

import torch
from torch import Tensor, nn

from mulligan.errors import RecipeError


def needed(label: Tensor | None, labels: int) -> Tensor:
    """``label`` itself; a sentence where a network with ``labels`` classes was called without."""
    if label is None:
        raise RecipeError(
            f"This network knows {labels} classes and got no label; pass label=, integers 0 to {labels - 1}."
        )
    return label


def one_hot(label: Tensor | None, labels: int, like: Tensor) -> Tensor:
    """Labels as rows of zeros and a one, in the type of ``like``."""
    return nn.functional.one_hot(needed(label, labels), labels).to(like.dtype)  # [n, labels]


def projection(embedding: nn.Embedding, label: Tensor | None, features: Tensor) -> Tensor:
    """Inner product of features and the embedding of their label (Miyato & Koyama 2018, equation 8)."""
    return torch.sum(embedding(needed(label, embedding.num_embeddings)) * features, dim=1)  # [n]
