"""Labels, names and tags of segments."""

import numpy as np
import pytest
from sample import TABLE

from SpindleReview import SpindleError, combined_labels, gate_lines, renumbered, verdict_of


def block(*at):
    voxels = np.zeros((2, 2, 2), bool)
    for index in at:
        voxels[index] = True
    return voxels


def test_segments_keep_the_label_of_their_tag_whatever_their_order():
    parts = [("disc 1", "201", block((0, 0, 0))), ("canal", "100", block((1, 1, 1))), ("vertebra 1", "1", block((0, 1, 0)))]
    labels = combined_labels(parts, (2, 2, 2), TABLE)
    assert labels.dtype == np.int16
    assert (labels[0, 0, 0], labels[1, 1, 1], labels[0, 1, 0], labels.sum()) == (201, 100, 1, 302)


def test_a_segment_drawn_by_hand_is_known_by_its_name():
    assert combined_labels([("disc 3", None, block((0, 0, 0)))], (2, 2, 2), TABLE)[0, 0, 0] == 203
    assert combined_labels([("Segment_1", None, block())], (2, 2, 2), TABLE).sum() == 0  # empty: nobody asks
    with pytest.raises(SpindleError, match='"Segment_1" is no structure'):
        combined_labels([("Segment_1", None, block((0, 0, 0)))], (2, 2, 2), TABLE)


def test_overlap_is_refused_and_counted():
    one, two = block((0, 0, 0), (0, 0, 1), (1, 1, 1)), block((0, 0, 0), (0, 0, 1))
    with pytest.raises(SpindleError, match="vertebra 1 and disc 1 overlap in 2 voxels"):
        combined_labels([("vertebra 1", "1", one), ("disc 1", "201", two)], (2, 2, 2), TABLE)
    # Two segments of one structure are one.
    assert combined_labels([("vertebra 1", "1", one), ("more of it", "1", two)], (2, 2, 2), TABLE).sum() == 3


def test_renumbering_takes_a_run_with_its_discs():
    present = [1, 2, 103, 201, 202, 203, 100]
    assert renumbered(present, 2, 1) == {2: 3, 103: 104, 202: 203, 203: 204}
    assert renumbered(present, 100, 1) == {1: 2, 2: 3, 103: 104, 201: 202, 202: 203, 203: 204}
    with pytest.raises(SpindleError, match="leave 1 to 25"):
        renumbered(present, 1, -1)
    with pytest.raises(SpindleError, match="Another structure has that number"):
        renumbered(present, 2, -1)


def test_a_drawing_that_changes_nothing_accepts_the_proposal():
    proposal = np.zeros((2, 2, 2), np.int16)
    changed = proposal + 1
    assert verdict_of("correct", proposal.copy(), proposal) == ({"verdict": "accept"}, None)
    verdict, labels = verdict_of("correct", changed, proposal)
    assert verdict == {"verdict": "correct"}
    assert labels is changed
    assert verdict_of("exclude", changed, proposal, " metal ") == ({"verdict": "exclude", "reason": "metal"}, None)
    with pytest.raises(SpindleError, match="Say why"):
        verdict_of("send-back", changed, proposal, " a ")


def test_gates_that_refuse_are_told_first_and_passed_ones_not():
    gate = {"expected": "one", "measured": "two"}
    lines = gate_lines(
        [
            {**gate, "gate": "b", "severity": "flag", "passed": False},
            {**gate, "gate": "c", "severity": "refuse", "passed": True},
            {**gate, "gate": "a", "severity": "refuse", "passed": False},
        ]
    )
    assert lines == ["must be right: a: expected one, got two", "look at: b: expected one, got two"]
