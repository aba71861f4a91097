"""Brings images and masks to a network's working grid, exactly as NetworkSpec in core/trainer-contract.ts defines it.

The working grid is axis-aligned LPS (x right to left, y front to back, z feet to head); arrays are (z, y, x).
"""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from scipy.ndimage import gaussian_filter1d, map_coordinates

from .mha import Grid, Volume
from .presets import NetworkSpec

# Absorbs rounding where the extent is a whole number of steps.
STEP_TOLERANCE = 1e-6
# Points sampled at once: bounds the memory of the coordinates.
CHUNK_VOXELS = 2_000_000


@dataclass(frozen=True)
class WorkingGrid:
    """Voxel (0, 0, 0) lies at `origin_lps_mm`; size and spacing are in (x, y, z)."""

    size: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    origin_lps_mm: np.ndarray


def working_grid(grid: Grid, spacing_mm: tuple[float, float, float]) -> WorkingGrid:
    """The axis-aligned bounding box of all voxel centres, from its minimum corner, at `spacing_mm` (x, y, z)."""
    last = np.array(grid.size) - 1
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) * last
    points = grid.points(corners)  # (8, 3)
    low, high = points.min(axis=0), points.max(axis=0)
    size = np.floor((high - low) / np.array(spacing_mm) + STEP_TOLERANCE).astype(int) + 1
    return WorkingGrid(tuple(int(n) for n in size), tuple(spacing_mm), low)


def resample_image(image: Volume, spec: NetworkSpec) -> np.ndarray:
    """The normalised image on its working grid, float32 (z, y, x); `outside_value` where the source does not reach."""
    source = image.voxels.astype(np.float32)
    for axis, sigma in enumerate(smoothing_sigmas(image.grid, spec.spacing_mm)):
        if sigma > 0:
            source = gaussian_filter1d(source, sigma, axis=2 - axis, mode="nearest", truncate=4.0)
    target = working_grid(image.grid, spec.spacing_mm)
    out = np.empty(target.size[::-1], np.float32)
    inside = np.empty(target.size[::-1], bool)
    for slab, index, within in _slabs(image.grid, target):
        out[slab] = map_coordinates(source, index[::-1], order=1, mode="nearest").reshape(out[slab].shape)
        inside[slab] = within.reshape(inside[slab].shape)
    return normalise(out, inside, spec)


def resample_mask(mask: Volume, spacing_mm: tuple[float, float, float]) -> np.ndarray:
    """The nearest label at each working voxel centre, uint8 (z, y, x); 0 outside. 101-125 become 1-25."""
    target = working_grid(mask.grid, spacing_mm)
    out = np.zeros(target.size[::-1], np.uint8)
    last = np.array(mask.grid.size)[:, None] - 1
    for slab, index, within in _slabs(mask.grid, target):
        x, y, z = np.clip(np.floor(index + 0.5).astype(np.intp), 0, last)
        labels = np.where(within, mask.voxels[z, y, x], 0)
        labels = np.where((labels > 100) & (labels <= 125), labels - 100, labels)
        out[slab] = labels.reshape(out[slab].shape).astype(np.uint8)
    return out


def normalise(values: np.ndarray, inside: np.ndarray, spec: NetworkSpec) -> np.ndarray:
    """Maps the 5th percentile of the inside voxels to 0 and the 95th to 1, clips, and sets the rest to the outside value.

    A constant image becomes 0. Raises ValueError when no voxel is inside.
    """
    if not inside.any():
        raise ValueError("expected a voxel centre of the working grid inside the image, got none")
    p5, p95 = np.percentile(values[inside], [5, 95])
    scaled = (values - p5) / max(p95 - p5, 1e-6)
    return np.where(inside, np.clip(scaled, spec.clip_min, spec.clip_max), spec.outside_value).astype(np.float32)


def smoothing_sigmas(grid: Grid, spacing_mm: tuple[float, float, float]) -> list[float]:
    """Per source axis (x, y, z), in source voxels: half the ratio of target to source spacing where that exceeds 1, else 0."""
    ratios = [spacing_mm[lps] / grid.spacing_mm[axis] for axis, lps in enumerate(closest_lps_axes(grid))]
    return [0.5 * ratio if ratio > 1 else 0.0 for ratio in ratios]


def closest_lps_axes(grid: Grid) -> tuple[int, ...]:
    """For each index axis the patient axis it is closest to; all differ: the assignment with the largest sum of cosines."""
    cosines = np.abs(grid.direction)  # rows LPS, columns index axes
    best, best_fit = (0, 1, 2), -1.0
    for axes in permutations(range(3)):
        fit = sum(cosines[lps, axis] for axis, lps in enumerate(axes))
        if fit > best_fit + 1e-12:
            best, best_fit = axes, fit
    return best


def _slabs(source: Grid, target: WorkingGrid):
    """Yields (slab of z, continuous source indices (3, n) in x, y, z, whether each lies inside the source)."""
    nx, ny, nz = target.size
    thickness = max(1, CHUNK_VOXELS // (nx * ny))
    last = np.array(source.size)[:, None] - 0.5
    for low in range(0, nz, thickness):
        high = min(low + thickness, nz)
        z, y, x = np.meshgrid(np.arange(low, high), np.arange(ny), np.arange(nx), indexing="ij")
        index = np.stack([x.ravel(), y.ravel(), z.ravel()]).astype(np.float64)  # (3, n)
        offset = index * np.array(target.spacing_mm)[:, None] + (target.origin_lps_mm - source.origin_lps_mm)[:, None]
        source_index = (source.direction.T @ offset) / source.spacing_mm[:, None]
        within = ((source_index >= -0.5) & (source_index <= last)).all(axis=0)
        yield slice(low, high), source_index, within
