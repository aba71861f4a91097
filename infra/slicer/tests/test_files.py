"""MHA files and grids."""

import itertools

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from SpindleReview import Grid, SpindleError, grid_of_ijk_to_ras, moved, permutation_between, permuted, read_mha, write_mha

LABELS = np.arange(24, dtype=np.int16).reshape(2, 3, 4)  # (z, y, x)
# x goes back, y down, z right: the storage of many sagittal series.
SAGITTAL = np.array([[0, 0, -1], [1, 0, 0], [0, -1, 0]], float)
C, S = 0.96, 0.28
OBLIQUE = np.array([[C, -S * C, S * S], [S, C * C, -C * S], [0, S, C]])
SIGNED_PERMUTATIONS = [
    list(zip(axes, signs, strict=True))
    for axes in itertools.permutations(range(3))
    for signs in itertools.product((1, -1), repeat=3)
]


def grid(direction=SAGITTAL, size=(4, 3, 2)):
    return Grid(size, np.array([0.5, 0.75, 4.4]), np.array([1 / 3, -2.25, 1e-17]), np.array(direction, float))


def test_what_is_written_is_what_simpleitk_reads(tmp_path):
    (tmp_path / "mask.mha").write_bytes(write_mha(grid(OBLIQUE), LABELS))
    image = sitk.ReadImage(str(tmp_path / "mask.mha"))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), LABELS)
    assert image.GetOrigin() == (1 / 3, -2.25, 1e-17)  # to the last bit
    assert image.GetSpacing() == (0.5, 0.75, 4.4)
    np.testing.assert_array_equal(np.array(image.GetDirection()).reshape(3, 3), OBLIQUE)


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("dtype", [np.int16, np.uint8, np.float32])
def test_what_simpleitk_writes_is_read(tmp_path, dtype, compressed):
    image = sitk.GetImageFromArray(LABELS.astype(dtype))
    image.SetDirection(SAGITTAL.ravel())
    image.SetOrigin((1.5, -2, 3))
    sitk.WriteImage(image, str(tmp_path / "a.mha"), useCompression=compressed)
    read, voxels = read_mha((tmp_path / "a.mha").read_bytes(), "image")
    np.testing.assert_array_equal(voxels, LABELS)
    np.testing.assert_allclose(read.point([3, 0, 1]), image.TransformIndexToPhysicalPoint((3, 0, 1)))


MASK = write_mha(grid(), LABELS)
DAMAGED = {
    "nothing": b"",
    "a picture": b"\x89PNG\r\n",
    "a beginning": b"NDims = 3\n",
    "cut off": MASK[:-9],
    "another size": MASK.replace(b"DimSize = 4", b"DimSize = 5"),
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_refused_in_words(data):
    read_mha(MASK, "mask")  # the control
    with pytest.raises(SpindleError, match="mask"):
        read_mha(data, "mask")


def test_slicers_matrix_by_hand():
    # Slicer's RAS has left and front the other way round than LPS. i runs to the back, j down, k to the left by 4.4 mm.
    matrix = [[0, 0, -4.4, -10], [-0.5, 0, 0, 20], [0, -0.75, 0, 30], [0, 0, 0, 1]]
    read = grid_of_ijk_to_ras(matrix, (4, 3, 2))
    np.testing.assert_allclose(read.origin_lps_mm, [10, -20, 30])
    np.testing.assert_allclose(read.spacing_mm, [0.5, 0.75, 4.4])
    np.testing.assert_allclose(read.direction, [[0, 0, 1], [1, 0, 0], [0, -1, 0]])


@pytest.mark.parametrize("direction", [SAGITTAL, OBLIQUE, OBLIQUE * [1, 1, -1]], ids=["sagittal", "oblique", "left-handed"])
def test_all_48_storages_come_back_voxel_by_voxel(direction):
    own = grid(direction)
    where = {tuple(np.round(own.point((x, y, z)), 6)): LABELS[z, y, x] for z in range(2) for y in range(3) for x in range(4)}
    for permutation in SIGNED_PERMUTATIONS:
        stored = permuted(own, permutation)
        assert permutation_between(own, stored) == permutation
        there = moved(LABELS, own, stored, "mask")
        for index in np.ndindex(there.shape):
            assert where[tuple(np.round(stored.point(index[::-1]), 6))] == there[index]
        np.testing.assert_array_equal(moved(there, stored, own, "mask"), LABELS)


def test_another_grid_is_refused():
    own = grid(OBLIQUE)
    others = [
        Grid(own.size, own.spacing_mm, own.origin_lps_mm + np.array([0.2, 0, 0]), own.direction),
        Grid(own.size, own.spacing_mm * [1, 1.01, 1], own.origin_lps_mm, own.direction),
        Grid((4, 3, 3), own.spacing_mm, own.origin_lps_mm, own.direction),
        Grid(own.size, own.spacing_mm, own.origin_lps_mm, SAGITTAL),
    ]
    moved(LABELS, own, own, "drawing")  # the control
    for other in others:
        with pytest.raises(SpindleError, match="The drawing is not on the grid of the image"):
            moved(LABELS, own, other, "drawing")
