"""The training volumes where patches are made from them: on the GPU when they fit, else in mapped files."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .cases import VERTEBRAE, WorkingCase

# Of the GPU's free memory; the rest is the network's.
GPU_SHARE = 0.4


@dataclass(frozen=True)
class Part:
    """A box of a volume on the device: image float32 and labels uint8 (z, y, x), and where in the volume it begins."""

    image: Tensor
    labels: Tensor
    start: tuple[int, int, int]


class Volumes:
    """Images and labels of cases, what is known of their vertebrae, and values at any positions in them."""

    def __init__(self, cases: list[WorkingCase], device: torch.device):
        self.device = device
        self.sizes = torch.tensor([each.labels.shape for each in cases], device=device)
        self._parts = [Part(torch.from_numpy(each.image), torch.from_numpy(each.labels), (0, 0, 0)) for each in cases]
        self.whole = device.type == "cpu" or fits(sum(each.image.nbytes + each.labels.nbytes for each in cases), device)
        if self.whole:
            self._parts = [Part(each.image.to(device), each.labels.to(device), each.start) for each in self._parts]
        known = torch.zeros((2, len(cases), VERTEBRAE.stop + 1))
        for at, case in enumerate(cases):
            for label, vertebra in case.vertebrae.items():
                known[0, at, label], known[1, at, label] = vertebra.voxels, vertebra.complete
        known = known.to(device)
        self.voxels, self.complete = known[0], known[1] > 0  # (cases, label)

    def sample(self, case: int, index: Tensor, bounds: np.ndarray) -> tuple[Tensor, Tensor]:
        """Image (linear) and labels (nearest) at positions (3, z, y, x), within `bounds` (2, 3); beyond the volume, its edge."""
        part = self._near(case, bounds)
        size = part.labels.shape
        positions = [index[axis] - part.start[axis] for axis in range(3)]
        # grid_sample wants (x, y, z) from -1 to 1.
        scaled = [2 * positions[axis] / max(size[axis] - 1, 1) - 1 for axis in (2, 1, 0)]
        grid = torch.stack(scaled, dim=-1)[None]
        image = F.grid_sample(part.image[None, None], grid, mode="bilinear", padding_mode="border", align_corners=True)[0, 0]
        z, y, x = ((positions[axis] + 0.5).floor().long().clamp(0, size[axis] - 1) for axis in range(3))
        return image, part.labels.reshape(-1)[(z * size[1] + y) * size[2] + x]

    def _near(self, case: int, bounds: np.ndarray) -> Part:
        """The part of a volume around `bounds`; all of it where it is on the device already."""
        part = self._parts[case]
        if self.whole:
            return part
        last = np.array(part.labels.shape) - 1
        low = np.clip(np.floor(bounds[0]).astype(int) - 1, 0, last)
        high = np.clip(np.ceil(bounds[1]).astype(int) + 1, 0, last) + 1
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        image, labels = (each[box].contiguous().to(self.device, non_blocking=True) for each in (part.image, part.labels))
        return Part(image, labels, tuple(int(each) for each in low))


def fits(size: int, device: torch.device) -> bool:
    return size <= GPU_SHARE * torch.cuda.mem_get_info(device)[0]
