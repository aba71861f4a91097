"""Makes the patches of a batch from what was drawn, on the device that trains. Tensors are (b, ..., z, y, x)."""

from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .augment import BITE_VOXELS, ELASTIC_NODES
from .cases import CANAL, DISC, VERTEBRAE
from .presets import NetworkSpec
from .sampling import LOWEST, Draws
from .volumes import Volumes

COMPLETE_SHARE = 0.98
BLUR_REACH = 3
LOWEST_INTENSITY = -0.2


class Batch(NamedTuple):
    """`patch` (b, 3, z, y, x) image and memories, `target` vertebra, disc, canal; the rest says what is known of them.

    `class_weights` (b, 3) are 0 where a class was not annotated, `known` (b,) is 0 without a vertebra to judge for `complete`.
    """

    patch: Tensor
    target: Tensor
    class_weights: Tensor
    complete: Tensor
    known: Tensor


def make_patches(draws: Draws, volumes: Volumes, spec: NetworkSpec) -> Batch:
    """The same patches on the same kind of device for the same draws."""
    device = volumes.device
    there = Draws(*(each.to(device, non_blocking=True) for each in draws))
    image, labels = cut(draws, there, volumes, spec)
    lowest = lowest_in_view(labels)
    search = there.label == LOWEST
    label = torch.where(search, lowest, there.label)
    target = target_of(labels, label)
    case = there.case
    complete = is_complete(
        target[:, 0], image != spec.outside_value, volumes.voxels[case, label], volumes.complete[case, label], there.scale
    )
    # A search has found nothing yet: nothing is in memory, not even what a patch shows below the lowest vertebra.
    memories = memories_below(labels, label) & ~search[:, None, None, None, None]
    if bool(draws.shift.any()) or bool(draws.bites.any()):
        memories = perturbed(memories, there.shift, there.bites)
    image = vary(image, image != spec.outside_value, draws, there)
    return Batch(
        torch.cat([image[:, None], memories], dim=1).contiguous(memory_format=torch.channels_last_3d),
        target.float(),
        there.class_weights,
        complete.float(),
        _any(target[:, 0]).float(),
    )


def cut(draws: Draws, there: Draws, volumes: Volumes, spec: NetworkSpec) -> tuple[Tensor, Tensor]:
    """Image and labels (b, z, y, x) of deformed patches; the outside value, and no label, beyond volume and field of view."""
    index = positions(there, spec.patch_zyx, bent=bool(draws.nodes.any()))
    bounds = bounds_of(draws, spec.patch_zyx)
    taken = [volumes.sample(case, index[at], bounds[at]) for at, case in enumerate(draws.case.tolist())]
    image, labels = (torch.stack(each) for each in zip(*taken, strict=True))
    last = (volumes.sizes[there.case] - 1)[:, :, None, None, None]
    z = torch.arange(spec.patch_zyx[0], device=volumes.device)[None, :, None, None]
    low, high = (each[:, None, None, None] for each in there.view.unbind(1))
    inside = ((index >= 0) & (index <= last)).all(1) & (z >= low) & (z < high)
    return torch.where(inside, image, spec.outside_value), torch.where(inside, labels, 0)


def positions(draws: Draws, size: tuple[int, int, int], bent: bool) -> Tensor:
    """Continuous indices (b, 3, z, y, x) of the patches' voxels in their volumes."""
    device = draws.matrix.device
    z, y, x = (torch.arange(n, device=device) - (n - 1) / 2 for n in size)
    along = [draws.matrix[:, :, axis, None, None, None] for axis in range(3)]
    index = along[0] * z[:, None, None] + along[1] * y[:, None] + along[2] * x + draws.middle[:, :, None, None, None]
    if bent:
        field = draws.nodes
        for n in size:
            # One axis after the other, each turning to the end: three products instead of eight corners a voxel.
            field = torch.tensordot(field, _between_nodes(n, device), dims=([2], [1]))
        index = index + field
    return index


@cache
def _between_nodes(size: int, device: torch.device) -> Tensor:
    """Weights (size, ELASTIC_NODES) that interpolate linearly between nodes, the first and last on the outer voxels."""
    at = torch.linspace(0, ELASTIC_NODES - 1, size)
    return (1 - (at[:, None] - torch.arange(ELASTIC_NODES)).abs()).clamp(min=0).to(device)


def bounds_of(draws: Draws, size: tuple[int, int, int]) -> np.ndarray:
    """Lowest and highest indices (b, 2, 3) that patches may reach."""
    half = (torch.tensor(size) - 1) / 2
    reach = (draws.matrix.abs() @ half) + draws.nodes.abs().flatten(2).amax(2)
    return torch.stack([draws.middle - reach, draws.middle + reach], dim=1).numpy()


def lowest_in_view(labels: Tensor) -> Tensor:
    """The smallest vertebra label of each patch (b,); one above all where there is none."""
    vertebrae = torch.where((labels >= 1) & (labels < VERTEBRAE.stop), labels, VERTEBRAE.stop)
    return vertebrae.flatten(1).amin(1).long()


def memories_below(labels: Tensor, label: Tensor) -> Tensor:
    """Vertebra and disc memory (b, 2, z, y, x) when `label` is next: every vertebra and disc of a smaller number."""
    label = label[:, None, None, None]
    vertebrae = (labels >= 1) & (labels < label.clamp(max=VERTEBRAE.stop))
    return torch.stack([vertebrae, (labels > DISC) & (labels < DISC + label)], dim=1)


def target_of(labels: Tensor, label: Tensor) -> Tensor:
    """What is to be found (b, 3, z, y, x): the vertebra, the disc below it where the vertebra is in view, and the canal."""
    label = label[:, None, None, None]
    vertebra = (labels == label) & (label < VERTEBRAE.stop)
    disc = (labels == DISC + label) & _any(vertebra)[:, None, None, None]
    return torch.stack([vertebra, disc, labels == CANAL], dim=1)


def is_complete(found: Tensor, imaged: Tensor, voxels: Tensor, whole: Tensor, scale: Tensor) -> Tensor:
    """Whether at least 98 % of a vertebra, itself completely imaged (`whole`), is in the patch (b,).

    A vertebra that touches neither the patch's border nor the end of the image is all there; counting voxels of a deformed
    patch would be off by more than the 2 %.
    """
    count = found.flatten(1).sum(1)
    touching = torch.stack([_any(found.select(axis, end)) for axis in (1, 2, 3) for end in (0, -1)]).any(0)
    slices, rows = found.flatten(2).any(2), imaged.flatten(2).any(2)  # (b, z)
    last = slices.shape[1] - 1
    low = slices.int().argmax(1)
    high = last - slices.flip(1).int().argmax(1)
    around = torch.stack([(low - 1).clamp(min=0), (high + 1).clamp(max=last)], dim=1)
    inner = ~touching & rows.gather(1, around).all(1)
    return whole & (count > 0) & (inner | (count * scale >= COMPLETE_SHARE * voxels))


def _any(mask: Tensor) -> Tensor:
    return mask.flatten(1).any(1)


def perturbed(memories: Tensor, shift: Tensor, bites: Tensor) -> Tensor:
    """Memories moved by whole voxels, without coming in at the other side, and with bites taken out."""
    size = memories.shape[2:]
    device = memories.device
    source = [torch.arange(n, device=device) - shift[..., axis, None] for axis, n in enumerate(size)]  # (b, 2, n) each
    shapes = [(*each.shape[:2], *(-1 if at == axis else 1 for at in range(3))) for axis, each in enumerate(source)]
    inside = [((each >= 0) & (each < n)).view(shape) for each, n, shape in zip(source, size, shapes, strict=True)]
    z, y, x = (each.clamp(0, n - 1).view(shape) for each, n, shape in zip(source, size, shapes, strict=True))
    batch = torch.arange(len(memories), device=device).view(-1, 1, 1, 1, 1)
    channel = torch.arange(2, device=device).view(1, -1, 1, 1, 1)
    moved = memories[batch, channel, z, y, x] & inside[0] & inside[1] & inside[2]
    for axis in (2, 3, 4):
        bites = bites.repeat_interleave(BITE_VOXELS, axis)
    return moved & ~bites[:, :, : size[0], : size[1], : size[2]]


def vary(image: Tensor, inside: Tensor, draws: Draws, there: Draws) -> Tensor:
    """Blur, gamma, gain, a bias field, offset and noise on the inside voxels; the outside keeps its value."""
    varied, _, gamma, gain, offset, noise = (each[:, None, None, None] for each in there.intensity.unbind(1))
    if not bool(draws.intensity[:, 0].any()):
        return image
    out = blurred(image, there.intensity[:, 1]) if bool(draws.intensity[:, 1].any()) else image
    out = (out.clamp(min=LOWEST_INTENSITY) - LOWEST_INTENSITY) ** gamma
    out = out * gain * bias_field(there.bias, image.shape[1:]) + LOWEST_INTENSITY + offset
    if bool(draws.intensity[:, 5].any()):
        generator = torch.Generator(image.device).manual_seed(int(draws.noise_seed[0]))
        out = out + noise * torch.randn(image.shape, generator=generator, device=image.device)
    return torch.where(inside & (varied > 0), out, image)


def blurred(image: Tensor, sigma: Tensor) -> Tensor:
    """Each image (b, z, y, x) with a Gaussian of its own standard deviation in voxels, 0 for none."""
    at = torch.arange(-BLUR_REACH, BLUR_REACH + 1, device=image.device)
    weights = torch.exp(-0.5 * (at / sigma.clamp(min=1e-3)[:, None]) ** 2)
    weights = weights / weights.sum(1, keepdim=True)  # (b, 7)
    out = image[None]
    for axis in (2, 3, 4):
        shape = [1, 1, 1]
        shape[axis - 2] = -1
        pad = [0] * 6
        pad[2 * (4 - axis)] = pad[2 * (4 - axis) + 1] = BLUR_REACH
        out = F.conv3d(F.pad(out, pad, mode="replicate"), weights.view(len(image), 1, *shape), groups=len(image))
    return out[0]


def bias_field(bias: Tensor, size: tuple[int, ...]) -> Tensor:
    """exp of a random quadratic per axis, multiplied over the axes (b, z, y, x)."""
    lines = []
    for axis, n in enumerate(size):
        t = torch.linspace(-1, 1, n, device=bias.device)
        line = bias[:, axis, :1] * t + bias[:, axis, 1:] * t * t  # (b, n)
        lines.append(line.view(-1, *(n if at == axis else 1 for at in range(3))))
    return torch.exp(lines[0] + lines[1] + lines[2])
