"""Writes working-grid.json: small images and what scipy makes of them on a network's working grid.

Independent of the TypeScript under test: numpy and scipy only, after the definition in core/trainer-contract.ts.
Run: python make_working_grid_golden.py  (numpy, scipy)
"""

import base64
import itertools
import json
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

SPEC = {"spacingMm": [4.0, 3.0, 3.0], "outsideValue": -1.5, "clipMin": -1.0, "clipMax": 2.0}


def rotation(rx, ry, rz):
    cx, sx, cy, sy, cz, sz = np.cos(rx), np.sin(rx), np.cos(ry), np.sin(ry), np.cos(rz), np.sin(rz)
    x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return z @ y @ x


# Columns are the x, y, z index axes in LPS. PIR: x goes back, y goes down, z goes right.
PIR = np.array([[0, 0, -1], [1, 0, 0], [0, -1, 0]], float)
GRIDS = {
    "lps-finer-in-plane": ([9, 26, 30], [4.4, 1.1, 0.9], [-20, 5, -100], np.eye(3)),
    "oblique-pir": ([30, 28, 9], [0.8, 1.25, 3.3], [12.5, -40.25, 60.0], rotation(0.12, -0.2, 0.3) @ PIR),
    "pir": ([24, 31, 8], [1.0, 1.0, 5.0], [3.0, 4.0, 5.0], PIR),
    "coarser-than-target": ([6, 7, 8], [6.0, 5.0, 7.0], [0.5, 0.25, -0.75], np.eye(3)),
}


def case(name, size, spacing, origin, direction, rng):
    nx, ny, nz = size
    z, y, x = np.meshgrid(np.arange(nz), np.arange(ny), np.arange(nx), indexing="ij")
    smooth = 400 * np.sin(x / 3.0) + 300 * np.cos(y / 4.0) + 200 * np.sin(z / 2.0 + x / 5.0)
    image = (smooth + rng.normal(0, 120, smooth.shape)).astype(np.int16)

    to_lps = direction @ np.diag(spacing)
    corners = np.array(list(itertools.product(*[(0, n - 1) for n in size])), float)
    points = corners @ to_lps.T + origin
    low, high = points.min(0), points.max(0)
    target = np.array(SPEC["spacingMm"])
    grid = (np.floor((high - low) / target + 1e-6) + 1).astype(int)

    nearest = np.abs(direction).argmax(0)  # LPS axis of each source axis; no ties in these grids
    assert sorted(nearest) == [0, 1, 2]
    ratio = target[nearest] / np.array(spacing)
    sigma = np.where(ratio > 1, 0.5 * ratio, 0)
    smoothed = gaussian_filter(image.astype(np.float64), sigma[::-1], mode="nearest", truncate=4)

    gz, gy, gx = np.meshgrid(*[np.arange(n) for n in grid[::-1]], indexing="ij")
    lps = np.stack([gx, gy, gz], -1) * target + low
    index = (lps - origin) @ np.linalg.inv(to_lps).T
    inside = np.all((index >= -0.5) & (index <= np.array(size) - 0.5), -1)
    clamped = np.clip(index, 0, np.array(size) - 1)
    values = map_coordinates(smoothed, np.moveaxis(clamped[..., ::-1], -1, 0), order=1, mode="nearest")
    p5, p95 = np.percentile(values[inside], [5, 95])
    values = np.clip((values - p5) / max(p95 - p5, 1e-6), SPEC["clipMin"], SPEC["clipMax"])
    values[~inside] = SPEC["outsideValue"]
    return {
        "name": name,
        "size": size,
        "spacingMm": spacing,
        "originLpsMm": origin,
        "direction": direction.ravel().tolist(),
        "voxels": base64.b64encode(image.tobytes()).decode(),
        "working": {"size": grid.tolist(), "originLpsMm": low.tolist(), "insideVoxels": int(inside.sum())},
        "values": base64.b64encode(values.astype("<f4").tobytes()).decode(),
    }


rng = np.random.default_rng(7)
cases = [case(name, *grid, rng) for name, grid in GRIDS.items()]
out = Path(__file__).with_name("working-grid.json")
out.write_text(json.dumps({"spec": SPEC, "cases": cases}, indent=1) + "\n")
