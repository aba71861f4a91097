"""Spindle's review tasks in 3D Slicer: one file, nothing to install beside it. docs/slicer.md says how it is used.

From the bottom up: what needs no Slicer (files, geometry, the HTTP API, drafts, the clock), `SpindleReviewLogic` (volumes and
segmentations of the scene), and `SpindleReviewWidget` (the panel). For Python 3.9, which Slicer 5.0 has, and later ones.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import ctk
import numpy as np
import qt
import slicer
import vtk
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

# --- Files and geometry ---------------------------------------------------------------------------------------------

LABEL_TAG = "Spindle.Label"
# Formats and matrix products that round move a voxel by less than this; the smallest voxel is a hundred times as large.
ROUNDING_MM = 0.01
RAS = np.diag([-1.0, -1.0, 1.0])


class SpindleError(Exception):
    """What a person is told in the panel, in whole sentences."""


@dataclass(frozen=True)
class Grid:
    """Where voxels lie in the patient (LPS, mm): point = origin + direction @ (spacing * index), all in (x, y, z)."""

    size: tuple
    spacing_mm: np.ndarray  # (3,)
    origin_lps_mm: np.ndarray  # (3,)
    direction: np.ndarray  # (3, 3), columns are the index axes

    def point(self, index):
        return self.origin_lps_mm + self.direction @ (self.spacing_mm * np.asarray(index, float))

    def same_as(self, other, tolerance_mm=ROUNDING_MM):
        """Whether every voxel lies at the same place in both, within the tolerance."""
        if tuple(self.size) != tuple(other.size):
            return False
        ends = [np.array(ends) * (np.array(self.size) - 1) for ends in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1))]
        return all(np.abs(self.point(end) - other.point(end)).max() <= tolerance_mm for end in ends)


def grid_of_ijk_to_ras(matrix, size):
    """The grid of Slicer's 4 x 4 IJK-to-RAS matrix."""
    matrix = np.asarray(matrix, float)
    axes = RAS @ matrix[:3, :3]
    spacing = np.linalg.norm(axes, axis=0)
    return Grid(tuple(int(n) for n in size), spacing, RAS @ matrix[:3, 3], axes / spacing)


def permuted(grid, permutation):
    """The grid of the same voxels in another order: `permutation` has an old axis (0 x, 1 y, 2 z) and a sign for each new one."""
    axes = [axis for axis, _ in permutation]
    signs = np.array([sign for _, sign in permutation], float)
    corner = np.zeros(3)
    for axis, sign in permutation:
        if sign < 0:
            corner[axis] = grid.size[axis] - 1
    return Grid(tuple(grid.size[a] for a in axes), grid.spacing_mm[axes], grid.point(corner), grid.direction[:, axes] * signs)


def permutation_between(have, want):
    """The order and direction of axes in which voxels on the grid `have` are those of `want`; None when there is none."""
    cosines = have.direction.T @ want.direction  # [own axis, wanted axis]
    permutation = []
    for wanted in range(3):
        own = int(np.abs(cosines[:, wanted]).argmax())
        if abs(cosines[own, wanted]) < 0.99:
            return None
        permutation.append((own, 1 if cosines[own, wanted] > 0 else -1))
    if len({axis for axis, _ in permutation}) < 3 or not permuted(have, permutation).same_as(want):
        return None
    return permutation


def moved(voxels, have, want, name):
    """Voxels (z, y, x) of the grid `have` in the order of `want`: moved, never computed. Slicer turns left-handed grids over."""
    permutation = permutation_between(have, want)
    if permutation is None:
        raise SpindleError(f"The {name} is not on the grid of the image. Nothing was changed.")
    turned = voxels.transpose(2, 1, 0).transpose([axis for axis, _ in permutation])  # (x, y, z)
    turned = turned[tuple(slice(None, None, sign) for _, sign in permutation)]
    return np.ascontiguousarray(turned.transpose(2, 1, 0))


ELEMENT_TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}


def read_mha_grid(data, name):
    """Fields, grid and where the voxels start, of an MHA file in memory."""
    fields, at = {}, 0
    while "ElementDataFile" not in fields:
        end = data.find(b"\n", at, 65536)
        key, separator, value = data[at : max(end, at)].decode("latin-1").partition("=")
        if end < 0 or not separator:
            raise SpindleError(f"The {name} is no MHA file.")
        fields[key.strip()] = value.strip()
        at = end + 1
    try:
        numbers = lambda key: np.array([float(part) for part in fields[key].split()])  # noqa: E731
        size = tuple(int(n) for n in fields["DimSize"].split())
        rows = numbers("TransformMatrix").reshape(3, 3)
        grid = Grid(size, numbers("ElementSpacing"), numbers("Offset"), rows.T)
    except (KeyError, ValueError) as error:
        raise SpindleError(f"The header of the {name} can't be read: {error}.") from error
    return fields, grid, at


def read_mha(data, name):
    """The grid and the voxels (z, y, x) of an MHA file in memory, as the server sends them."""
    fields, grid, at = read_mha_grid(data, name)
    big = fields.get("BinaryDataByteOrderMSB", "False") == "True"
    try:
        dtype = np.dtype((">" if big else "<") + ELEMENT_TYPES[fields["ElementType"]])
        raw = zlib.decompress(data[at:]) if fields.get("CompressedData") == "True" else data[at:]
        voxels = np.frombuffer(raw, dtype).reshape(grid.size[::-1])
    except (KeyError, ValueError, zlib.error) as error:
        raise SpindleError(f"The voxels of the {name} can't be read: {error}.") from error
    return grid, voxels.astype(dtype.newbyteorder("="))


def write_mha(grid, labels):
    """An MHA file of labels (z, y, x) as 16-bit integers; numbers are printed so that they are read back to the last bit."""
    stream = zlib.compress(np.ascontiguousarray(labels, "<i2").tobytes(), 6)
    text = lambda values: " ".join(repr(float(value)) for value in np.asarray(values).ravel())  # noqa: E731
    header = [
        "ObjectType = Image",
        "NDims = 3",
        "BinaryData = True",
        "BinaryDataByteOrderMSB = False",
        "CompressedData = True",
        f"CompressedDataSize = {len(stream)}",
        f"TransformMatrix = {text(grid.direction.T)}",
        f"Offset = {text(grid.origin_lps_mm)}",
        "CenterOfRotation = 0 0 0",
        f"ElementSpacing = {text(grid.spacing_mm)}",
        f"DimSize = {' '.join(str(n) for n in grid.size)}",
        "ElementType = MET_SHORT",
        "ElementDataFile = LOCAL",
    ]
    return ("\n".join(header) + "\n").encode("ascii") + stream


# --- Structures -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Structure:
    label: int
    name: str
    colour: tuple  # red, green, blue, 0 to 255


class StructureTable:
    """The labels, names and colours of the installation, as `GET /api/structures` gives them."""

    def __init__(self, rows):
        self.all = [Structure(int(row["label"]), str(row["name"]), tuple(row["colour"])) for row in rows]
        self.by_label = {structure.label: structure for structure in self.all}
        self.by_name = {structure.name: structure for structure in self.all}

    def of(self, label):
        return self.by_label.get(label, Structure(label, f"unknown label {label}", (255, 0, 0)))

    def label_of_segment(self, name, tag):
        """By its tag, else by its name; None for what is no structure. Slicer's own numbers are never asked."""
        if tag is not None and tag.lstrip("-").isdigit():
            return int(tag)
        return self.by_name[name].label if name in self.by_name else None


def combined_labels(parts, size_zyx, table):
    """One label volume (z, y, x) of segments: (name, tag, bool array) each. Raises SpindleError for what can't be told apart."""
    labels = np.zeros(size_zyx, np.int16)
    for name, tag, voxels in parts:
        if not voxels.any():
            continue
        label = table.label_of_segment(name, tag)
        if label is None:
            raise SpindleError(f'The segment "{name}" is no structure: say which it is ("This segment is …"), or delete it.')
        clash = voxels & (labels != 0) & (labels != label)
        if clash.any():
            other = table.of(int(labels[clash][0])).name
            raise SpindleError(
                f"{other} and {table.of(label).name} overlap in {int(clash.sum())} voxels: a voxel can be one structure only. "
                'Choose "Overwrite: all segments" under Masking and draw over one of them.'
            )
        labels[voxels] = label
    return labels


def level_of(label):
    """1 to 25, of a vertebra (also partly in view) or of the vertebra above a disc; None for the canal."""
    return label % 100 if label != 100 and 1 <= label <= 225 else None


def renumbered(labels, start, by):
    """What labels become when the run from `start` upwards is counted one up or down; the canal stands for the whole spine."""
    lowest = level_of(start) or 1
    run = [label for label in labels if (level_of(label) or 0) >= lowest]
    changes = {label: label + by for label in run}
    levels = [level_of(label) + by for label in run]
    if not run or min(levels) < 1 or max(levels) > 25:
        raise SpindleError("The numbers would leave 1 to 25: nothing was renumbered.")
    if set(changes.values()) & (set(labels) - set(run)):
        raise SpindleError("Another structure has that number already: renumber from it, or delete it first.")
    return changes


# --- The HTTP API ---------------------------------------------------------------------------------------------------


class ServerAwayError(SpindleError):
    """Nothing answers, or what stands behind the server is down: the same may work in a moment."""


class RefusedError(SpindleError):
    """The server refused; `kind` is the last word of the problem's type."""

    def __init__(self, status, kind, detail):
        super().__init__(detail)
        self.status = status
        self.kind = kind


class SpindleApi:
    """The task API (docs/api.md) as one person."""

    def __init__(self, address, token=None, name=None, timeout_s=30):
        root, fragment_token = split_address(address)
        self.root = root
        self.token = token or fragment_token
        self.name = name  # said only where the server does not know it: with the installation's own token
        self.timeout_s = timeout_s
        host = urllib.parse.urlsplit(root).hostname
        # A proxy of the environment knows nothing of this very machine.
        local = [urllib.request.ProxyHandler({})] if host in ("127.0.0.1", "localhost", "::1") else []
        self.opener = urllib.request.build_opener(*local)

    def sign_in(self, name, password):
        """Signs in for a token; it ends by itself, and with `sign_out`."""
        answer = self.json("POST", "session", {"name": name, "password": password, "token": True, "label": "3D Slicer"})
        self.token = answer["token"]
        return self.who()

    def who(self):
        """Who is signed in: {name, role, rights}. Raises SpindleError for nobody."""
        session = self.json("GET", "session").get("session")
        if session is None:
            raise RefusedError(401, "not-signed-in", "The server does not know this token, or it has ended. Sign in again.")
        if session["name"] is not None:
            self.name = None
            return session
        if not self.name:
            raise SpindleError("This is the installation's own token: type the name that you review under, too.")
        return {**session, "name": self.name}

    def sign_out(self):
        self.json("DELETE", "session")
        self.token = None

    def structures(self):
        return StructureTable(self.json("GET", "structures")["structures"])

    def tasks(self, state, dataset=None):
        query = {"state": state, **({"dataset": dataset} if dataset else {})}
        return self.json("GET", f"tasks?{urllib.parse.urlencode(query)}")["tasks"]

    def show(self, task):
        return self.json("GET", f"tasks/{task}")

    def claim(self, task):
        return self.json("POST", f"tasks/{task}/claim", self.as_me({}))

    def companions(self, task):
        return self.json("GET", f"tasks/{task}/companions")["companions"]

    def volume(self, task, path, digest):
        """A file of the task, checked against its SHA-256. Asked for again when it arrives damaged."""
        for _ in range(3):
            data = self.ask("GET", f"tasks/{task}/{path}?digest={digest}", timeout_s=300)
            if hashlib.sha256(data).hexdigest() == digest:
                return data
        raise ServerAwayError(f"{path} arrived damaged three times.")

    def upload(self, task, data):
        ref = json.loads(self.ask("PUT", f"tasks/{task}/correction", data, "application/octet-stream", timeout_s=300))
        if ref["digest"] != hashlib.sha256(data).hexdigest():
            raise ServerAwayError("The mask arrived damaged: submit again.")
        return ref

    def submit(self, task, base_digest, minutes, verdict):
        # The gates look at every voxel before the answer comes.
        body = self.as_me({"baseDigest": base_digest, "minutes": min(round(minutes, 2), 1440), "verdict": verdict})
        return self.json("POST", f"tasks/{task}/submit", body, timeout_s=300)

    def move(self, task, move, **details):
        """What happens to a task beside claims and verdicts: "release", "comment" with voxel and text."""
        return self.json("POST", f"tasks/{task}/moves", self.as_me({"move": move, **details}, "by"))

    def as_me(self, body, field="reviewer"):
        return {**body, field: self.name} if self.name else body

    def json(self, method, path, body=None, timeout_s=None):
        data = None if body is None else json.dumps(body).encode()
        answer = self.ask(method, path, data, "application/json", timeout_s)
        try:
            return json.loads(answer) if answer else {}
        except ValueError as error:
            raise SpindleError(f"{self.root} is no Spindle: its answer can't be read.") from error

    def ask(self, method, path, data=None, media_type=None, timeout_s=None):
        """One request; GETs that find nobody are tried twice more. Raises ServerAwayError, RefusedError."""
        for pause_s in (0.5, 1.5, None):
            try:
                return self.attempt(method, path, data, media_type, timeout_s or self.timeout_s)
            except ServerAwayError:
                if method != "GET" or pause_s is None:
                    raise
                time.sleep(pause_s)
        raise AssertionError("unreachable")

    def attempt(self, method, path, data, media_type, timeout_s):
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        if data is not None:
            headers["content-type"] = media_type
        request = urllib.request.Request(f"{self.root}/api/{path}", data, headers, method=method)
        try:
            with self.opener.open(request, timeout=timeout_s) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            raise refusal(error.code, error.read()) from error
        except (OSError, ValueError) as error:  # no connection, one that broke off, no answer in time; an address that is none
            reason = getattr(error, "reason", error)
            raise ServerAwayError(f"{self.root} does not answer ({reason}).") from error


def split_address(address):
    """The root of what people paste, and the token behind `#token=` where `spindle status` put one."""
    text = address.strip()
    if not text:
        raise SpindleError("Type the address of your Spindle, as in your browser.")
    parts = urllib.parse.urlsplit(text if "://" in text else f"http://{text}")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SpindleError("The address begins with http:// or https://, as in your browser.")
    token = parts.fragment[len("token=") :] if parts.fragment.startswith("token=") else None
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}", token and urllib.parse.unquote(token)


def refusal(status, body):
    try:
        problem = json.loads(body)
        kind, detail = str(problem["type"]).rpartition(":")[2], str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        kind, detail = "unknown", f"The server answered {status}. Is this the address of a Spindle?"
    return ServerAwayError(detail) if status >= 500 else RefusedError(status, kind, detail)


# --- Drafts and time ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Draft:
    task: str
    base_digest: str
    minutes: float
    saved_at: str
    mask: bytes


class DraftStore:
    """Drawings on this computer, so that none is lost when the server is away, Slicer crashes or a lease lapses.

    One for each task and proposal, `<host>/<dataset>/<round>/<series>/<proposal>/`: a note, and the mask that it names.
    """

    def __init__(self, folder, root):
        host = urllib.parse.urlsplit(root).netloc.replace(":", "_")
        self.folder = Path(folder) / host

    def save(self, task, base_digest, minutes, mask):
        """Whole or not at all: the mask lies under its digest before the note that names it takes the old one's place."""
        folder = self.folder_of(task, base_digest)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"{hashlib.sha256(mask).hexdigest()[:16]}.mha"
        replace_file(folder / name, mask)
        note = {
            "schema": "spindle.slicer-draft/1",
            "task": task,
            "baseDigest": base_digest,
            "minutes": minutes,
            "savedAt": datetime.now().astimezone().isoformat(timespec="seconds"),
            "mask": name,
        }
        replace_file(folder / "draft.json", json.dumps(note, indent=1).encode())
        for other in folder.glob("*.mha"):
            if other.name != name:
                other.unlink()
        return folder / name

    def load(self, task, base_digest):
        """The drawing on that proposal of a task; None when there is none that is whole."""
        folder = self.folder_of(task, base_digest)
        try:
            note = json.loads((folder / "draft.json").read_bytes())
            mask = (folder / str(note["mask"])).read_bytes()
            return Draft(task, note["baseDigest"], float(note["minutes"]), note["savedAt"], mask)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remove(self, task, base_digest):
        folder = self.folder_of(task, base_digest)
        for path in [folder / "draft.json", *folder.glob("*.mha")]:
            if path.exists():
                path.unlink()

    def tasks(self):
        """Tasks with a drawing, the latest first."""
        notes = sorted(self.folder.glob("*/*/*/*/draft.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        return list(dict.fromkeys("/".join(path.relative_to(self.folder).parts[:3]) for path in notes))

    def folder_of(self, task, base_digest):
        parts = [*task.split("/"), base_digest[:16]]
        if len(parts) != 4 or any(not part or part.startswith(".") or "\\" in part for part in parts):
            raise SpindleError("The server named a task in another way than this module knows.")
        return self.folder.joinpath(*parts)


def replace_file(path, data):
    written = path.with_name(path.name + ".part")
    with open(written, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(written, path)


class WorkClock:
    """Minutes that a person really worked: it stands still three minutes after the last thing they did, as the page's does."""

    IDLE_S = 180.0

    def __init__(self, now=time.monotonic, minutes_before=0.0):
        self.now = now
        self.worked_s = minutes_before * 60
        self.last = now()

    def active(self):
        now = self.now()
        self.worked_s += min(now - self.last, self.IDLE_S)
        self.last = now

    def idle_s(self):
        return self.now() - self.last

    def minutes(self):
        return (self.worked_s + min(self.now() - self.last, self.IDLE_S)) / 60


# --- One task under way ---------------------------------------------------------------------------------------------

# Where work that is already this person's waits, and then what anybody may take.
OWN_STATES = ("claimed", "sent-back")
OPEN_STATES = ("sent-back", "queued", "second-read")


class ReviewSession:
    """What a signed-in person does, without Slicer: takes tasks, keeps drafts, submits whatever happens meanwhile."""

    def __init__(self, api, who, drafts, clock=WorkClock):
        self.api = api
        self.who = who
        self.drafts = drafts
        self.make_clock = clock
        self.table = api.structures()
        self.view = None
        self.grid = None
        self.clock = None

    def next_task(self, skip=()):
        """Claims the task that this person holds already, else the first one that can be had; None when there is none."""
        tried = set(skip)
        for row in self.candidates():
            if row["task"] in tried:
                continue
            tried.add(row["task"])
            try:
                return self.take(row["task"])
            except RefusedError as error:
                # Taken meanwhile, settled, or for somebody else; the list lags a moment.
                if error.status not in (403, 404, 409):
                    raise
        return None

    def candidates(self):
        name = self.who["name"]
        for state in OWN_STATES:
            yield from (row for row in self.api.tasks(state) if name in (row.get("reviewer"), row.get("assignee")))
        for state in OPEN_STATES:
            yield from self.api.tasks(state)

    def take(self, task):
        """Claims one task, or renews the claim."""
        view = self.api.claim(task)
        if self.view is None or self.view["task"] != task:
            self.clock = self.make_clock()
        self.view = view
        return view

    def files(self):
        """The image's file, and the proposal's labels (z, y, x) on the image's grid."""
        task, view = self.view["task"], self.view
        image = self.api.volume(task, "image.mha", view["image"]["digest"])
        _, self.grid, _ = read_mha_grid(image, "image")
        return image, self.labels_of(self.api.volume(task, "proposal.mha", view["proposal"]["digest"]), "proposal")

    def labels_of(self, data, name):
        have, voxels = read_mha(data, name)
        return moved(voxels.astype(np.int16), have, self.grid, name)

    def draft(self):
        """The drawing on this very proposal that was not sent yet."""
        return self.drafts.load(self.view["task"], self.base_digest())

    def continue_draft(self, draft):
        self.clock = self.make_clock(minutes_before=draft.minutes)
        return self.labels_of(draft.mask, "saved drawing")

    def save_draft(self, labels):
        return self.drafts.save(self.view["task"], self.base_digest(), self.clock.minutes(), write_mha(self.grid, labels))

    def base_digest(self):
        return self.view["proposal"]["digest"]

    def renew(self):
        """Renews the claim while somebody works; called often, asks the server only when a third of the lease is gone."""
        until = self.view.get("leaseUntil")
        if until is None or self.clock.idle_s() > WorkClock.IDLE_S:
            return
        granted = self.view.setdefault("leaseSeconds", seconds_until(until))
        if seconds_until(until) < granted * 2 / 3:
            self.view = {**self.api.claim(self.view["task"]), "leaseSeconds": granted}

    def submit(self, verdict, labels=None):
        """Sends the verdict; with `labels` as a correction. The drawing is on this computer's disk before anything is sent, and
        leaves it when the server has taken it. A lease that lapsed meanwhile is claimed anew."""
        task, base = self.view["task"], self.base_digest()
        minutes = self.clock.minutes()
        if labels is not None:
            mask = write_mha(self.grid, labels)
            self.drafts.save(task, base, minutes, mask)
            verdict = {**verdict, "upload": self.api.upload(task, mask)}
        try:
            result = self.api.submit(task, base, minutes, verdict)
        except RefusedError as error:
            if error.status != 409:
                raise
            self.claim_again(error)
            result = self.api.submit(task, base, minutes, verdict)
        if result["outcome"] != "refused":
            self.drafts.remove(task, base)
            self.view = None
        return result

    def claim_again(self, conflict):
        task, base = self.view["task"], self.base_digest()
        if self.api.show(task)["state"] not in OPEN_STATES:
            raise conflict
        view = self.api.claim(task)
        if view["proposal"]["digest"] != base:
            raise RefusedError(409, "task-conflict", "The proposal has changed meanwhile. Your drawing is kept on this computer.")
        self.view = view

    def candidate(self, number):
        """One of the reads to decide between, as labels (z, y, x); the first is 1."""
        digest = self.view["candidates"][number - 1]["mask"]["digest"]
        path = f"candidates/{number}/mask.mha"
        return self.labels_of(self.api.volume(self.view["task"], path, digest), f"read {number}")

    def comment(self, voxel, text):
        if not text:
            raise SpindleError("Type what there is to say first.")
        answer = self.api.move(self.view["task"], "comment", voxel=voxel, text=text)
        self.view = {**self.view, "comments": answer.get("comments", [])}
        self.clock.active()

    def give_back(self):
        """To the queue, for somebody else; drafts stay on this computer."""
        self.api.move(self.view["task"], "release")
        self.view = None


def seconds_until(iso):
    return datetime.fromisoformat(iso.replace("Z", "+00:00")).timestamp() - time.time()


def verdict_of(kind, labels, proposal, reason=""):
    """The verdict to send, and the labels to send with it: a drawing that changes nothing accepts the proposal."""
    if kind in ("exclude", "send-back"):
        if len(reason.strip()) < 3:
            raise SpindleError("Say why, in three characters or more (no patient data).")
        return {"verdict": kind, "reason": reason.strip()}, None
    if kind == "accept" or np.array_equal(labels, proposal):
        return {"verdict": "accept"}, None
    return {"verdict": "correct"}, labels


def gate_lines(gates):
    """Gates as the panel shows them, what refuses first."""
    first = sorted((gate for gate in gates if not gate["passed"]), key=lambda gate: gate["severity"] != "refuse")
    return [
        f"{'must be right' if gate['severity'] == 'refuse' else 'look at'}: {gate['gate']}: expected {gate['expected']}, "
        f"got {gate['measured']}"
        for gate in first
    ]


# --- The scene ------------------------------------------------------------------------------------------------------


class SpindleReviewLogic(ScriptedLoadableModuleLogic):
    """The image, the segmentation and the other images of one task, in Slicer's scene."""

    def __init__(self):
        super().__init__()
        self.image = None
        self.segmentation = None
        self.grid = None
        self.table = None
        self.companions = {}

    def open(self, name, image, grid, labels, table):
        """Shows a task: an MHA file's image, and labels (z, y, x) on its grid as segments."""
        self.close()
        self.grid, self.table = grid, table
        self.image = self.volume_of(name, image)
        self.segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", f"{name} mask")
        self.segmentation.CreateDefaultDisplayNodes()
        self.segmentation.SetReferenceImageGeometryParameterFromVolumeNode(self.image)
        self.show(labels)

    def close(self):
        """Takes what `open` and `add_companion` brought out of the scene."""
        for node in (self.segmentation, self.image, *self.companions.values()):
            if node is not None:
                slicer.mrmlScene.RemoveNode(node)
        self.image = self.segmentation = self.grid = None
        self.companions = {}

    def add_companion(self, series, image):
        self.companions[series] = self.volume_of(series, image)
        return self.companions[series]

    def volume_of(self, name, data):
        path = os.path.join(slicer.app.temporaryPath, f"spindle-{os.getpid()}-{hashlib.sha256(data).hexdigest()[:12]}.mha")
        try:
            with open(path, "wb") as file:
                file.write(data)
            node = slicer.modules.volumes.logic().AddArchetypeVolume(path, name, 0)
        finally:
            if os.path.exists(path):
                os.unlink(path)
        if node is None:
            raise SpindleError(f"Slicer can't read the image of {name}.")
        return node

    def node_grid(self):
        """The grid that Slicer gave the image: of a left-handed one, the slices the other way round."""
        matrix = vtk.vtkMatrix4x4()
        self.image.GetIJKToRASMatrix(matrix)
        elements = [[matrix.GetElement(row, column) for column in range(4)] for row in range(4)]
        return grid_of_ijk_to_ras(elements, self.image.GetImageData().GetDimensions())

    def show(self, labels):
        """Replaces all segments by those of labels (z, y, x) on the image's grid."""
        segments = self.segmentation.GetSegmentation()
        segments.RemoveAllSegments()
        if not labels.any():
            return
        node = slicer.modules.volumes.logic().CreateAndAddLabelVolume(self.image, "spindle labels")
        try:
            slicer.util.updateVolumeFromArray(node, moved(labels, self.grid, self.node_grid(), "mask"))
            if not slicer.modules.segmentations.logic().ImportLabelmapToSegmentationNode(node, self.segmentation):
                raise SpindleError("Slicer can't show the mask as a segmentation.")
        finally:
            slicer.mrmlScene.RemoveNode(node)
        # Just after the import a segment's own value is the label. Slicer renumbers later: from now on only the tag is asked.
        for index in range(segments.GetNumberOfSegments()):
            segment = segments.GetNthSegment(index)
            self.name_segment(segment, segment.GetLabelValue())

    def name_segment(self, segment, label):
        structure = self.table.of(label)
        segment.SetTag(LABEL_TAG, str(label))
        segment.SetName(structure.name)
        segment.SetColor(*(part / 255 for part in structure.colour))

    def labels(self):
        """All segments as labels (z, y, x) on the image's grid, each with the label of its tag, whatever Slicer numbers it."""
        grid = self.node_grid()
        array_of = slicer.util.arrayFromSegmentBinaryLabelmap
        parts = (
            (segment.GetName(), tag_of(segment), array_of(self.segmentation, key, self.image) > 0)
            for key, segment in self.segments()
        )
        return moved(combined_labels(parts, grid.size[::-1], self.table), grid, self.grid, "drawing")

    def segments(self):
        segments = self.segmentation.GetSegmentation()
        keys = [segments.GetNthSegmentID(index) for index in range(segments.GetNumberOfSegments())]
        return [(key, segments.GetSegment(key)) for key in keys]

    def label_of(self, segment_id):
        segment = self.segmentation.GetSegmentation().GetSegment(segment_id) if segment_id else None
        return None if segment is None else self.table.label_of_segment(segment.GetName(), tag_of(segment))

    def set_structure(self, segment_id, label):
        """Says which structure a segment is."""
        segment = self.segmentation.GetSegmentation().GetSegment(segment_id) if segment_id else None
        if segment is None:
            raise SpindleError("Choose a segment first.")
        self.name_segment(segment, label)

    def add_structure(self, label):
        """An empty segment for a structure that the mask lacks; gives its id. The one that is there when it doesn't lack it."""
        for key, _ in self.segments():
            if self.label_of(key) == label:
                return key
        key = self.segmentation.GetSegmentation().AddEmptySegment()
        self.set_structure(key, label)
        return key

    def renumber(self, segment_id, by):
        """Counts a vertebra, its disc and everything above one up or down."""
        labels = {key: self.label_of(key) for key, _ in self.segments()}
        start = self.label_of(segment_id) or 100
        changes = renumbered([label for label in labels.values() if label is not None], start, by)
        for key, label in labels.items():
            if label in changes:
                self.set_structure(key, changes[label])

    def centre_ras(self, labels, label):
        """The middle of a structure in RAS mm; None when there is none of it."""
        found = np.argwhere(labels == label)
        return None if len(found) == 0 else RAS @ self.grid.point(found.mean(axis=0)[::-1])

    def voxel_at(self, ras):
        """The voxel (x, y, z) of the image's file at a place; raises SpindleError outside."""
        offset = RAS @ np.asarray(ras, float) - self.grid.origin_lps_mm
        index = np.rint((self.grid.direction.T @ offset) / self.grid.spacing_mm).astype(int)
        if (index < 0).any() or (index >= np.array(self.grid.size)).any():
            raise SpindleError("The crosshair is outside of the image: hold Shift and move the mouse over the place.")
        return [int(n) for n in index]


def tag_of(segment):
    tag = vtk.reference("")
    return str(tag) if segment.GetTag(LABEL_TAG, tag) else None


# --- The panel ------------------------------------------------------------------------------------------------------


class SpindleReview(ScriptedLoadableModule):
    def __init__(self, parent):
        super().__init__(parent)
        parent.title = "Spindle Review"
        parent.categories = ["Segmentation"]
        parent.dependencies = ["Segmentations", "SegmentEditor", "Volumes"]
        parent.contributors = ["The Spindle authors"]
        parent.helpText = "Takes review tasks from a Spindle installation and sends masks back. See docs/slicer.md of Spindle."
        parent.acknowledgementText = ""


def reported(action):
    """Wraps what a button does: a SpindleError becomes a sentence in the panel, with nothing else changed."""

    def run(self, *_):
        slicer.app.setOverrideCursor(qt.Qt.WaitCursor)
        try:
            action(self)
        except SpindleError as error:
            self.say(str(error), wrong=True)
        except Exception as error:  # a fault of this module's own: told, too, and in Slicer's log with its place
            self.say(f"Spindle Review failed: {error!r}. Nothing was sent; save a draft and restart Slicer.", wrong=True)
            raise
        finally:
            slicer.app.restoreOverrideCursor()

    return run


class SpindleReviewWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    TICK_MS = 30_000
    DRAFTS = Path.home() / "SpindleReview"

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.session = None
        self.proposal = None
        self.drawn = False

    # -- Layout

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        self.logic = SpindleReviewLogic()
        self.settings = qt.QSettings()
        self.build_sign_in()
        self.build_task()
        self.build_editor()
        self.build_answer()
        self.status = qt.QLabel("Sign in to begin.")
        self.status.wordWrap = True
        self.layout.addWidget(self.status)
        self.layout.addStretch(1)
        self.timer = qt.QTimer()
        self.timer.setInterval(self.TICK_MS)
        self.timer.timeout.connect(self.tick)
        self.timer.start()
        self.enable()

    def section(self, title):
        box = ctk.ctkCollapsibleButton()
        box.text = title
        self.layout.addWidget(box)
        return box, qt.QFormLayout(box)

    def buttons(self, form, *rows):
        """A row of buttons; each is (text, tool tip, what it does)."""
        line = qt.QHBoxLayout()
        made = []
        for text, tip, action in rows:
            button = qt.QPushButton(text)
            button.toolTip = tip
            button.clicked.connect(action)
            line.addWidget(button)
            made.append(button)
        form.addRow(line)
        return made

    def build_sign_in(self):
        self.sign_in_box, form = self.section("Sign in")
        self.address = qt.QLineEdit(self.settings.value("SpindleReview/address") or "")
        self.address.placeholderText = "https://spindle.example.org"
        self.name = qt.QLineEdit(self.settings.value("SpindleReview/name") or "")
        self.password = qt.QLineEdit()
        self.token = qt.QLineEdit()
        for secret in (self.password, self.token):
            secret.echoMode = qt.QLineEdit.Password
        self.token.placeholderText = "instead of the password"
        for title, field in (("Address", self.address), ("Name", self.name), ("Password", self.password), ("Token", self.token)):
            form.addRow(title, field)
            field.returnPressed.connect(self.sign_in)
        self.buttons(form, ("Sign in", "Nothing but the address and the name is kept on this computer", self.sign_in))

    def build_task(self):
        self.task_box, form = self.section("Task")
        self.buttons(
            form,
            ("Next task", "The one you hold, else the first in the queue", self.next_task),
            ("Give back", "Leave this one to somebody else and take the next; what you drew stays saved here", self.give_back),
        )
        self.about = qt.QLabel("")
        self.about.wordWrap = True
        form.addRow(self.about)
        self.structures = qt.QTableWidget(0, 3)
        self.structures.setHorizontalHeaderLabels(["Structure", "Doubt", "Voxels"])
        self.structures.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)
        self.structures.setSelectionBehavior(qt.QAbstractItemView.SelectRows)
        self.structures.cellClicked.connect(self.go_to_structure)
        form.addRow(self.structures)
        self.companion = qt.QComboBox()
        form.addRow("Beside", self.companion)
        self.companion.activated.connect(self.show_beside)
        self.start = qt.QComboBox()
        form.addRow("Start from", self.start)
        self.start.activated.connect(self.start_from)

    def build_editor(self):
        self.editor_box, form = self.section("Mask")
        self.editor = slicer.qMRMLSegmentEditorWidget()
        self.editor.setMRMLScene(slicer.mrmlScene)
        self.editor.setSegmentationNodeSelectorVisible(False)
        set_source_selector = getattr(self.editor, "setSourceVolumeNodeSelectorVisible", None)
        (set_source_selector or self.editor.setMasterVolumeNodeSelectorVisible)(False)
        self.editor_node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentEditorNode")
        self.editor_node.SetOverwriteMode(slicer.vtkMRMLSegmentEditorNode.OverwriteAllSegments)
        self.editor.setMRMLSegmentEditorNode(self.editor_node)
        form.addRow(self.editor)
        self.structure = qt.QComboBox()
        form.addRow("Structure", self.structure)
        self.buttons(
            form,
            ("Add it", "Add a segment for a structure that the mask lacks", self.add_structure),
            ("This segment is it", "Say which structure the selected segment is", self.set_structure),
        )
        self.buttons(
            form,
            ("Count up", "The selected vertebra, its disc and everything above: one number up", self.count_up),
            ("Count down", "The selected vertebra, its disc and everything above: one number down", self.count_down),
        )

    def build_answer(self):
        self.answer_box, form = self.section("Answer")
        self.gates = qt.QLabel("")
        self.gates.wordWrap = True
        form.addRow(self.gates)
        self.words = qt.QLineEdit()
        self.words.placeholderText = "A reason or a comment; no patient data"
        form.addRow(self.words)
        self.buttons(
            form,
            ("Submit", "Send the mask; one without changes accepts the proposal", self.submit),
            ("Accept as proposed", "The proposal is right as it is", self.accept),
            ("Save draft", "On this computer; this happens by itself every half minute, too", self.save_draft),
        )
        self.extra = self.buttons(
            form,
            ("Comment", "Say it of the place under the crosshair (Shift and move the mouse)", self.comment),
            ("Send back", "To its author, with the reason: as second reader", self.send_back),
            ("Can't be used", "Exclude the series, with the reason", self.exclude),
        )

    def enable(self):
        signed_in, open_ = self.session is not None, self.view() is not None
        self.task_box.enabled = signed_in
        self.editor_box.enabled = self.answer_box.enabled = open_
        self.sign_in_box.collapsed = signed_in

    def view(self):
        return self.session.view if self.session else None

    def say(self, text, wrong=False):
        self.status.text = text
        self.status.styleSheet = "color: #c62828" if wrong else ""
        if wrong:
            slicer.util.errorDisplay(text, windowTitle="Spindle Review")

    # -- What the buttons do

    @reported
    def sign_in(self):
        self.keep_drawing()
        api = SpindleApi(self.address.text, self.token.text.strip() or None, self.name.text.strip() or None)
        with_password = self.password.text and not self.token.text.strip()
        who = api.sign_in(self.name.text.strip(), self.password.text) if with_password else api.who()
        self.password.text = self.token.text = ""
        self.settings.setValue("SpindleReview/address", api.root)
        self.settings.setValue("SpindleReview/name", who["name"])
        if self.session and (self.session.api.root, self.session.who["name"]) == (api.root, who["name"]):
            self.session.api = api  # signed in again: the task under way goes on
        else:
            self.close_task()
            self.session = ReviewSession(api, who, DraftStore(self.DRAFTS, api.root))
            self.structure.clear()
            for structure in self.session.table.all:
                self.structure.addItem(structure.name, structure.label)
        waiting = self.session.drafts.tasks()
        kept = f" Drawings that were not sent: {', '.join(waiting)}." if waiting and not self.view() else ""
        self.say(f"Signed in as {who['name']} ({who['role']}).{kept}")
        self.enable()

    @reported
    def next_task(self):
        self.keep_drawing()
        self.open_next(())

    @reported
    def give_back(self):
        if self.view() is None:
            return self.open_next(())
        self.keep_drawing()
        task = self.view()["task"]
        self.session.give_back()
        self.close_task()
        self.open_next((task,))

    def open_next(self, skip):
        if self.session.next_task(skip) is None:
            self.close_task()
            self.about.text = ""
            return self.say("There is no task for you now.")
        self.open_task()

    def open_task(self):
        session, view = self.session, self.session.view
        image, self.proposal = session.files()
        labels, note = self.proposal, ""
        draft = session.draft()
        question = f"Continue your drawing of {draft.saved_at[:16].replace('T', ' ')}?" if draft else ""
        if draft and slicer.util.confirmYesNoDisplay(question, windowTitle="Spindle Review"):
            labels, note = session.continue_draft(draft), " Your drawing is back."
        self.removeObservers()
        self.logic.open(view["task"].replace("/", " "), image, session.grid, labels, session.table)
        self.drawn = False
        self.editor.setSegmentationNode(self.logic.segmentation)
        (getattr(self.editor, "setSourceVolumeNode", None) or self.editor.setMasterVolumeNode)(self.logic.image)
        slicer.util.setSliceViewerLayers(background=self.logic.image, fit=True)
        self.watch()
        self.describe()
        self.list_companions()
        self.start.clear()
        for text in ("the proposal", *(f"read {n + 1}" for n in range(len(view.get("candidates", []))))):
            self.start.addItem(text, None)
        self.say(f"{view['task']} is yours.{note}")
        self.enable()

    def close_task(self):
        self.removeObservers()
        self.logic.close()
        self.proposal, self.drawn = None, False
        if self.session:
            self.session.view = None
        self.structures.setRowCount(0)
        self.gates.text = ""
        self.enable()

    def describe(self):
        view = self.view()
        minutes = f", about {view['expectedMinutes']:.0f} minutes" if view.get("expectedMinutes") else ""
        lines = [f"{view['task']}: {view['kind']}, doubt {view['doubt']:.2f}{minutes}"]
        if view.get("sentBackBecause"):
            lines.append(f"Sent back: {view['sentBackBecause']}")
        lines += [f"{each['by']} at {each['voxel']}: {each['text']}" for each in view.get("comments", [])]
        self.about.text = "\n".join(lines)
        rows = sorted(view["structures"], key=lambda row: -row["doubt"])
        self.structures.setRowCount(len(rows))
        for index, row in enumerate(rows):
            texts = (self.session.table.of(row["label"]).name, f"{row['doubt']:.2f}", str(row["voxels"]))
            for column, text in enumerate(texts):
                item = qt.QTableWidgetItem(text)
                item.setData(qt.Qt.UserRole, row["label"])
                self.structures.setItem(index, column, item)
        self.show_gates(view["lastGates"] or view["gates"])

    def show_gates(self, gates):
        self.gates.textFormat = qt.Qt.PlainText
        self.gates.text = "\n".join(gate_lines(gates))

    def list_companions(self):
        self.companion.clear()
        self.companion.addItem("nothing", None)
        for row in self.session.api.companions(self.view()["task"]):
            self.companion.addItem(row["series"], row["image"]["digest"])

    @reported
    def show_beside(self):
        series, digest = self.companion.currentText, self.companion.currentData
        layout = slicer.app.layoutManager()
        if digest is None:
            layout.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
            return slicer.util.setSliceViewerLayers(background=self.logic.image)
        node = self.logic.companions.get(series)
        if node is None:
            data = self.session.api.volume(self.view()["task"], f"companions/{series}/image.mha", digest)
            node = self.logic.add_companion(series, data)
        layout.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutSideBySideView)
        views = [(layout.sliceWidget(name), shown) for name, shown in (("Red", self.logic.image), ("Yellow", node))]
        for widget, shown in views:
            # Links are off while the images are set, since a linked view hands its image on to the others.
            widget.mrmlSliceCompositeNode().SetLinkedControl(False)
            widget.mrmlSliceCompositeNode().SetBackgroundVolumeID(shown.GetID())
            widget.mrmlSliceNode().SetOrientationToSagittal()
        for widget, _ in views:
            widget.mrmlSliceCompositeNode().SetLinkedControl(True)
            widget.mrmlSliceCompositeNode().SetHotLinkedControl(True)

    @reported
    def start_from(self):
        """Shows the proposal, or one of the reads to decide between, in place of what is drawn."""
        question = "Put it in the place of what is drawn now?"
        if self.drawn and not slicer.util.confirmYesNoDisplay(question, windowTitle="Spindle Review"):
            return
        number = self.start.currentIndex
        self.logic.show(self.session.candidate(number) if number > 0 else self.proposal)
        self.on_drawn()

    def go_to_structure(self, row, _column):
        label = self.structures.item(row, 0).data(qt.Qt.UserRole)
        place = self.logic.centre_ras(self.proposal, label)
        if place is not None:
            slicer.vtkMRMLSliceNode.JumpAllSlices(slicer.mrmlScene, *place, slicer.vtkMRMLSliceNode.CenteredJumpSlice)

    @reported
    def add_structure(self):
        self.editor_node.SetSelectedSegmentID(self.logic.add_structure(int(self.structure.currentData)))

    @reported
    def set_structure(self):
        self.logic.set_structure(self.editor_node.GetSelectedSegmentID(), int(self.structure.currentData))
        self.on_drawn()

    @reported
    def count_up(self):
        self.logic.renumber(self.editor_node.GetSelectedSegmentID(), 1)
        self.on_drawn()

    @reported
    def count_down(self):
        self.logic.renumber(self.editor_node.GetSelectedSegmentID(), -1)
        self.on_drawn()

    @reported
    def submit(self):
        self.answer("correct", self.logic.labels())

    @reported
    def accept(self):
        question = "Accept the proposal as it was? What you drew is left out."
        if self.drawn and not slicer.util.confirmYesNoDisplay(question, windowTitle="Spindle Review"):
            return
        self.keep_drawing()
        self.answer("accept", self.proposal)

    @reported
    def send_back(self):
        self.keep_drawing()
        self.answer("send-back", self.proposal)

    @reported
    def exclude(self):
        self.keep_drawing()
        self.answer("exclude", self.proposal)

    def answer(self, kind, labels):
        task = self.view()["task"]
        verdict, to_send = verdict_of(kind, labels, self.proposal, self.words.text)
        result = self.session.submit(verdict, to_send)
        self.show_gates(result["gates"])
        if result["outcome"] == "refused":
            return self.say("The mask was not taken: see above what must be right. It is still yours, and saved.", wrong=True)
        self.words.text = ""
        self.drawn = False
        self.close_task()
        self.say(f"{task}: {OUTCOMES.get(result['outcome'], result['outcome'])}.")

    @reported
    def comment(self):
        crosshair = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLCrosshairNode").GetCrosshairRAS()
        self.session.comment(self.logic.voxel_at(crosshair), self.words.text.strip())
        self.words.text = ""
        self.describe()
        self.say("Said.")

    @reported
    def save_draft(self):
        path = self.session.save_draft(self.logic.labels())
        self.drawn = False
        self.say(f"Saved on this computer: {path}")

    # -- What happens by itself

    def watch(self):
        segments = self.logic.segmentation.GetSegmentation()
        for event in (slicer.vtkSegmentation.SourceRepresentationModified, slicer.vtkSegmentation.SegmentRemoved):
            self.addObserver(segments, event, self.on_drawn)
        for node in slicer.util.getNodesByClass("vtkMRMLSliceNode"):
            self.addObserver(node, vtk.vtkCommand.ModifiedEvent, self.on_looked)

    def on_drawn(self, *_):
        self.drawn = True
        self.on_looked()

    def on_looked(self, *_):
        if self.session and self.session.clock:
            self.session.clock.active()

    def keep_drawing(self):
        """Saves what was drawn since the last time, before the scene changes. What can't be saved as it is stops the change."""
        if self.view() and self.drawn:
            self.session.save_draft(self.logic.labels())
            self.drawn = False

    def tick(self):
        """Every half minute: the drawing to disk, the lease renewed. Faults are told in the panel only, never in a window."""
        if not self.view():
            return
        try:
            self.keep_drawing()
            self.session.renew()
        except SpindleError as error:
            self.status.text = f"{error} Your drawing stays here; go on, and submit later."

    def cleanup(self):
        self.timer.stop()
        self.removeObservers()
        try:
            self.keep_drawing()
        except SpindleError as error:
            self.status.text = str(error)


OUTCOMES = {
    "accepted": "taken, thank you",
    "excluded": "excluded",
    "second-read": "passed; a senior reads it next",
    "sent-back": "sent back to its author",
}
