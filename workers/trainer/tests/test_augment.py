import numpy as np
import pytest

from spindle_trainer.augment import moved, perturb_memory, placement, take, vary_intensity

SIZE = (24, 40, 40)
SPACING = np.array([3.0, 3.0, 4.0])  # (z, y, x)
CENTRE = np.array([30.0, 40.0, 20.0])


def displacements_mm(seeds) -> list[np.ndarray]:
    """Distance of every voxel from its undeformed place, or from its mirror image where the patch was flipped."""
    plain = placement(CENTRE, SIZE, SPACING, None).index
    mirrored = plain.copy()
    mirrored[2] = plain[2].min() + plain[2].max() - plain[2]
    out = []
    for seed in seeds:
        index = placement(CENTRE, SIZE, SPACING, np.random.default_rng(seed)).index
        distances = [np.linalg.norm((index - base) * SPACING[:, None, None, None], axis=0) for base in (plain, mirrored)]
        out.append(min(distances, key=lambda each: each.mean()))
    return out


def test_without_a_generator_the_patch_is_cut_as_a_segmenter_cuts_it():
    place = placement(np.array([10.5, 11.4, 3.0]), (4, 4, 2), SPACING, None)
    # round(10.5) - 2 = 9 (halves go up), round(11.4) - 2 = 9, 3 - 1 = 2
    assert [place.index[axis].min() for axis in range(3)] == [9, 9, 2]
    assert [place.index[axis].max() for axis in range(3)] == [12, 12, 3]
    assert place.scale == 1


def test_deformation_moves_tissue_by_millimetres():
    means = [each.mean() for each in displacements_mm(range(20))]
    assert np.mean(means) > 3
    assert min(means) > 1


def test_the_elastic_part_alone_moves_tissue(monkeypatch):
    from spindle_trainer import augment

    monkeypatch.setattr(augment, "_affine", lambda _rng: np.eye(3))
    means = [each.mean() for each in displacements_mm(range(30))]
    bent = [mean for mean in means if mean > 1e-4]
    assert 5 <= len(bent) <= 25  # one patch in two is bent
    assert min(bent) > 1


def test_masks_follow_the_image():
    """Labels of a volume whose intensity is its label, moved along with it, agree but for the border that is interpolated."""
    labels = np.zeros((60, 80, 40), np.uint8)
    labels[20:40, 30:50, 12:28] = 1
    for seed in range(5):
        index = placement(CENTRE, SIZE, SPACING, np.random.default_rng(seed)).index
        image, mask = take(labels.astype(np.float32), index, 1, 0.0), take(labels, index, 0, 0)
        assert 500 < mask.sum() < mask.size
        np.testing.assert_array_equal(mask[image > 0.99], 1)
        np.testing.assert_array_equal(mask[image < 0.01], 0)


def test_scale_tells_how_much_smaller_a_structure_becomes():
    labels = np.zeros((60, 80, 40), np.uint8)
    labels[25:35, 35:45, 15:25] = 1
    for seed in range(8):
        place = placement(CENTRE, SIZE, SPACING, np.random.default_rng(seed))
        voxels = take(labels, place.index, 0, 0).sum() * place.scale
        assert voxels == pytest.approx(labels.sum(), rel=0.35)  # the elastic part stretches, too


def test_outside_the_volume_lies_the_outside_value():
    volume = np.ones((4, 4, 4), np.float32)
    patch = take(volume, placement(np.zeros(3), (4, 4, 4), SPACING, None).index, 1, -0.5)
    assert patch[2:, 2:, 2:].tolist() == np.ones((2, 2, 2)).tolist()
    assert (patch == -0.5).sum() == 64 - 8
    assert (take(volume, placement(np.full(3, 100.0), (4, 4, 4), SPACING, None).index, 1, -0.5) == -0.5).all()


def test_intensities_vary_inside_and_only_there():
    image = np.random.default_rng(0).uniform(0, 1, (8, 8, 8)).astype(np.float32)
    inside = np.ones(image.shape, bool)
    inside[:, :, 4:] = False
    out = vary_intensity(image, inside, np.random.default_rng(1))
    np.testing.assert_array_equal(out[~inside], image[~inside])
    assert np.abs(out - image)[inside].mean() > 0.01
    assert out.dtype == np.float32
    assert np.isfinite(out).all()


def test_a_memory_moves_by_a_voxel_without_coming_in_at_the_other_side():
    mask = np.zeros((3, 3, 3), bool)
    mask[2, 1, 1] = True
    assert not moved(mask, np.array([1, 0, 0])).any()
    assert np.argwhere(moved(mask, np.array([-1, 1, 0]))).tolist() == [[1, 2, 1]]


def test_memories_are_sometimes_as_they_are_and_sometimes_not():
    mask = np.zeros(SIZE, bool)
    mask[4:20, 8:30, 8:30] = True
    same = [np.array_equal(perturb_memory(mask, np.random.default_rng(seed)), mask) for seed in range(40)]
    assert 10 < sum(same) < 35
    for seed in range(40):
        other = perturb_memory(mask, np.random.default_rng(seed))
        assert 2 * (other & mask).sum() / (other.sum() + mask.sum()) > 0.75
