"""What the network is trained to make small. Shapes: logits and targets (b, 3, z, y, x), class weights (b, 3)."""

import torch
from torch import Tensor
from torch.nn import functional as F

BORDER_GAIN = 3.0
DICE_SMOOTH = 20.0


def dice_loss(logits: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    """Soft Dice loss of each sample and class plus cross-entropy weighted towards borders, averaged over known classes."""
    axes = (2, 3, 4)
    probability = torch.sigmoid(logits)
    overlap = (probability * target).sum(axes)
    total = probability.sum(axes) + target.sum(axes)
    dice = 1 - (2 * overlap + DICE_SMOOTH) / (total + DICE_SMOOTH)  # (b, 3)
    border = border_weights(target)
    entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    entropy = (entropy * border).sum(axes) / border.sum(axes)
    return ((dice + 2 * entropy) * weights).sum() / weights.sum().clamp(min=1)


def border_weights(target: Tensor) -> Tensor:
    """1 + BORDER_GAIN within one voxel of a structure's border, 1 elsewhere."""
    near = F.max_pool3d(target, 3, stride=1, padding=1) + F.max_pool3d(-target, 3, stride=1, padding=1)
    return 1 + BORDER_GAIN * near


def completeness_loss(logits: Tensor, complete: Tensor, known: Tensor) -> Tensor:
    """Cross-entropy over the samples that show a vertebra to judge; all (b,)."""
    entropy = F.binary_cross_entropy_with_logits(logits, complete, reduction="none")
    return (entropy * known).sum() / known.sum().clamp(min=1)


LOSSES = {"dice": lambda logits, target, weights, step: dice_loss(logits, target, weights)}
