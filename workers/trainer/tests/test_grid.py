import base64
import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from spindle_trainer.grid import closest_lps_axes, normalise, resample_image, resample_mask, smoothing_sigmas, working_grid
from spindle_trainer.mha import Grid, Volume
from spindle_trainer.presets import NetworkSpec

GOLDEN_FILE = Path(__file__).parents[3] / "test/data/segmenter/working-grid.json"
GOLDEN = json.loads(GOLDEN_FILE.read_text())
VALUES = [GOLDEN["spec"][name] for name in ("outsideValue", "clipMin", "clipMax")]
SPEC = NetworkSpec(tuple(GOLDEN["spec"]["spacingMm"]), (8, 8, 8), *VALUES)
IDENTITY = np.eye(3)


def grid(size, spacing, origin=(0, 0, 0), direction=IDENTITY) -> Grid:
    return Grid(tuple(size), np.array(spacing, float), np.array(origin, float), np.array(direction, float))


def golden_volume(case: dict) -> Volume:
    where = grid(case["size"], case["spacingMm"], case["originLpsMm"], np.reshape(case["direction"], (3, 3)))
    voxels = np.frombuffer(base64.b64decode(case["voxels"]), "<i2").reshape(case["size"][::-1])
    return Volume(where, voxels)


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_the_golden_file_that_the_segmenter_is_tested_with(case):
    volume = golden_volume(case)
    target = working_grid(volume.grid, SPEC.spacing_mm)
    assert list(target.size) == case["working"]["size"]
    np.testing.assert_allclose(target.origin_lps_mm, case["working"]["originLpsMm"], atol=1e-9)
    expected = np.frombuffer(base64.b64decode(case["values"]), "<f4").reshape(target.size[::-1])
    # The golden values are float64 throughout; smoothing here is float32.
    np.testing.assert_allclose(resample_image(volume, SPEC), expected, atol=2e-5)


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_nearest_labels_equal_simpleitk_but_for_ties(case):
    source = golden_volume(case)
    rng = np.random.default_rng(3)
    labels = rng.choice([0, 1, 2, 100, 201], source.voxels.shape).astype(np.uint8)
    target = working_grid(source.grid, SPEC.spacing_mm)
    peer = sitk.GetImageFromArray(labels)
    peer.SetSpacing(source.grid.spacing_mm.tolist())
    peer.SetOrigin(source.grid.origin_lps_mm.tolist())
    peer.SetDirection(source.grid.direction.ravel().tolist())
    like = sitk.Image(list(target.size), sitk.sitkUInt8)
    like.SetSpacing(target.spacing_mm)
    like.SetOrigin(target.origin_lps_mm.tolist())
    expected = sitk.GetArrayFromImage(sitk.Resample(peer, like, sitk.Transform(), sitk.sitkNearestNeighbor, 0))
    found = resample_mask(Volume(source.grid, labels), SPEC.spacing_mm)
    # A centre halfway between two voxels may go either way.
    differing = found != expected
    assert differing.mean() < 0.02, differing.mean()
    assert (differing & ~_near_a_tie(source.grid, target)).sum() == 0


def _near_a_tie(source: Grid, target) -> np.ndarray:
    z, y, x = np.meshgrid(*(np.arange(n) for n in target.size[::-1]), indexing="ij")
    points = np.stack([x, y, z], -1) * target.spacing_mm + target.origin_lps_mm
    index = (points - source.origin_lps_mm) @ source.direction / source.spacing_mm
    return (np.abs(index - np.floor(index) - 0.5) < 1e-6).any(-1)


def test_partly_visible_vertebrae_teach_as_themselves():
    labels = np.array([[[0, 5, 105, 100, 201]]], np.uint8)
    found = resample_mask(Volume(grid((5, 1, 1), (1, 1, 1)), labels), (1.0, 1.0, 1.0))
    assert found.tolist() == [[[0, 5, 5, 100, 201]]]


def test_size_by_hand():
    # 7 voxels of 1.5 mm span 9 mm: at 3 mm that is 0, 3, 6, 9. 4 of 1 mm span 3: 0, 3. 3 of 4 mm span 8: 0, 4, 8.
    assert working_grid(grid((3, 7, 4), (4, 1.5, 1)), (4.0, 3.0, 3.0)).size == (3, 4, 2)


def test_a_flipped_axis_starts_at_its_far_end():
    flipped = grid((5, 3, 3), (2, 1, 1), (10, 0, 0), np.diag([-1, 1, 1]))
    assert working_grid(flipped, (4.0, 1.0, 1.0)).origin_lps_mm.tolist() == [2, 0, 0]  # 10 - 4 * 2


def test_smoothing_only_where_the_target_is_coarser():
    assert smoothing_sigmas(grid((9, 9, 9), (4, 1.5, 3)), (4.0, 3.0, 3.0)) == [0, 1.0, 0]


def test_diagonal_axes_are_told_apart():
    turn = np.deg2rad(45)
    rotated = [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    assert sorted(closest_lps_axes(grid((3, 3, 3), (1, 1, 1), direction=rotated))) == [0, 1, 2]


def test_normalisation_by_hand():
    # 0..100: p5 = 5, p95 = 95; 50 lies halfway; 0 maps to -5/90, 100 to 95/90.
    values = np.arange(101, dtype=np.float32)
    inside = np.ones(101, bool)
    out = normalise(values, inside, NetworkSpec((1, 1, 1), (8, 8, 8), -0.5, -0.05, 1.5))
    np.testing.assert_allclose(out[[0, 5, 50, 95, 100]], [-0.05, 0, 0.5, 1, 95 / 90], atol=1e-6)


def test_outside_takes_its_value_and_does_not_count():
    values = np.array([0.0, 100, 1e9], np.float32)
    out = normalise(values, np.array([True, True, False]), SPEC)
    assert out[2] == np.float32(SPEC.outside_value)
    np.testing.assert_allclose(out[:2], [-5 / 90, 95 / 90], atol=1e-6)  # p5 = 5, p95 = 95 of {0, 100}


def test_a_constant_image_is_zero_and_an_empty_one_refused():
    assert normalise(np.full(4, 7.0), np.ones(4, bool), SPEC).tolist() == [0, 0, 0, 0]
    with pytest.raises(ValueError, match="got none"):
        normalise(np.full(4, 7.0), np.zeros(4, bool), SPEC)
