"""What the network is trained to make small. Shapes: logits and targets (b, 3, z, y, x), class weights (b, 3)."""

import math

import numpy as np
import torch
from scipy.ndimage import binary_erosion, distance_transform_edt, find_objects
from torch import Tensor
from torch.nn import functional as F

BORDER_GAIN = 3.0
DICE_SMOOTH = 20.0

# The published loss: weight 1 + 8 exp(-d^2 / 36), and the weight of false positives over the steps.
PAPER_BORDER_GAIN = 8.0
PAPER_BORDER_SCALE = 36.0
PAPER_BORDER_REACH = 24  # voxels; beyond, the weight is 1 to within 1e-6
FALSE_POSITIVE_FIRST, FALSE_POSITIVE_LAST = 0.1, 1.0
FALSE_POSITIVE_MIDDLE, FALSE_POSITIVE_SLOPE = 50_000, 10_000


def dice_loss(logits: Tensor, target: Tensor, weights: Tensor, _step: int) -> Tensor:
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
    return 1 + BORDER_GAIN * (_dilated(target) + _dilated(-target))


def _dilated(values: Tensor) -> Tensor:
    """The largest of each voxel's 27 neighbours inside the volume, axis by axis: on a CPU a fifth of what max_pool3d takes."""
    for axis in (2, 3, 4):
        size = values.shape[axis]
        out = values.clone()
        lower, upper = out.narrow(axis, 0, size - 1), out.narrow(axis, 1, size - 1)
        torch.maximum(lower, values.narrow(axis, 1, size - 1), out=lower)
        torch.maximum(upper, values.narrow(axis, 0, size - 1), out=upper)
        values = out
    return values


def paper_loss(logits: Tensor, target: Tensor, weights: Tensor, step: int) -> Tensor:
    """The published loss: per class the sum over voxels of w (beta FP + FN), soft, plus the mean cross-entropy.

    Summed over known classes, averaged over the batch. beta depends on the step alone, so a resumed run goes on with it.
    """
    axes = (2, 3, 4)
    probability = torch.sigmoid(logits)
    false_positive, false_negative = probability * (1 - target), (1 - probability) * target
    border = torch.from_numpy(paper_border_weights(target.cpu().numpy())).to(logits)
    errors = (border * (false_positive_weight(step) * false_positive + false_negative)).sum(axes)  # (b, 3)
    entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none").mean(axes)
    return ((errors + entropy) * weights).sum() / len(logits)


def false_positive_weight(step: int) -> float:
    """beta: rises from 0.1 to 1 along a sigmoid with its middle at step 50,000."""
    rise = 1 / (1 + math.exp(-(step - FALSE_POSITIVE_MIDDLE) / FALSE_POSITIVE_SLOPE))
    return FALSE_POSITIVE_FIRST + (FALSE_POSITIVE_LAST - FALSE_POSITIVE_FIRST) * rise


def paper_border_weights(target: np.ndarray) -> np.ndarray:
    """1 + 8 exp(-d^2 / 36) per sample and class (b, 3, z, y, x); d in voxels to the nearest voxel of the structure's border.

    The border is what a 6-connected erosion takes off. Without the structure the weight is 1 everywhere.
    """
    out = np.ones(target.shape, np.float32)
    for sample, channel in np.ndindex(target.shape[:2]):
        mask = target[sample, channel] > 0.5
        box = next(iter(find_objects(mask.astype(np.uint8))), None)
        if box is None:
            continue
        near = tuple(slice(max(side.start - PAPER_BORDER_REACH, 0), side.stop + PAPER_BORDER_REACH) for side in box)
        part = mask[near]
        distance = distance_transform_edt(~(part & ~binary_erosion(part)))
        out[sample, channel][near] += PAPER_BORDER_GAIN * np.exp(-(distance**2) / PAPER_BORDER_SCALE)
    return out


def completeness_loss(logits: Tensor, complete: Tensor, known: Tensor) -> Tensor:
    """Cross-entropy over the samples that show a vertebra to judge; all (b,)."""
    entropy = F.binary_cross_entropy_with_logits(logits, complete, reduction="none")
    return (entropy * known).sum() / known.sum().clamp(min=1)


LOSSES = {"dice": dice_loss, "paper": paper_loss}
