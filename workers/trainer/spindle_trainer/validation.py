"""Patch-wise Dice on validation patients: reported, never trained on."""

import numpy as np
import torch

from .cases import WorkingCase
from .job import CLASSES
from .model import IisNetwork
from .presets import NetworkSpec
from .sampling import Sample, Sampler

PATCHES = 24
VALIDATION_SEED = 7


def validation_patches(cases: list[WorkingCase], spec: NetworkSpec) -> list[Sample]:
    """The same undeformed patches at every interval and in every run of one validation set; none without such cases."""
    held_out = [each for each in cases if each.case.split == "validation"]
    if not held_out:
        return []
    sampler = Sampler(held_out, spec, VALIDATION_SEED, augmented=False)
    return [sampler.sample(number) for number in range(PATCHES)]


def patch_dice(network: IisNetwork, patches: list[Sample], device: torch.device) -> dict[str, float | None]:
    """Dice per class over all voxels of the patches together; None where a class is in neither truth nor prediction."""
    overlap, total, truth = np.zeros(3), np.zeros(3), np.zeros(3)
    for each in patches:
        with torch.no_grad():
            logits, _ = network(torch.from_numpy(each.patch)[None].to(device))
        found = (logits[0] > 0).cpu().numpy() * each.class_weights[:, None, None, None]
        wanted = each.target * each.class_weights[:, None, None, None]
        overlap += (found * wanted).sum((1, 2, 3))
        total += found.sum((1, 2, 3)) + wanted.sum((1, 2, 3))
        truth += wanted.sum((1, 2, 3))
    return {
        name: round(float(2 * overlap[at] / total[at]), 4) if truth[at] > 0 else None
        for at, name in enumerate(CLASSES)
    }
