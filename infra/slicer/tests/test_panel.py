"""The panel, with Qt played: what its buttons do. How it looks is seen in Slicer only."""

import numpy as np
import pytest
from played_server import PASSWORD, TASK, PlayedServer
from sample import grid, spine

import SpindleReview
from SpindleReview import SpindleReviewWidget, read_mha, write_mha


@pytest.fixture
def server():
    played = PlayedServer()
    yield played
    played.close()


@pytest.fixture
def panel(server, slicer, tmp_path, monkeypatch):
    monkeypatch.setattr(SpindleReview.time, "sleep", lambda _: None)
    widget = SpindleReviewWidget()
    widget.DRAFTS = tmp_path
    widget.setup()
    widget.address.text, widget.name.text, widget.password.text = server.address, "ada", PASSWORD
    widget.sign_in()
    yield widget
    widget.drawn = False
    widget.cleanup()
    widget.logic.close()


def draw(slicer, panel):
    """Adds voxel (3, 5, 2) to vertebra 2, as the editor would."""
    logic = panel.logic
    key = next(key for key, _ in logic.segments() if logic.label_of(key) == 2)
    voxels = slicer.util.arrayFromSegmentBinaryLabelmap(logic.segmentation, key, logic.image).copy()
    voxels[3, 5, 2] = 1
    slicer.util.updateSegmentBinaryLabelmapFromArray(voxels, logic.segmentation, key, logic.image)
    panel.on_drawn()


def test_from_sign_in_to_the_last_voxel(slicer, server, panel):
    assert panel.status.text == "Signed in as ada (annotator)."
    assert panel.password.text == ""
    panel.next_task()
    assert panel.status.text == f"{TASK} is yours."
    assert "doubt 0.70" in panel.about.text
    # The most doubtful first, and what the gates say of the proposal.
    assert [panel.structures.item(row, 0).text for row in (0, 1)] == ["disc 2", "vertebra 1"]
    assert panel.gates.text == "look at: disc-between: expected a disc, got none"
    assert [text for text, _ in panel.companion.items] == ["nothing", "12_t1"]
    draw(slicer, panel)
    panel.submit()
    assert panel.status.text == f"{TASK}: taken, thank you."
    [sent] = server.submissions
    _, arrived = read_mha(server.uploads[sent["verdict"]["upload"]["digest"]], "mask")
    expected = spine()
    expected[3, 5, 2] = 2
    np.testing.assert_array_equal(arrived, expected)
    assert slicer.errors == []


def test_submitting_without_a_change_accepts(server, panel):
    panel.next_task()
    panel.submit()
    assert [each["verdict"] for each in server.submissions] == [{"verdict": "accept"}]
    assert server.uploads == {}


def test_no_drawing_is_lost_between_two_sittings(slicer, server, panel):
    panel.next_task()
    draw(slicer, panel)
    server.down = True
    panel.submit()
    assert "outage it is" in panel.status.text
    panel.close_task()  # Slicer ends
    server.down = False
    slicer.answers = [True]
    panel.next_task()
    assert slicer.asked[0].startswith("Continue your drawing of 2")
    expected = spine()
    expected[3, 5, 2] = 2
    np.testing.assert_array_equal(panel.logic.labels(), expected)
    assert panel.status.text == f"{TASK} is yours. Your drawing is back."


def test_every_half_minute_the_drawing_is_saved_and_faults_open_no_window(slicer, server, panel):
    panel.next_task()
    draw(slicer, panel)
    panel.timer.timeout.fire()
    assert panel.session.draft() is not None
    server.down = True
    server.lease_until = "1970-01-01T00:00:00.000Z"
    panel.session.view = {**panel.session.view, "leaseUntil": server.lease_until, "leaseSeconds": 1800}
    panel.timer.timeout.fire()
    assert "Your drawing stays here" in panel.status.text
    assert slicer.errors == []


def test_a_sign_in_that_ended_goes_on_with_the_same_task(slicer, server, panel):
    panel.next_task()
    draw(slicer, panel)
    panel.session.api.token = "ended"
    panel.submit()
    assert "not-signed-in it is" in panel.status.text
    panel.password.text = PASSWORD
    panel.sign_in()
    panel.submit()
    assert panel.status.text == f"{TASK}: taken, thank you."


def test_what_the_gates_refuse_is_told_and_stays(slicer, server, panel):
    panel.next_task()
    draw(slicer, panel)
    gate = {
        "gate": "known-labels",
        "severity": "refuse",
        "passed": False,
        "expected": "1-25",
        "measured": "unknown 7",
        "labels": [],
    }
    server.outcome = {"outcome": "refused", "gates": [gate]}
    panel.submit()
    assert panel.gates.text == "must be right: known-labels: expected 1-25, got unknown 7"
    assert panel.view()["task"] == TASK


def test_a_reason_is_asked_for_and_sent(server, panel):
    panel.next_task()
    panel.exclude()
    assert "Say why" in panel.status.text
    assert server.submissions == []
    panel.words.text = "implant"
    panel.exclude()
    assert server.submissions[0]["verdict"] == {"verdict": "exclude", "reason": "implant"}


def test_an_empty_queue_is_told(server, panel):
    server.state = "accepted"
    panel.next_task()
    assert panel.status.text == "There is no task for you now."


def test_structures_are_added_and_counted(slicer, panel):
    panel.next_task()
    keys = {panel.logic.label_of(key): key for key, _ in panel.logic.segments()}
    panel.editor_node.GetSelectedSegmentID = lambda: keys[1]
    panel.count_up()
    assert sorted(panel.logic.label_of(key) for key, _ in panel.logic.segments()) == [2, 3, 100, 104, 202, 203]
    panel.structure.currentIndex = 0  # vertebra 1
    panel.add_structure()
    assert 1 in [panel.logic.label_of(key) for key, _ in panel.logic.segments()]
    panel.count_down()
    assert "Another structure has that number" in panel.status.text


def test_a_comment_is_said_of_the_place_under_the_crosshair(slicer, server, panel, monkeypatch):
    panel.next_task()
    place = np.array([-1, -1, 1]) * panel.logic.grid.point([5, 0, 3])
    node = type("Crosshair", (), {"GetCrosshairRAS": lambda _: place})()
    monkeypatch.setattr(SpindleReview.slicer, "mrmlScene", type("Scene", (), {"GetFirstNodeByClass": lambda *_: node})())
    panel.comment()
    assert "Type what there is to say" in panel.status.text
    panel.words.text = " is this S1? "
    panel.comment()
    monkeypatch.undo()
    assert server.comments == [{"at": "", "by": "ada", "voxel": [5, 0, 3], "text": "is this S1?"}]
    assert "ada at [5, 0, 3]: is this S1?" in panel.about.text


def test_giving_back_frees_the_task_and_keeps_the_drawing(slicer, server, panel):
    panel.next_task()
    draw(slicer, panel)
    panel.give_back()
    assert (server.state, server.reviewer) == ("queued", None)
    assert panel.status.text == "There is no task for you now."
    assert panel.session.drafts.tasks() == [TASK]


def test_an_adjudicator_starts_from_either_read(slicer, server, panel):
    read = spine()
    read[0, 8:11, :4] = 0
    server.reads = [write_mha(grid(), spine()), write_mha(grid(), read)]
    panel.next_task()
    assert [text for text, _ in panel.start.items] == ["the proposal", "read 1", "read 2"]
    panel.start.currentIndex = 2
    panel.start.activated.fire(2)
    np.testing.assert_array_equal(panel.logic.labels(), read)
    slicer.answers = [False]
    panel.start.currentIndex = 0
    panel.start.activated.fire(0)
    np.testing.assert_array_equal(panel.logic.labels(), read)
    panel.submit()
    _, arrived = read_mha(server.uploads[server.submissions[0]["verdict"]["upload"]["digest"]], "mask")
    np.testing.assert_array_equal(arrived, read)
