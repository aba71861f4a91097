"""Changes a training patch as another patient, scanner or field of view would. All arrays are (z, y, x)."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

ROTATION_DEGREES = 10.0
SCALE = 0.15
ELASTIC_MM = 3.0
ELASTIC_NODES = 4


@dataclass(frozen=True)
class Placement:
    """Where a patch's voxels lie in the volume: continuous indices (3, z, y, x), and the volume scale of the map."""

    index: np.ndarray
    scale: float


def placement(
    centre: np.ndarray, size: tuple[int, int, int], spacing_zyx: np.ndarray, rng: np.random.Generator | None
) -> Placement:
    """A patch of `size` around `centre`; deformed by rotation, scaling, left-right flip and an elastic field unless rng is None.

    The undeformed patch covers the voxels from round(centre) - size // 2 on, as a segmenter cuts it.
    """
    start = np.floor(centre + 0.5) - np.array(size) // 2
    if rng is None:
        steps = np.stack(np.meshgrid(*(np.arange(n) for n in size), indexing="ij")).astype(np.float32)  # (3, z, y, x)
        return Placement(steps + start[:, None, None, None].astype(np.float32), 1.0)
    middle = start + (np.array(size) - 1) / 2
    matrix = _affine(rng)
    # Rotations happen in millimetres: indices are scaled to mm and back.
    matrix = matrix * spacing_zyx[None, :] / spacing_zyx[:, None]
    z, y, x = (np.arange(n) - (n - 1) / 2 for n in size)
    rows = [m[0] * z[:, None, None] + m[1] * y[:, None] + m[2] * x + at for m, at in zip(matrix, middle, strict=True)]
    index = np.stack(rows).astype(np.float32)
    if rng.random() < 0.5:
        index += _elastic(size, spacing_zyx, rng)
    return Placement(index, float(abs(np.linalg.det(matrix))))


def _affine(rng: np.random.Generator) -> np.ndarray:
    angles = np.deg2rad(rng.uniform(-ROTATION_DEGREES, ROTATION_DEGREES, 3) * [0.5, 0.5, 1.0])
    matrix = np.eye(3)
    for (a, b), angle in zip(((1, 2), (0, 2), (0, 1)), angles, strict=True):  # the last is in the sagittal plane
        turn = np.eye(3)
        turn[a, a] = turn[b, b] = np.cos(angle)
        turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
        matrix = turn @ matrix
    flip = -1.0 if rng.random() < 0.5 else 1.0
    scales = (1 + rng.uniform(-SCALE, SCALE)) * (1 + rng.uniform(-SCALE / 2, SCALE / 2, 3)) * [1, 1, flip]
    return matrix * scales[None, :]


def _elastic(size: tuple[int, int, int], spacing_zyx: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A smooth displacement field in voxels: noise at a few nodes, interpolated; ELASTIC_MM is the nodes' standard deviation."""
    nodes = rng.normal(0, ELASTIC_MM, (3, *(ELASTIC_NODES,) * 3)) / spacing_zyx[:, None, None, None]
    nodes = nodes.astype(np.float32)
    for n in size:
        # One axis after the other, each turning to the end: three products instead of eight corners a voxel.
        nodes = np.tensordot(nodes, _between_nodes(n), axes=(1, 1))  # (3, k, k, k) -> ... -> (3, z, y, x)
    return nodes


@cache
def _between_nodes(size: int) -> np.ndarray:
    """Weights (size, ELASTIC_NODES) that interpolate linearly between nodes, the first and last on the outer voxels."""
    at = np.linspace(0, ELASTIC_NODES - 1, size)
    return np.maximum(1 - np.abs(at[:, None] - np.arange(ELASTIC_NODES)), 0).astype(np.float32)


def take(volume: np.ndarray, index: np.ndarray, order: int, outside: float) -> np.ndarray:
    """Values of `volume` at continuous indices (3, ...); `outside` beyond its voxel centres. order 0 nearest, 1 linear."""
    low = np.maximum(np.floor(index.reshape(3, -1).min(axis=1)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(index.reshape(3, -1).max(axis=1)).astype(int) + 2, volume.shape)
    if (low >= high).any():
        return np.full(index.shape[1:], outside, volume.dtype)
    part = np.ascontiguousarray(volume[low[0] : high[0], low[1] : high[1], low[2] : high[2]])
    shifted = index - low[:, None, None, None].astype(np.float32)
    return map_coordinates(part, shifted, order=order, mode="constant", cval=outside)


def vary_intensity(image: np.ndarray, inside: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Gain, offset, gamma, a bias field, noise and blur on the inside voxels; the outside keeps its value."""
    out = image
    if rng.random() < 0.2:
        out = gaussian_filter(out, rng.uniform(0.3, 0.8))
    out = np.clip(out, -0.2, None) + 0.2
    out = out ** rng.uniform(0.7, 1.4)
    out = out * rng.uniform(0.8, 1.25) * _bias_field(image.shape, rng) - 0.2 + rng.uniform(-0.1, 0.1)
    if rng.random() < 0.7:
        out = out + rng.normal(0, rng.uniform(0, 0.08), image.shape)
    return np.where(inside, out, image).astype(np.float32)


def _bias_field(size: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """exp of a random quadratic per axis, multiplied over the axes; about 0.7 to 1.4."""
    field = np.ones(size, np.float32)
    for axis, n in enumerate(size):
        t = np.linspace(-1, 1, n)
        line = np.exp(rng.normal(0, 0.12) * t + rng.normal(0, 0.08) * t * t).astype(np.float32)
        field = field * line.reshape([n if a == axis else 1 for a in range(3)])
    return field


def perturb_memory(memory: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A memory as a network would have written it: shifted by up to a voxel, with bites taken out."""
    kind = rng.random()
    if kind < 0.5:
        return memory
    out = moved(memory, rng.integers(-1, 2, 3))
    if kind < 0.75:
        return out
    coarse = rng.random([n // 4 + 1 for n in memory.shape]) < 0.12
    bites = coarse.repeat(4, 0).repeat(4, 1).repeat(4, 2)[: memory.shape[0], : memory.shape[1], : memory.shape[2]]
    return out * ~bites


def moved(mask: np.ndarray, by: np.ndarray) -> np.ndarray:
    """The mask shifted by whole voxels; what comes in from beyond its border is false."""
    out = np.zeros_like(mask)
    to = tuple(slice(max(step, 0), n + min(step, 0)) for step, n in zip(by, mask.shape, strict=True))
    of = tuple(slice(max(-step, 0), n + min(-step, 0)) for step, n in zip(by, mask.shape, strict=True))
    out[to] = mask[of]
    return out
