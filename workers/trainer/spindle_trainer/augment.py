"""Draws how a training patch is changed, as another patient, scanner or field of view would change it.

Numbers only: patches.py applies them. Axes are (z, y, x) throughout.
"""

from typing import NamedTuple

import numpy as np

ROTATION_DEGREES = 10.0
SCALE = 0.15
ELASTIC_MM = 3.0
ELASTIC_NODES = 4
BITE_VOXELS = 4


class Deformation(NamedTuple):
    """Where a patch's voxels lie in the volume: v at `matrix` @ (v - middle of the patch) + `middle` + the field of `nodes`.

    `nodes` (3, k, k, k) are displacements in voxels, interpolated linearly; `scale` is the volume of a voxel of the patch.
    """

    matrix: np.ndarray
    middle: np.ndarray
    nodes: np.ndarray
    scale: float


class Intensity(NamedTuple):
    """`varied` 0 leaves an image as it is; `blur` is in voxels (1 s.d.), `bias` (3, 2) linear and quadratic per axis."""

    varied: float
    blur: float
    gamma: float
    gain: float
    offset: float
    noise: float
    bias: np.ndarray


class Perturbation(NamedTuple):
    """Of both memories: voxels they are moved by (2, 3), and which of their blocks of BITE_VOXELS are bitten out (2, z, y, x)."""

    shift: np.ndarray
    bites: np.ndarray


def deformation(
    centre: np.ndarray, size: tuple[int, int, int], spacing_zyx: np.ndarray, rng: np.random.Generator | None
) -> Deformation:
    """A patch of `size` around `centre`; deformed by rotation, scaling, left-right flip and an elastic field unless rng is None.

    The undeformed patch covers the voxels from round(centre) - size // 2 on, as a segmenter cuts it.
    """
    start = np.floor(centre + 0.5) - np.array(size) // 2
    middle = start + (np.array(size) - 1) / 2
    nodes = np.zeros((3, *(ELASTIC_NODES,) * 3))
    if rng is None:
        return Deformation(np.eye(3), middle, nodes, 1.0)
    # Rotations happen in millimetres: indices are scaled to mm and back.
    matrix = _affine(rng) * spacing_zyx[None, :] / spacing_zyx[:, None]
    if rng.random() < 0.5:
        nodes = rng.normal(0, ELASTIC_MM, nodes.shape) / spacing_zyx[:, None, None, None]
    return Deformation(matrix, middle, nodes, float(abs(np.linalg.det(matrix))))


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


def intensity(rng: np.random.Generator | None) -> Intensity:
    """Gain, offset, gamma, a bias field, noise and blur; the field is about 0.7 to 1.4."""
    if rng is None:
        return Intensity(0.0, 0.0, 1.0, 1.0, 0.0, 0.0, np.zeros((3, 2)))
    return Intensity(
        varied=1.0,
        blur=rng.uniform(0.3, 0.8) if rng.random() < 0.2 else 0.0,
        gamma=rng.uniform(0.7, 1.4),
        gain=rng.uniform(0.8, 1.25),
        offset=rng.uniform(-0.1, 0.1),
        noise=rng.uniform(0, 0.08) if rng.random() < 0.7 else 0.0,
        bias=rng.normal(0, [0.12, 0.08], (3, 2)),
    )


def perturbation(size: tuple[int, int, int], rng: np.random.Generator | None) -> Perturbation:
    """Memories as a network would have written them: half as they are, else shifted by up to a voxel, half of those bitten."""
    shift = np.zeros((2, 3), np.int64)
    bites = np.zeros((2, *(-(-n // BITE_VOXELS) for n in size)), bool)
    for at in range(2 if rng else 0):
        kind = rng.random()
        if kind >= 0.5:
            shift[at] = rng.integers(-1, 2, 3)
        if kind >= 0.75:
            bites[at] = rng.random(bites.shape[1:]) < 0.12
    return Perturbation(shift, bites)
