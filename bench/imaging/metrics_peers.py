"""Times the peers of the metrics on the same masks and prints JSON: seconds and values.

The spider evaluation as one would write it with each package: masks in memory, labels found by one joint count, then for each
reference label its Dice and its average surface distance. `<package>_boxes` gets the masks cropped to the joint box first, which
neither package does for its user (surface-distance does so inside, after looking for the box in the whole volume).
"""

import json
import sys

import numpy as np
import SimpleITK as sitk
import surface_distance
from medpy.metric import binary
from peer_timing import shortest
from scipy import ndimage

MEDPY_WHOLE_STRUCTURES = 2


def matches(reference, prediction):
    """Reference label -> (predicted label of the largest overlap, Dice)."""
    joint = np.bincount(reference.ravel().astype(np.int64) * 256 + prediction.ravel(), minlength=65536).reshape(256, 256)
    found = {}
    for label in np.flatnonzero(joint.sum(axis=1))[1:]:
        best = int(joint[label, 1:].argmax()) + 1
        dice = 2 * joint[label, best] / (joint[label].sum() + joint[:, best].sum())
        found[int(label)] = (best, dice)
    return found


def with_surface_distance(reference, prediction, spacing):
    values = {}
    for label, (best, _) in matches(reference, prediction).items():
        surfels = surface_distance.compute_surface_distances(reference == label, prediction == best, spacing)
        values[label] = float(np.mean(surface_distance.compute_average_surface_distance(surfels)))
    return values


def with_medpy(reference, prediction, spacing, labels=None):
    values = {}
    for label, (best, _) in matches(reference, prediction).items():
        if labels is None or label in labels:
            values[label] = float(binary.assd(reference == label, prediction == best, spacing, connectivity=1))
    return values


def with_medpy_boxes(reference, prediction, spacing):
    boxes = ndimage.find_objects(reference, max_label=255), ndimage.find_objects(prediction, max_label=255)
    values = {}
    for label, (best, _) in matches(reference, prediction).items():
        box = tuple(
            slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(boxes[0][label - 1], boxes[1][best - 1])
        )
        values[label] = float(binary.assd(reference[box] == label, prediction[box] == best, spacing, connectivity=1))
    return values


def main():
    reference_file, prediction_file, crop_file = sys.argv[1:]
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    image = sitk.ReadImage(reference_file)
    spacing = image.GetSpacing()[::-1]
    reference = sitk.GetArrayFromImage(image)
    prediction = sitk.GetArrayFromImage(sitk.ReadImage(prediction_file))
    seconds, values = {}, {}
    seconds["surface_distance"], values["surfels"] = shortest(
        2, lambda: with_surface_distance(reference, prediction, spacing)
    )
    some = sorted(np.unique(reference)[1:].tolist())[:MEDPY_WHOLE_STRUCTURES]
    whole, _ = shortest(1, lambda: with_medpy(reference, prediction, spacing, some))
    matching, _ = shortest(1, lambda: matches(reference, prediction))
    structures = len(values["surfels"])
    seconds["medpy"] = matching + (whole - matching) / len(some) * structures
    seconds["medpy_boxes"], values["medpy"] = shortest(2, lambda: with_medpy_boxes(reference, prediction, spacing))

    crop_image = sitk.ReadImage(crop_file)
    crop = sitk.GetArrayFromImage(crop_image)
    crop_spacing = crop_image.GetSpacing()[::-1]
    everything = np.ones((3, 3, 3))
    seconds["scipy_label_6"], _ = shortest(5, lambda: ndimage.label(crop))
    seconds["scipy_label_26"], _ = shortest(5, lambda: ndimage.label(crop, everything))
    seconds["itk_components_6"], _ = shortest(5, lambda: sitk.ConnectedComponent(crop_image, False))
    seconds["itk_components_26"], _ = shortest(5, lambda: sitk.ConnectedComponent(crop_image, True))
    border = (crop & ~ndimage.binary_erosion(crop, everything)).astype(np.uint8)
    border_image = sitk.GetImageFromArray(border)
    border_image.SetSpacing(crop_image.GetSpacing())
    seconds["scipy_edt"], _ = shortest(
        3, lambda: ndimage.distance_transform_edt(border == 0, sampling=crop_spacing)
    )
    seconds["itk_maurer"], _ = shortest(
        3, lambda: sitk.SignedMaurerDistanceMap(border_image, False, True, True)
    )
    json.dump({"seconds": seconds, "values": values, "structures": structures}, sys.stdout)


main()
