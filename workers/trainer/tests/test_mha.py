import zlib

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from phantom import write_mha

from spindle_trainer.errors import InvalidJobError
from spindle_trainer.mha import read_mha

VOXELS = np.arange(24, dtype=np.int16).reshape(2, 3, 4)  # (z, y, x)
# x goes back, y down, z right: the storage of many sagittal series.
PIR = np.array([[0, 0, -1], [1, 0, 0], [0, -1, 0]], float)


def compressed(path, change=lambda data: data):
    """An MHA whose voxels are zlib-compressed; `change` damages the stream."""
    write_mha(path, VOXELS, changes={"CompressedData": "True"})
    data = path.read_bytes()
    start = len(data) - VOXELS.nbytes
    path.write_bytes(data[:start] + change(zlib.compress(data[start:])))
    return path


def test_voxels_and_geometry_as_simpleitk_reads_them(tmp_path):
    path = write_mha(tmp_path / "a.mha", VOXELS, (0.5, 0.75, 4.4), (1.5, -2.25, 3), PIR)
    volume, peer = read_mha(path), sitk.ReadImage(str(path))
    np.testing.assert_array_equal(volume.voxels, sitk.GetArrayFromImage(peer))
    for index in ([0, 0, 0], [3, 0, 0], [0, 2, 0], [3, 2, 1]):
        expected = peer.TransformIndexToPhysicalPoint(index)
        np.testing.assert_allclose(volume.grid.points(np.array(index, float)), expected, atol=1e-9)


def test_by_hand_the_second_voxel_along_x_lies_half_a_millimetre_further_back(tmp_path):
    grid = read_mha(write_mha(tmp_path / "a.mha", VOXELS, (0.5, 0.75, 4.4), (1, 2, 3), PIR)).grid
    np.testing.assert_allclose(grid.points(np.array([1.0, 0, 0])), [1, 2.5, 3])
    assert grid.size == (4, 3, 2)


@pytest.mark.parametrize("dtype", ["<i2", ">i2"])
def test_both_byte_orders(tmp_path, dtype):
    big = str(dtype.startswith(">"))
    path = write_mha(tmp_path / "a.mha", VOXELS, changes={"BinaryDataByteOrderMSB": big})
    path.write_bytes(path.read_bytes()[: -VOXELS.nbytes] + VOXELS.astype(dtype).tobytes())
    np.testing.assert_array_equal(read_mha(path).voxels, VOXELS)


def test_compressed_by_simpleitk(tmp_path):
    path = tmp_path / "a.mha"
    sitk.WriteImage(sitk.GetImageFromArray(VOXELS), str(path), useCompression=True)
    np.testing.assert_array_equal(read_mha(path).voxels, VOXELS)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"NDims": "2"}, "NDims"),
        ({"NDims": "100"}, "NDims"),
        ({"BinaryData": "False"}, "BinaryData"),
        ({"DimSize": "4 3"}, "DimSize"),
        ({"DimSize": "4 3 0"}, "DimSize"),
        ({"DimSize": "4 3 2.5"}, "DimSize"),
        ({"DimSize": "100000 100000 100000"}, "DimSize"),
        ({"DimSize": "4 3 3"}, "voxels"),
        ({"DimSize": "4 3 1"}, "voxels"),
        ({"ElementSpacing": "1 0 1"}, "ElementSpacing"),
        ({"ElementSpacing": "1 nan 1"}, "ElementSpacing"),
        ({"ElementSpacing": None}, "ElementSpacing"),
        ({"TransformMatrix": "1 0 0 0 1 0 0 0 0"}, "TransformMatrix"),
        ({"TransformMatrix": "1 0.1 0 0 1 0 0 0 1"}, "TransformMatrix"),
        ({"TransformMatrix": None}, "TransformMatrix"),
        ({"Offset": "a b c"}, "Offset"),
        ({"ElementType": "MET_STRING"}, "ElementType"),
        ({"ElementNumberOfChannels": "5"}, "ElementNumberOfChannels"),
    ],
)
def test_a_damaged_header_is_refused_by_field(tmp_path, changes, field):
    path = write_mha(tmp_path / "7_t2.mha", VOXELS, changes=changes)
    with pytest.raises(InvalidJobError, match=rf"^7_t2\.mha: {field}: expected .+, got "):
        read_mha(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-6],  # ends before its checksum: every voxel is there, nothing says that they are right
        lambda data: data[: len(data) // 2],
        lambda data: bytes([data[0] ^ 0xFF]) + data[1:],
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: zlib.compress(zlib.decompress(data) + b"more"),
    ],
    ids=["no end", "half", "no zlib", "other checksum", "too many voxels"],
)
def test_a_damaged_stream_is_refused(tmp_path, change):
    assert read_mha(compressed(tmp_path / "whole.mha")).voxels.sum() == VOXELS.sum()  # the control
    with pytest.raises(InvalidJobError, match=r"a\.mha: voxels: expected "):
        read_mha(compressed(tmp_path / "a.mha", change))


def test_voxels_that_are_no_numbers(tmp_path):
    voxels = VOXELS.astype(np.float32)
    voxels[1, 2, 3] = np.nan
    with pytest.raises(InvalidJobError, match=r"a\.mha: voxels: expected finite numbers"):
        read_mha(write_mha(tmp_path / "a.mha", voxels))


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n" + bytes(100), b"NDims = 3\n", b"NDims = 3" + b" " * 70_000])
def test_another_kind_of_file(tmp_path, content):
    (tmp_path / "a.mha").write_bytes(content)
    with pytest.raises(InvalidJobError, match=r"a\.mha: "):
        read_mha(tmp_path / "a.mha")


def test_a_missing_file(tmp_path):
    with pytest.raises(InvalidJobError, match=r"a\.mha: file: expected a readable file, got No such file"):
        read_mha(tmp_path / "a.mha")
