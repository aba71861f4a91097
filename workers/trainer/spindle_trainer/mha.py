"""Reads MHA files (MetaImage with its voxels in the same file): scalar, three dimensions, plain or zlib-compressed."""

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .errors import InvalidJobError

MAX_VOXELS = 128 * 1024 * 1024
MAX_HEADER_BYTES = 64 * 1024
ORTHONORMAL_TOLERANCE = 1e-4

ELEMENT_TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}


@dataclass(frozen=True)
class Grid:
    """Where voxels lie in patient space (LPS, mm): point = origin + direction @ (spacing * index), all in (x, y, z)."""

    size: tuple[int, int, int]
    spacing_mm: np.ndarray  # (3,)
    origin_lps_mm: np.ndarray  # (3,)
    direction: np.ndarray  # (3, 3), columns are the index axes

    def matches(self, other: "Grid", tolerance_mm: float = 1e-2) -> bool:
        """Whether both have one size and their corner voxels lie within `tolerance_mm`."""
        if self.size != other.size:
            return False
        corner = np.array(self.size) - 1
        return all(
            np.abs(self.points(index) - other.points(index)).max() <= tolerance_mm
            for index in (np.zeros(3), corner * [1, 0, 0], corner * [0, 1, 0], corner * [0, 0, 1])
        )

    def points(self, index: np.ndarray) -> np.ndarray:
        """Continuous voxel indices (..., 3) in (x, y, z) to points in LPS mm."""
        return self.origin_lps_mm + (index * self.spacing_mm) @ self.direction.T


@dataclass(frozen=True)
class Volume:
    """A scalar volume; `voxels` is (z, y, x)."""

    grid: Grid
    voxels: np.ndarray


def read_mha(path: Path) -> Volume:
    """Reads one file; raises InvalidJobError, naming the file and the header field, for anything malformed."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidJobError(path.name, "file", "a readable file", error.strerror or "an error") from error
    fields, start = _header(data, path.name)
    grid = _grid(fields, path.name)
    dtype = _dtype(fields, path.name)
    raw = _raw_voxels(fields, data[start:], int(np.prod(grid.size)) * dtype.itemsize, path.name)
    voxels = np.frombuffer(raw, dtype).reshape(grid.size[::-1]).astype(dtype.newbyteorder("="), copy=False)
    if voxels.dtype.kind == "f" and not np.isfinite(voxels).all():
        raise InvalidJobError(path.name, "voxels", "finite numbers", "a voxel that isn't")
    return Volume(grid, voxels)


def _header(data: bytes, name: str) -> tuple[dict[str, str], int]:
    fields: dict[str, str] = {}
    at = 0
    while "ElementDataFile" not in fields:
        end = data.find(b"\n", at, MAX_HEADER_BYTES)
        if end < 0:
            raise InvalidJobError(name, "ElementDataFile", "a header that ends with it", "no such line")
        key, separator, value = data[at:end].decode("latin-1").partition("=")
        if not separator:
            raise InvalidJobError(name, "header", "lines of 'Key = value'", "a line without a key")
        fields[key.strip()] = value.strip()
        at = end + 1
    for key, expected in (("NDims", "3"), ("BinaryData", "True"), ("ElementDataFile", "LOCAL")):
        if fields.get(key) != expected:
            raise InvalidJobError(name, key, expected, fields.get(key, "nothing"))
    if fields.get("ElementNumberOfChannels", "1") != "1":
        raise InvalidJobError(name, "ElementNumberOfChannels", "1", fields["ElementNumberOfChannels"])
    return fields, at


def _numbers(fields: dict[str, str], keys: tuple[str, ...], count: int, name: str) -> np.ndarray:
    text = next((fields[key] for key in keys if key in fields), "")
    try:
        values = np.array([float(part) for part in text.split()])
    except ValueError:
        values = np.array([])
    if values.size != count or not np.isfinite(values).all():
        raise InvalidJobError(name, keys[0], f"{count} finite numbers", text)
    return values


def _grid(fields: dict[str, str], name: str) -> Grid:
    size = _numbers(fields, ("DimSize",), 3, name)
    if (size != np.floor(size)).any() or (size < 1).any() or np.prod(size) > MAX_VOXELS:
        raise InvalidJobError(name, "DimSize", f"3 positive integers, {MAX_VOXELS} voxels at most", fields["DimSize"])
    spacing = _numbers(fields, ("ElementSpacing", "ElementSize"), 3, name)
    if (spacing <= 0).any():
        raise InvalidJobError(name, "ElementSpacing", "3 positive numbers", fields.get("ElementSpacing", ""))
    rows = _numbers(fields, ("TransformMatrix", "Rotation", "Orientation"), 9, name).reshape(3, 3)
    if np.abs(rows @ rows.T - np.eye(3)).max() > ORTHONORMAL_TOLERANCE:
        raise InvalidJobError(name, "TransformMatrix", "three orthogonal unit vectors", fields.get("TransformMatrix", ""))
    origin = _numbers(fields, ("Offset", "Position", "Origin"), 3, name)
    return Grid(tuple(int(n) for n in size), spacing, origin, rows.T)


def _dtype(fields: dict[str, str], name: str) -> np.dtype:
    element = fields.get("ElementType", "nothing")
    if element not in ELEMENT_TYPES:
        raise InvalidJobError(name, "ElementType", ", ".join(ELEMENT_TYPES), element)
    msb = fields.get("BinaryDataByteOrderMSB", fields.get("ElementByteOrderMSB", "False")) == "True"
    return np.dtype((">" if msb else "<") + ELEMENT_TYPES[element])


def _raw_voxels(fields: dict[str, str], data: bytes, expected: int, name: str) -> bytes:
    if fields.get("CompressedData") == "True":
        stream = zlib.decompressobj()
        try:
            # One byte more than expected is enough to see that there are too many.
            data = stream.decompress(data, expected + 1)
        except zlib.error as error:
            raise InvalidJobError(name, "voxels", "a whole zlib stream", "a damaged one") from error
        if len(data) == expected and not stream.eof:
            raise InvalidJobError(name, "voxels", "a whole zlib stream", "one without its end")
    if len(data) != expected:
        raise InvalidJobError(name, "voxels", f"{expected} bytes", f"{len(data)}")
    return data
