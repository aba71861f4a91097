"""What is drawn, and what the patches become by it."""

import numpy as np
import pytest
import torch
from helpers import patches_of, plain_draws, working_case

from spindle_trainer import augment
from spindle_trainer.augment import deformation, intensity, perturbation
from spindle_trainer.patches import blurred, perturbed, positions, vary

SIZE = (24, 40, 40)
SPACING = np.array([3.0, 3.0, 4.0])  # (z, y, x)
CENTRE = np.array([30.0, 40.0, 20.0])


def index_of(seed: int | None, centre=CENTRE, size=SIZE) -> tuple[np.ndarray, float]:
    """Positions (3, z, y, x) of a patch deformed by a seed's generator, and the volume of its voxels."""
    placed = deformation(centre, size, SPACING, None if seed is None else np.random.default_rng(seed))
    draws = plain_draws(size, matrix=placed.matrix, middle=placed.middle, nodes=placed.nodes)
    return positions(draws, size, bent=True)[0].numpy(), placed.scale


def displacements_mm(seeds) -> list[np.ndarray]:
    """Distance of every voxel from its undeformed place, or from its mirror image where the patch was flipped."""
    plain, _ = index_of(None)
    mirrored = plain.copy()
    mirrored[2] = plain[2].min() + plain[2].max() - plain[2]
    out = []
    for seed in seeds:
        index, _ = index_of(seed)
        distances = [np.linalg.norm((index - base) * SPACING[:, None, None, None], axis=0) for base in (plain, mirrored)]
        out.append(min(distances, key=lambda each: each.mean()))
    return out


def test_without_a_generator_the_patch_is_cut_as_a_segmenter_cuts_it():
    index, scale = index_of(None, np.array([10.5, 11.4, 3.0]), (4, 4, 2))
    # round(10.5) - 2 = 9 (halves go up), round(11.4) - 2 = 9, 3 - 1 = 2
    assert [index[axis].min() for axis in range(3)] == [9, 9, 2]
    assert [index[axis].max() for axis in range(3)] == [12, 12, 3]
    assert scale == 1


def test_deformation_moves_tissue_by_millimetres():
    means = [each.mean() for each in displacements_mm(range(20))]
    assert np.mean(means) > 3
    assert min(means) > 1


def test_the_elastic_part_alone_moves_tissue(monkeypatch):
    monkeypatch.setattr(augment, "_affine", lambda _rng: np.eye(3))
    means = [each.mean() for each in displacements_mm(range(30))]
    bent = [mean for mean in means if mean > 1e-4]
    assert 5 <= len(bent) <= 25  # one patch in two is bent
    assert min(bent) > 1


def cut_from(image, labels, index_seed, centre=CENTRE, size=SIZE):
    placed = deformation(centre, size, SPACING, None if index_seed is None else np.random.default_rng(index_seed))
    draws = plain_draws(size, matrix=placed.matrix, middle=placed.middle, nodes=placed.nodes)
    got = patches_of(image, labels, draws, size)
    return got[0][0].numpy(), got[1][0].numpy(), placed.scale


def test_masks_follow_the_image():
    """Labels of a volume whose intensity is its label, moved along with it, agree but for the border that is interpolated."""
    labels = np.zeros((60, 80, 40), np.uint8)
    labels[20:40, 30:50, 12:28] = 1
    for seed in range(5):
        image, mask, _ = cut_from(labels.astype(np.float32), labels, seed)
        assert 500 < mask.sum() < mask.size
        np.testing.assert_array_equal(mask[image > 0.99], 1)
        np.testing.assert_array_equal(mask[(image < 0.01) & (image > -0.5)], 0)


def test_scale_tells_how_much_smaller_a_structure_becomes():
    labels = np.zeros((60, 80, 40), np.uint8)
    labels[25:35, 35:45, 15:25] = 1
    for seed in range(8):
        _, mask, scale = cut_from(labels.astype(np.float32), labels, seed)
        assert mask.sum() * scale == pytest.approx(labels.sum(), rel=0.35)  # the elastic part stretches, too


def test_outside_the_volume_lies_the_outside_value():
    volume = np.ones((4, 4, 4), np.float32)
    patch, mask, _ = cut_from(volume, volume.astype(np.uint8), None, np.zeros(3), (4, 4, 4))
    assert patch[2:, 2:, 2:].tolist() == mask[2:, 2:, 2:].tolist() == np.ones((2, 2, 2)).tolist()
    assert (patch == -0.5).sum() == (mask == 0).sum() == 64 - 8
    patch, mask, _ = cut_from(volume, volume.astype(np.uint8), None, np.full(3, 100.0), (4, 4, 4))
    assert (patch == -0.5).all()
    assert not mask.any()


def test_values_are_those_of_scipy():
    """An independent interpolation, on a deformed patch that reaches beyond the volume."""
    from scipy.ndimage import map_coordinates

    rng = np.random.default_rng(5)
    image = rng.normal(size=(31, 42, 23)).astype(np.float32)
    labels = rng.integers(0, 226, image.shape).astype(np.uint8)
    for seed in range(4):
        index, _ = index_of(seed)
        patch, mask, _ = cut_from(image, labels, seed)
        wanted = map_coordinates(image, index, order=1, mode="constant", cval=-0.5)
        at_border = (np.abs(index - np.floor(index + 0.5)) < 1e-3).any(0)
        halfway = (np.abs(index - np.floor(index) - 0.5) < 1e-3).any(0)
        np.testing.assert_allclose(patch[~at_border], wanted[~at_border], atol=1e-3)
        nearest = map_coordinates(labels, index, order=0, mode="constant", cval=0)
        np.testing.assert_array_equal(mask[~at_border & ~halfway], nearest[~at_border & ~halfway])


def test_a_part_gives_what_the_whole_volume_does():
    """Volumes that a GPU has no room for are cut before they go there."""
    case = working_case()
    whole = patches_of(case.image, case.labels, None, (16, 48, 48), seed=3)
    parts = patches_of(case.image, case.labels, None, (16, 48, 48), seed=3, whole=False)
    for a, b in zip(whole, parts, strict=True):
        torch.testing.assert_close(a.float(), b.float(), atol=2e-4, rtol=0)


def varied(image: np.ndarray, inside: np.ndarray, seed: int) -> np.ndarray:
    look = intensity(np.random.default_rng(seed))
    draws = plain_draws(image.shape, intensity=np.array(look[:-1]), bias=look.bias)
    return vary(torch.from_numpy(image)[None], torch.from_numpy(inside)[None], draws, draws)[0].numpy()


def test_intensities_vary_inside_and_only_there():
    image = np.random.default_rng(0).uniform(0, 1, (8, 8, 8)).astype(np.float32)
    inside = np.ones(image.shape, bool)
    inside[:, :, 4:] = False
    for seed in range(20):
        out = varied(image, inside, seed)
        np.testing.assert_array_equal(out[~inside], image[~inside])
        assert np.abs(out - image)[inside].mean() > 0.01
        assert out.dtype == np.float32
        assert np.isfinite(out).all()


def test_blur_is_scipys():
    from scipy.ndimage import gaussian_filter

    image = np.random.default_rng(0).normal(size=(2, 9, 12, 10)).astype(np.float32)
    out = blurred(torch.from_numpy(image), torch.tensor([0.0, 0.7])).numpy()
    np.testing.assert_allclose(out[0], image[0], atol=1e-6)
    np.testing.assert_allclose(out[1], gaussian_filter(image[1], 0.7, mode="nearest"), atol=1e-4)


def test_a_memory_moves_by_a_voxel_without_coming_in_at_the_other_side():
    mask = torch.zeros((1, 2, 3, 3, 3), dtype=torch.bool)
    mask[:, :, 2, 1, 1] = True
    none = torch.zeros((1, 2, 1, 1, 1), dtype=torch.bool)
    moved = perturbed(mask, torch.tensor([[[1, 0, 0], [-1, 1, 0]]]), none)
    assert moved.nonzero().tolist() == [[0, 1, 1, 2, 1]]
    assert not perturbed(mask, torch.zeros((1, 2, 3), dtype=torch.long), ~none).any()


def test_memories_are_sometimes_as_they_are_and_sometimes_not():
    mask = torch.zeros((1, 2, *SIZE), dtype=torch.bool)
    mask[:, :, 4:20, 8:30, 8:30] = True
    same = 0
    for seed in range(40):
        drawn = perturbation(SIZE, np.random.default_rng(seed))
        other = perturbed(mask, torch.from_numpy(drawn.shift)[None], torch.from_numpy(drawn.bites)[None])
        for a, b in zip(other[0], mask[0], strict=True):
            same += torch.equal(a, b)
            assert 2 * (a & b).sum() / (a.sum() + b.sum()) > 0.75
    assert 20 < same < 70
