"""What a person's work goes through: sign-in, queue, drafts, lapsed leases, a server that is away."""

import json

import numpy as np
import pytest
from played_server import PASSWORD, TASK, PlayedServer
from sample import spine

import SpindleReview
from SpindleReview import DraftStore, RefusedError, ReviewSession, ServerAwayError, SpindleApi, SpindleError, WorkClock, read_mha


@pytest.fixture
def server():
    played = PlayedServer()
    yield played
    played.close()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(SpindleReview.time, "sleep", lambda _: None)


def signed_in(server, folder):
    api = SpindleApi(server.address)
    return ReviewSession(api, api.sign_in("ada", PASSWORD), DraftStore(folder, api.root))


def drawn():
    labels = spine()
    labels[3, 5, 2] = 2
    return labels


def test_signing_in_with_a_password_a_token_and_the_installations_own_token(server):
    api = SpindleApi(server.address)
    assert api.sign_in("ada", PASSWORD)["name"] == "ada"
    assert SpindleApi(server.address, "ada's").who()["name"] == "ada"
    # As `spindle status` prints it; the server does not know whose that token is.
    address = f"{server.address}/#token=installation%27s"
    with pytest.raises(SpindleError, match="type the name"):
        SpindleApi(address).who()
    api = SpindleApi(address, name="bert")
    assert api.who()["name"] == "bert"
    assert api.claim(TASK)["reviewer"] == "bert"


def test_a_refused_sign_in_is_told(server):
    with pytest.raises(RefusedError, match="sign-in-refused it is"):
        SpindleApi(server.address).sign_in("ada", "wrong")
    with pytest.raises(RefusedError, match="does not know this token"):
        SpindleApi(server.address, "another").who()


@pytest.mark.parametrize("address", ["", "ftp://x", "http://"])
def test_an_address_that_is_none(address):
    with pytest.raises(SpindleError, match="address"):
        SpindleApi(address)


def test_addresses_as_people_type_them():
    assert SpindleApi(" 127.0.0.1:4000/ ").root == "http://127.0.0.1:4000"
    assert SpindleApi("https://spindle.example.org/x/").root == "https://spindle.example.org/x"


def test_the_next_task_passes_over_what_others_took(server, tmp_path):
    server.others = ["demo/4/9_t1", "demo/4/10_t1"]
    session = signed_in(server, tmp_path)
    assert session.next_task()["task"] == TASK
    # The one that is held comes before the queue.
    assert session.next_task()["task"] == TASK
    assert session.next_task(skip=[TASK]) is None


def test_image_and_proposal_come_whole(server, tmp_path):
    session = signed_in(server, tmp_path)
    session.next_task()
    server.damage = 2
    image, labels = session.files()
    assert image == server.image
    np.testing.assert_array_equal(labels, spine())
    server.damage = 99
    with pytest.raises(ServerAwayError, match="damaged three times"):
        session.files()


def test_a_correction_arrives_voxel_by_voxel_and_leaves_no_draft(server, tmp_path):
    session = signed_in(server, tmp_path)
    session.next_task()
    session.files()
    assert session.submit({"verdict": "correct"}, drawn())["outcome"] == "accepted"
    [sent] = server.submissions
    _, arrived = read_mha(server.uploads[sent["verdict"]["upload"]["digest"]], "mask")
    np.testing.assert_array_equal(arrived, drawn())
    assert "reviewer" not in sent  # the server knows
    assert session.drafts.tasks() == []


def test_a_server_that_is_away_costs_nothing(server, tmp_path):
    session = signed_in(server, tmp_path)
    session.next_task()
    session.files()
    server.down = True
    with pytest.raises(ServerAwayError):
        session.submit({"verdict": "correct"}, drawn())
    # Another day, another Slicer.
    server.down = False
    again = signed_in(server, tmp_path)
    assert again.drafts.tasks() == [TASK]
    again.next_task()
    again.files()
    np.testing.assert_array_equal(again.continue_draft(again.draft()), drawn())
    assert again.submit({"verdict": "correct"}, drawn())["outcome"] == "accepted"


def test_nobody_listening_at_all(server, tmp_path):
    session = signed_in(server, tmp_path)
    session.next_task()
    session.files()
    server.close()
    with pytest.raises(ServerAwayError, match="does not answer"):
        session.submit({"verdict": "correct"}, drawn())
    assert session.drafts.tasks() == [TASK]


def test_a_lapsed_lease_is_claimed_again_and_submitted(server, tmp_path):
    session = signed_in(server, tmp_path)
    session.next_task()
    session.files()
    server.state, server.reviewer = "queued", None
    assert session.submit({"verdict": "accept"})["outcome"] == "accepted"
    assert [path for _, path in server.requests][-4:] == [
        f"/api/tasks/{TASK}/submit",
        f"/api/tasks/{TASK}",
        f"/api/tasks/{TASK}/claim",
        f"/api/tasks/{TASK}/submit",
    ]


def test_a_task_that_somebody_else_has_now_is_not_taken_from_them(server, tmp_path):
    session = signed_in(server, tmp_path)
    session.next_task()
    session.files()
    server.reviewer = "bert"
    with pytest.raises(RefusedError, match="task-conflict"):
        session.submit({"verdict": "correct"}, drawn())
    assert server.reviewer == "bert"
    assert server.submissions == []
    np.testing.assert_array_equal(session.continue_draft(session.draft()), drawn())


def test_a_proposal_that_changed_meanwhile_keeps_the_drawing(server, tmp_path):
    session = signed_in(server, tmp_path)
    session.next_task()
    session.files()
    server.state, server.proposal = "queued", server.image
    with pytest.raises(RefusedError, match="has changed meanwhile"):
        session.submit({"verdict": "correct"}, drawn())
    assert server.submissions == []
    assert session.drafts.tasks() == [TASK]


def test_what_the_gates_refuse_stays_on_disk(server, tmp_path):
    session = signed_in(server, tmp_path)
    session.next_task()
    session.files()
    server.outcome = {"outcome": "refused", "gates": []}
    assert session.submit({"verdict": "correct"}, drawn())["outcome"] == "refused"
    assert session.view["task"] == TASK
    assert session.drafts.tasks() == [TASK]


def test_the_lease_is_renewed_while_somebody_works_and_not_else(server, tmp_path, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(SpindleReview.time, "time", lambda: now[0])
    server.lease_until = "1970-01-01T00:46:40.000Z"  # 2800 s: half an hour from then
    session = signed_in(server, tmp_path)
    session.clock = session.make_clock = lambda: WorkClock(now=lambda: now[0])
    session.next_task()
    claims = lambda: server.requests.count(("POST", f"/api/tasks/{TASK}/claim"))  # noqa: E731
    session.renew()
    assert claims() == 1
    now[0] += 700  # more than a third of 1800 s
    session.renew()
    assert claims() == 1  # nobody was there
    session.clock.active()
    session.renew()
    assert claims() == 2


def test_the_clock_stands_still_when_nobody_is_there():
    now = [0.0]
    clock = WorkClock(now=lambda: now[0], minutes_before=2)
    now[0] = 60
    clock.active()
    assert clock.minutes() == 3
    now[0] = 3660  # an hour later: three minutes of it count
    assert clock.minutes() == 6
    clock.active()
    now[0] = 3720
    assert clock.minutes() == 7


def test_a_draft_is_whole_or_the_one_before(tmp_path):
    store = DraftStore(tmp_path, "http://127.0.0.1:4000")
    store.save(TASK, "a" * 64, 3.5, b"first")
    path = store.save(TASK, "a" * 64, 4.5, b"second")
    store.save(TASK, "b" * 64, 1, b"on another proposal")
    assert (store.load(TASK, "a" * 64).mask, store.load(TASK, "a" * 64).minutes) == (b"second", 4.5)
    assert store.load(TASK, "b" * 64).mask == b"on another proposal"
    assert store.tasks() == [TASK]
    note = path.parent / "draft.json"
    assert json.loads(note.read_bytes())["task"] == TASK
    note.write_bytes(b'{"task": ')
    assert store.load(TASK, "a" * 64) is None
    with pytest.raises(SpindleError):
        store.folder_of("../../etc/x", "a" * 64)
