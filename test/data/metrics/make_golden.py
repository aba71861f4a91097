"""Writes golden.json: values of small pairs of masks by independent packages.

Run with Python and the packages of bench/requirements.txt: python make_golden.py > golden.json
The pairs are made from a fixed seed; the masks stand in the file as text, x fastest.
"""

import json
import sys

import numpy as np
import SimpleITK as sitk
import surface_distance
from medpy.metric import binary
from scipy import ndimage

TOLERANCE_MM = 1.5


def blob(rng, size):
    """A smooth random shape with one or more parts, (z, y, x)."""
    noise = ndimage.gaussian_filter(rng.normal(size=size), 1.2)
    return noise > np.quantile(noise, 0.7)


def authors(a, b, spacing):
    """Borders by erosion with all 26 neighbours, pooled."""
    everything = ndimage.generate_binary_structure(3, 3)
    borders = [mask & ~ndimage.binary_erosion(mask, everything) for mask in (a, b)]
    maps = [ndimage.distance_transform_edt(~border, sampling=spacing) for border in borders]
    return np.hstack([maps[1][borders[0]], maps[0][borders[1]]])


def case(rng, size, spacing):
    a, b = blob(rng, size), blob(rng, size)
    b = np.where(rng.random() < 0.8, a ^ ndimage.binary_dilation(a & b), b).astype(bool)
    pooled = authors(a, b, spacing)
    surfels = surface_distance.compute_surface_distances(a, b, spacing)
    there, back = surface_distance.compute_average_surface_distance(surfels)
    image = sitk.GetImageFromArray(a.astype(np.uint8))
    image.SetSpacing(spacing[::-1])
    maurer = sitk.SignedMaurerDistanceMap(image, insideIsPositive=False, squaredDistance=False, useImageSpacing=True)
    components = {
        6: sitk.GetArrayFromImage(sitk.ConnectedComponent(image, False)),
        26: sitk.GetArrayFromImage(sitk.ConnectedComponent(image, True)),
    }
    everything = ndimage.generate_binary_structure(3, 3)
    scipy_counts = {6: ndimage.label(a)[1], 26: ndimage.label(a, everything)[1]}
    for connectivity, labels in components.items():
        assert labels.max() == scipy_counts[connectivity]
    edt = ndimage.distance_transform_edt(~a, sampling=spacing)
    outside = ~a & (sitk.GetArrayFromImage(maurer) > 0)
    # ITK measures to the border voxels inside, which is the same from without.
    assert np.allclose(edt[outside], sitk.GetArrayFromImage(maurer)[outside], atol=1e-4)
    return {
        "size": list(size[::-1]),
        "spacingMm": list(spacing[::-1]),
        "a": "".join(str(int(voxel)) for voxel in a.ravel()),
        "b": "".join(str(int(voxel)) for voxel in b.ravel()),
        "dice": float(binary.dc(a, b)),
        "authors": {
            "asdMm": float(pooled.mean()),
            "hd95Mm": float(np.percentile(pooled, 95)),
            "surfaceDice": float((pooled <= TOLERANCE_MM).mean()),
        },
        "medpy": {
            "asdMm": float(binary.assd(a, b, spacing, connectivity=1)),
            "hd95Mm": float(binary.hd95(a, b, spacing, connectivity=1)),
        },
        "surfels": {
            "asdMm": float((there + back) / 2),
            "hd95Mm": float(surface_distance.compute_robust_hausdorff(surfels, 95)),
            "surfaceDice": float(surface_distance.compute_surface_dice_at_tolerance(surfels, TOLERANCE_MM)),
        },
        "components": {
            str(connectivity): sorted(np.bincount(labels.ravel())[1:].tolist(), reverse=True)
            for connectivity, labels in components.items()
        },
        "distancesMm": [round(float(value), 9) for value in edt.ravel()],
    }


def main():
    rng = np.random.default_rng(20231)
    sizes = [(5, 9, 11), (7, 8, 6), (4, 12, 9), (9, 9, 9)]
    spacings = [(3.3, 0.6, 0.6), (1.0, 1.0, 1.0), (0.9, 0.47, 0.5), (2.0, 0.3, 1.7)]
    cases = [case(rng, size, spacing) for size, spacing in zip(sizes, spacings)]
    json.dump({"toleranceMm": TOLERANCE_MM, "cases": cases}, sys.stdout)
    sys.stdout.write("\n")


main()
