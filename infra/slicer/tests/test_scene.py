"""Volumes and segmentations: what goes into Slicer's scene comes out of it, voxel by voxel, under its own label."""

import numpy as np
import pytest
from sample import DIRECTIONS, TABLE, grid, image_file, spine

from SpindleReview import SpindleError, SpindleReviewLogic


def opened(direction, labels=None):
    logic = SpindleReviewLogic()
    logic.open("demo 4 12_t2", image_file(direction), grid(direction), spine() if labels is None else labels, TABLE)
    return logic


def paint(slicer, logic, key, change):
    """Draws in one segment as an effect of the editor would: on the grid of Slicer's node."""
    voxels = slicer.util.arrayFromSegmentBinaryLabelmap(logic.segmentation, key, logic.image).copy()
    change(voxels)
    slicer.util.updateSegmentBinaryLabelmapFromArray(voxels, logic.segmentation, key, logic.image)


@pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS)
def test_labels_come_back_as_they_went_in(direction):
    logic = opened(direction)
    np.testing.assert_array_equal(logic.labels(), spine())
    names = {segment.GetName() for _, segment in logic.segments()}
    assert names == {"vertebra 1", "vertebra 2", "vertebra 3 (partly in view)", "canal", "disc 1", "disc 2"}
    logic.close()


def test_slicer_turns_left_handed_grids_over():
    """Else the tests above would not show that it matters."""
    logic = opened(DIRECTIONS["left-handed"])
    assert not logic.node_grid().same_as(logic.grid)
    logic.close()


@pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS)
def test_what_is_drawn_is_read_under_its_own_label(slicer, direction):
    logic = opened(direction)
    keys = {logic.label_of(key): key for key, _ in logic.segments()}
    turned = not logic.node_grid().same_as(logic.grid)

    def change(voxels):
        voxels[0 if turned else 3, 6, 2] = 1  # the file's slice 3, which was empty

    paint(slicer, logic, keys[2], change)
    new = logic.add_structure(203)
    paint(slicer, logic, new, lambda voxels: voxels.__setitem__((3 if turned else 0, 2, 1), 1))
    logic.segmentation.GetSegmentation().RemoveSegment(keys[201])
    expected = spine()
    expected[expected == 201] = 0
    expected[3, 6, 2] = 2
    expected[0, 2, 1] = 203
    np.testing.assert_array_equal(logic.labels(), expected)
    logic.close()


def test_renumbering_and_renaming_change_labels_and_colours(slicer):
    logic = opened(DIRECTIONS["sagittal"])
    keys = {logic.label_of(key): key for key, _ in logic.segments()}
    logic.renumber(keys[2], 1)
    expected = spine()
    for before, after in ((103, 104), (2, 3), (202, 203)):
        expected[spine() == before] = after
    np.testing.assert_array_equal(logic.labels(), expected)
    segment = logic.segmentation.GetSegmentation().GetSegment(keys[2])
    assert segment.GetName() == "vertebra 3"
    np.testing.assert_allclose(segment.GetColor(), [3 / 255, 10 / 255, 20 / 255], atol=1e-6)
    segment.SetName("the odd one")  # the tag stays
    np.testing.assert_array_equal(logic.labels(), expected)
    assert logic.add_structure(3) == keys[2]  # no second one
    logic.close()


def test_an_empty_proposal_can_be_drawn_on(slicer):
    logic = opened(DIRECTIONS["oblique"], np.zeros_like(spine()))
    assert logic.segments() == []
    assert not logic.labels().any()
    paint(slicer, logic, logic.add_structure(1), lambda voxels: voxels.__setitem__((1, 2, 3), 1))
    assert np.argwhere(logic.labels() == 1).tolist() == [[1, 2, 3]]
    logic.close()


def test_a_drawing_without_a_structure_is_refused_by_name(slicer):
    logic = opened(DIRECTIONS["sagittal"])
    key = logic.segmentation.GetSegmentation().AddEmptySegment("", "Segment_9")
    np.testing.assert_array_equal(logic.labels(), spine())
    paint(slicer, logic, key, lambda voxels: voxels.__setitem__((3, 0, 0), 1))
    with pytest.raises(SpindleError, match='"Segment_9" is no structure'):
        logic.labels()
    logic.set_structure(key, 204)
    assert logic.labels()[3, 0, 0] == 204
    logic.close()


@pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS)
def test_places_are_found_and_told(direction):
    logic = opened(direction)
    place = logic.centre_ras(spine(), 1)
    # Vertebra 1 is x 0-3, y 8-10, z 0-2: its middle is between voxels 1 and 2 of x, at 9 and 1.
    np.testing.assert_allclose(place, np.array([-1, -1, 1]) * logic.grid.point([1.5, 9, 1]))
    assert logic.centre_ras(spine(), 25) is None
    corner = np.array([-1, -1, 1]) * logic.grid.point([5, 0, 3])
    assert logic.voxel_at(corner) == [5, 0, 3]
    with pytest.raises(SpindleError, match="outside of the image"):
        logic.voxel_at(np.array([-1, -1, 1]) * logic.grid.point([6, 0, 3]))
    logic.close()


def test_closing_leaves_nothing_behind(slicer):
    logic = opened(DIRECTIONS["sagittal"])
    logic.add_companion("12_t1", image_file())
    mine = [logic.image, logic.segmentation, *logic.companions.values()]
    logic.close()
    nodes = getattr(slicer.mrmlScene, "nodes", None)
    present = nodes if nodes is not None else [slicer.mrmlScene.GetNthNode(n) for n in range(slicer.mrmlScene.GetNumberOfNodes())]
    assert len(mine) == 3
    assert not any(node in present for node in mine)


def test_a_file_that_is_no_image_is_told():
    with pytest.raises(SpindleError, match="Slicer can't read the image of x"):
        SpindleReviewLogic().open("x", b"junk", grid(), spine(), TABLE)
