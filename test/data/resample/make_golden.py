"""Writes golden.json with SimpleITK; run from the repository: .spindle/python/bin/python test/data/resample/make_golden.py

Two sources (one oblique, one oblique and left-handed) are resampled to four grids each, linear (float32) and nearest (int16), -7
outside. No sample lies half-way between voxels, where nearest neighbours would be a matter of rounding.
"""

import json
import math
from pathlib import Path

import SimpleITK as sitk

SIZE = (9, 8, 7)


def turned(a: float, b: float, mirrored: bool) -> tuple[float, ...]:
    """Turn by a about z, then by b about x; mirrored: the last column negated."""
    ca, sa, cb, sb = math.cos(a), math.sin(a), math.cos(b), math.sin(b)
    sign = -1.0 if mirrored else 1.0
    return (ca, -sa, 0.0 * sign, cb * sa, cb * ca, -sb * sign, sb * sa, sb * ca, cb * sign)


def grid(size, spacing, centre, direction) -> dict:
    half = [(n - 1) / 2 * mm for n, mm in zip(size, spacing)]
    origin = [centre[row] - sum(direction[3 * row + k] * half[k] for k in range(3)) for row in range(3)]
    return {"size": size, "spacingMm": spacing, "originLpsMm": origin, "direction": direction}


CENTRE = (13.0, -22.5, 41.0)
SOURCES = {
    "oblique": grid(SIZE, (0.7, 0.9, 3.1), CENTRE, turned(0.3, -0.2, False)),
    "left-handed": grid(SIZE, (3.1, 0.9, 0.7), CENTRE, turned(-0.5, 0.25, True)),
}
PIR = (0.0, 0.0, -1.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0)
TARGETS = {
    "PIR": grid((11, 7, 5), (0.83, 1.13, 1.7), (13.2, -22.4, 40.7), PIR),
    "oblique": grid((8, 9, 6), (0.77, 0.71, 1.9), (12.9, -22.1, 41.3), turned(-0.7, 0.4, False)),
    "left-handed": grid((7, 6, 8), (1.21, 0.67, 0.93), (13.1, -22.6, 40.9), turned(1.1, 0.6, True)),
    "half outside": grid((7, 7, 7), (1.3, 1.3, 1.3), (16.1, -19.3, 44.7), turned(0.1, 0.1, False)),
}


def main() -> None:
    cases = []
    for source_name, source in SOURCES.items():
        image = sitk.Image(SIZE, sitk.sitkInt16)
        values = [(i * 7919) % 2003 - 1000 for i in range(SIZE[0] * SIZE[1] * SIZE[2])]
        for i, value in enumerate(values):
            image[i % 9, i // 9 % 8, i // 72] = value
        image.SetSpacing(source["spacingMm"])
        image.SetOrigin(source["originLpsMm"])
        image.SetDirection(source["direction"])
        for target_name, target in TARGETS.items():
            result = {}
            for name, interpolator, pixel in [
                ("linear", sitk.sitkLinear, sitk.sitkFloat32),
                ("nearest", sitk.sitkNearestNeighbor, sitk.sitkInt16),
            ]:
                out = sitk.Resample(
                    sitk.Cast(image, pixel),
                    target["size"],
                    sitk.Transform(),
                    interpolator,
                    target["originLpsMm"],
                    target["spacingMm"],
                    target["direction"],
                    -7,
                )
                result[name] = [round(float(v), 4) for v in sitk.GetArrayFromImage(out).ravel()]
            cases.append({"name": f"{source_name} to {target_name}", "source": source, "target": target, **result})
    (Path(__file__).parent / "golden.json").write_text(json.dumps({"voxels": values, "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
