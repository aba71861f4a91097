"""A spine of blocks, small enough to train on in a test: bodies, arches, discs and canal at known places.

Arrays are (z, y, x) in LPS at 1.5 x 1.5 x 4 mm: z goes up, y back. Vertebra n (1 the lowest) fills
z = 8 + 20 * (n - 1) .. + 13, its disc the 6 slices below, the canal runs behind.
"""

from pathlib import Path

import numpy as np

SPACING_XYZ = (4.0, 1.5, 1.5)
SIZE_XYZ = (16, 60, 110)
PITCH = 20
BODY = (slice(18, 34), slice(4, 12))
ARCH = (slice(40, 48), slice(5, 11))
CANAL_BOX = (slice(34, 40), slice(6, 10))
INTENSITY = {"vertebra": 700, "disc": 350, "canal": 1000, "other": 150}


def make_spine(vertebrae: int = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Image int16 and labels uint8, (z, y, x); the topmost vertebra may end with the volume."""
    labels = np.zeros(SIZE_XYZ[::-1], np.uint8)
    labels[:, *CANAL_BOX] = 100
    for number in range(1, vertebrae + 1):
        low = 8 + PITCH * (number - 1)
        labels[low - 6 : low, *BODY] = 200 + number
        labels[low : low + 14, *BODY] = number
        labels[low + 2 : low + 9, *ARCH] = number
        for side in (4, 11):  # pedicles join body and arch beside the canal
            labels[low + 4 : low + 8, 34:40, side] = number
    image = np.full(labels.shape, INTENSITY["other"], np.float32)
    image[(labels >= 1) & (labels <= 25)] = INTENSITY["vertebra"]
    image[labels > 200] = INTENSITY["disc"]
    image[labels == 100] = INTENSITY["canal"]
    image += np.random.default_rng(seed).normal(0, 40, image.shape)
    return image.astype(np.int16), labels


def write_mha(
    path: Path,
    voxels: np.ndarray,
    spacing_xyz=SPACING_XYZ,
    origin=(0.0, 0.0, 0.0),
    direction=None,
    changes: dict[str, str | None] | None = None,
) -> Path:
    """Writes voxels (z, y, x) uncompressed; `direction` has the index axes as columns.

    `changes` replaces header lines; None drops one.
    """
    names = {"int16": "MET_SHORT", "uint8": "MET_UCHAR", "float32": "MET_FLOAT"}
    rows = (np.eye(3) if direction is None else np.asarray(direction)).T.ravel()
    fields = {
        "ObjectType": "Image",
        "NDims": "3",
        "BinaryData": "True",
        "BinaryDataByteOrderMSB": "False",
        "CompressedData": "False",
        "TransformMatrix": " ".join(repr(float(v)) for v in rows),
        "Offset": " ".join(str(float(v)) for v in origin),
        "ElementSpacing": " ".join(str(float(v)) for v in spacing_xyz),
        "DimSize": " ".join(str(n) for n in voxels.shape[::-1]),
        "ElementType": names[voxels.dtype.name],
        **(changes or {}),
        "ElementDataFile": "LOCAL",
    }
    header = "".join(f"{key} = {value}\n" for key, value in fields.items() if value is not None)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header.encode() + np.ascontiguousarray(voxels).tobytes())
    return path
