"""The reference traversal on a network that sees the truth: a spine of blocks whose intensity tells label and class."""

import numpy as np
import pytest
from phantom import make_spine

from spindle_trainer.presets import NetworkSpec
from spindle_trainer.traversal import (
    Limits,
    dice_by_structure,
    largest,
    search_positions,
    traverse,
    without_fragments,
)

SPEC = NetworkSpec((4.0, 1.5, 1.5), (16, 48, 48), -0.5, -0.25, 1.5)
OUTSIDE = SPEC.outside_value


def oracle(patch: np.ndarray) -> tuple[np.ndarray, float]:
    """Finds the lowest vertebra that is not in memory; its patch's image holds the labels themselves."""
    image, memory = patch[0], patch[1] > 0
    labels = np.where(image == OUTSIDE, 0, image).astype(int)
    free = labels[(labels >= 1) & (labels <= 25) & ~memory]
    out = np.zeros((3, *image.shape), np.float32)
    out[2] = labels == 100
    if free.size == 0:
        return out, 0.0
    lowest = free.min()
    out[0], out[1] = labels == lowest, labels == 200 + lowest
    return out, 1.0


def test_everything_is_found_lowest_first():
    _, labels = make_spine(vertebrae=5)
    found = traverse(labels.astype(np.float32), oracle, SPEC)
    np.testing.assert_array_equal(np.unique(found.labels), np.unique(labels))
    assert min(dice_by_structure(found.labels, labels).values()) > 0.97
    assert found.passes < 60


def test_vertebrae_beyond_the_field_of_view_are_marked():
    _, labels = make_spine(vertebrae=5)
    cut = labels[:94]  # ends inside vertebra 5, which begins at 88
    found = traverse(cut.astype(np.float32), lambda patch: (oracle(patch)[0], 0.2), SPEC)
    assert {101, 102, 103, 104} <= set(np.unique(found.labels).tolist())
    assert not ((found.labels >= 1) & (found.labels < 100)).any()


def test_nothing_to_find_ends_after_the_sweep():
    image = np.zeros((96, 48, 16), np.float32)
    found = traverse(image, oracle, SPEC)
    assert not found.labels.any()
    # Half patches of 24 x 24 x 8: 4 x 2 x 2 positions.
    assert found.passes == len(list(search_positions(image.shape, SPEC.patch_zyx))) == 16


def test_a_network_that_sees_vertebrae_everywhere_comes_to_an_end():
    image = np.zeros((96, 48, 16), np.float32)
    rng = np.random.default_rng(0)

    def noisy(patch):
        return (rng.random((3, *patch.shape[1:])) > 0.3).astype(np.float32), 1.0

    assert traverse(image, noisy, SPEC, Limits(max_passes=50)).passes <= 50 + Limits().passes_per_vertebra
    always = traverse(image, lambda patch: (np.ones((3, *patch.shape[1:]), np.float32), 1.0), SPEC)
    assert always.passes <= Limits().max_passes + Limits().passes_per_vertebra


def test_the_search_goes_x_fastest_from_the_low_corner():
    positions = [each.tolist() for each in search_positions((24, 48, 16), (24, 48, 16))]
    assert positions[:5] == [[0, 0, 0], [0, 0, 8], [0, 24, 0], [0, 24, 8], [12, 0, 0]]


def test_components():
    mask = np.zeros((1, 1, 9), bool)
    mask[0, 0, [0, 1, 2, 5, 8]] = True
    assert largest(mask).ravel().tolist() == [1, 1, 1, 0, 0, 0, 0, 0, 0]
    assert without_fragments(mask, 2).ravel().tolist() == [1, 1, 1, 0, 0, 0, 0, 0, 0]
    assert without_fragments(mask, 1).ravel().tolist() == mask.ravel().tolist()
    assert not largest(np.zeros((2, 2, 2), bool)).any()


def test_dice_by_hand():
    truth = np.array([1, 1, 1, 1, 201, 201, 100, 0], np.uint8)
    found = np.array([2, 2, 2, 0, 100, 201, 201, 0], np.uint8)
    # Vertebra: 2 * 3 / (4 + 3). Disc 201: 2 * 1 / (2 + 2). The canal only overlaps a disc: 0.
    assert dice_by_structure(found, truth) == {1: pytest.approx(6 / 7), 100: 0.0, 201: 0.5}


def test_an_incomplete_vertebra_is_the_same_vertebra():
    assert dice_by_structure(np.array([101, 101], np.uint8), np.array([1, 1], np.uint8)) == {1: 1.0}
