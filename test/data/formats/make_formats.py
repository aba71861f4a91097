"""Writes the small volumes of test/data/formats with SimpleITK; run from the repository: .spindle/python/bin/python test/data/formats/make_formats.py

One volume on an oblique grid in NIfTI, NRRD (attached and detached, raw and gzip), MetaImage with a separate data file, and as a
DICOM series whose headers carry an invented patient. `expected.json` holds what SimpleITK itself reads back from each.
"""

import json
import math
from pathlib import Path

import SimpleITK as sitk

HERE = Path(__file__).parent
SIZE = (6, 5, 4)  # x, y, z


def oblique() -> sitk.Image:
    image = sitk.Image(SIZE, sitk.sitkInt16)
    for z in range(SIZE[2]):
        for y in range(SIZE[1]):
            for x in range(SIZE[0]):
                image[x, y, z] = (x + 10 * y + 100 * z) - 150
    c, s = math.cos(0.3), math.sin(0.3)
    # Sagittal slices that lean: x to the back, y to the feet, z to the right.
    image.SetDirection(sagittal(c, s))
    image.SetSpacing((0.5, 0.625, 4.0))
    image.SetOrigin((20.0, -35.5, 12.25))
    return image


def sagittal(c: float, s: float) -> tuple[float, ...]:
    columns = [(-s, c, 0.0), (0.0, 0.0, -1.0), (-c, -s, 0.0)]
    return tuple(columns[column][row] for row in range(3) for column in range(3))


def write_files(image: sitk.Image) -> list[str]:
    names = []
    for name, compressed in [
        ("oblique.nii", False),
        ("oblique.nii.gz", True),
        ("oblique.nrrd", True),
        ("raw.nrrd", False),
        ("detached.nhdr", False),
        ("oblique.mhd", True),
        ("raw.mhd", False),
    ]:
        sitk.WriteImage(image, str(HERE / name), compressed)
        names.append(name)
    labels = sitk.Cast(sitk.Abs(image), sitk.sitkInt64)
    sitk.WriteImage(labels, str(HERE / "long.nii.gz"), True)
    two = sitk.Compose(image, image)
    sitk.WriteImage(two, str(HERE / "vector.nii.gz"), True)
    sitk.WriteImage(sitk.JoinSeries([image, image]), str(HERE / "four.nii.gz"), True)
    return [*names, "long.nii.gz"]


def write_dicom(image: sitk.Image, folder: str, series: str) -> None:
    (HERE / folder).mkdir(exist_ok=True)
    writer = sitk.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    direction = image.GetDirection()
    orientation = "\\".join(repr(direction[3 * row + column]) for column in (0, 1) for row in range(3))
    for z in range(image.GetSize()[2]):
        one = image[:, :, z]
        tags = {
            "0008|0008": "ORIGINAL\\PRIMARY\\M",
            "0008|0060": "MR",
            "0008|0020": "20010203",
            "0008|0080": "Invented Hospital",
            "0008|0018": f"{series}.{z + 1}",
            "0010|0010": "Doe^Invented",
            "0010|0020": "ID-4711",
            "0010|0030": "19700101",
            "0010|0040": "F",
            "0020|000d": "1.2.826.0.1.3680043.2.1125.1",
            "0020|000e": series,
            "0020|0013": str(z + 1),
            "0020|0032": "\\".join(repr(v) for v in image.TransformIndexToPhysicalPoint((0, 0, z))),
            "0020|0037": orientation,
            "0018|0050": "3.5",
        }
        for key, value in tags.items():
            one.SetMetaData(key, value)
        writer.SetFileName(str(HERE / folder / f"{z + 1:02d}.dcm"))
        writer.Execute(one)


def described(image: sitk.Image) -> dict:
    return {
        "size": image.GetSize(),
        "spacingMm": image.GetSpacing(),
        "originLpsMm": image.GetOrigin(),
        "direction": image.GetDirection(),
        "voxels": sitk.GetArrayFromImage(image).ravel().tolist(),
    }


def main() -> None:
    image = oblique()
    names = write_files(image)
    write_dicom(image, "series", "1.2.826.0.1.3680043.2.1125.1.1")
    coarser = sitk.Image(image)
    coarser.SetSpacing((0.75, 0.625, 4.0))
    write_dicom(coarser, "coarser", "1.2.826.0.1.3680043.2.1125.1.2")
    turned = sitk.Image(image)
    turned.SetDirection(sagittal(math.cos(0.4), math.sin(0.4)))
    write_dicom(turned, "turned", "1.2.826.0.1.3680043.2.1125.1.3")
    expected = {name: described(sitk.ReadImage(str(HERE / name))) for name in names}
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(HERE / "series")))
    expected["series"] = described(reader.Execute())
    (HERE / "expected.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    main()
