"""Patch-wise Dice on validation patients: reported, never trained on."""

import torch

from .cases import WorkingCase
from .job import CLASSES
from .model import IisNetwork
from .patches import Batch, make_patches
from .presets import NetworkSpec
from .sampling import Sampler
from .volumes import Volumes

PATCHES = 24
VALIDATION_SEED = 7


class HeldOut:
    """The same undeformed patches at every interval and in every run of one validation set; none without such cases."""

    def __init__(self, cases: list[WorkingCase], spec: NetworkSpec, device: torch.device):
        held_out = [each for each in cases if each.case.split == "validation"]
        self._sampler = Sampler(held_out, spec, VALIDATION_SEED, augmented=False)
        self._volumes = Volumes(held_out, device) if held_out else None

    def __len__(self) -> int:
        return PATCHES if self._volumes else 0

    def __getitem__(self, number: int) -> Batch:
        if number >= len(self):
            raise IndexError(number)
        return make_patches(self._sampler.draw(range(number, number + 1)), self._volumes, self._sampler.spec)


def patch_dice(network: IisNetwork, patches: HeldOut) -> dict[str, float | None]:
    """Dice per class over all voxels of the patches together; None where a class is in neither truth nor prediction."""
    overlap, total, truth = (0.0, 0.0, 0.0)
    for each in patches:
        with torch.no_grad():
            logits, _ = network(each.patch)
        weights = each.class_weights[0, :, None, None, None]
        found, wanted = (logits[0] > 0) * weights, each.target[0] * weights
        overlap = overlap + (found * wanted).sum((1, 2, 3)).double()
        total = total + (found.sum((1, 2, 3)) + wanted.sum((1, 2, 3))).double()
        truth = truth + wanted.sum((1, 2, 3)).double()
    dice, there = (2 * overlap / total).tolist(), (truth > 0).tolist()
    return {name: round(dice[at], 4) if there[at] else None for at, name in enumerate(CLASSES)}
