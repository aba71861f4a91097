"""A task API of one small task over real HTTP, whose faults can be set: to see what the module does when things go wrong.

That the real server answers so is shown by test/infra/slicer, with the real server.
"""

import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sample import SAGITTAL, TABLE, grid, image_file, spine

from SpindleReview import write_mha

TASK = "demo/4/12_t2"
PASSWORD = "correct horse battery"


def digest(data):
    return hashlib.sha256(data).hexdigest()


class PlayedServer:
    def __init__(self, direction=SAGITTAL):
        self.image, self.proposal = image_file(direction), write_mha(grid(direction), spine())
        self.state, self.reviewer = "queued", None
        self.requests, self.uploads, self.submissions, self.comments = [], {}, [], []
        self.outcome = {"outcome": "accepted", "gates": []}
        self.down = False  # nothing behind it answers: 503
        self.damage = 0  # so many volumes arrive damaged
        self.reads = []  # masks to decide between
        self.others = []  # tasks that are in the list and gone
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self.address = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    def view(self):
        structures = [{"label": label, "voxels": 9, "doubt": doubt} for label, doubt in ((1, 0.1), (202, 0.7))]
        gate = {
            "gate": "disc-between",
            "severity": "flag",
            "passed": False,
            "expected": "a disc",
            "measured": "none",
            "labels": [],
        }
        return {
            **{"task": TASK, "series": "12_t2", "round": 4, "kind": "proposal", "doubt": 0.7},
            **{"state": self.state, "reviewer": self.reviewer, "leaseUntil": self.lease_until, "history": []},
            **{"structures": structures, "gates": [gate], "lastGates": [], "reference": None},
            "image": {"digest": digest(self.image), "bytes": len(self.image)},
            "proposal": {"digest": digest(self.proposal), "bytes": len(self.proposal)},
            "candidates": [{"task": TASK, "mask": {"digest": digest(read)}} for read in self.reads],
        }

    def moved(self, name, move):
        if move["move"] == "release":
            self.state, self.reviewer = "queued", None
        else:
            self.comments.append({"at": "", "by": move.get("by", name), "voxel": move["voxel"], "text": move["text"]})
        return {**self.view(), "comments": self.comments}

    lease_until = "2999-01-01T00:00:00.000Z"

    def answer(self, method, path, headers, body):
        """Status and body of the answer."""
        self.requests.append((method, path))
        if path == "/api/session" and method == "POST":
            wanted = {"name": "ada", "password": PASSWORD, "token": True, "label": "3D Slicer"}
            if json.loads(body) != wanted:
                return refused(401, "sign-in-refused")
            return 200, {"session": {"name": "ada", "role": "annotator"}, "token": "ada's"}
        who = {"Bearer ada's": "ada", "Bearer installation's": None}.get(headers.get("authorization"), False)
        if path == "/api/session":
            return 200, {"session": None if who is False else {"name": who, "role": "annotator"}}
        if who is False:
            return refused(401, "not-signed-in")
        if self.down:
            return refused(503, "outage")
        if path == "/api/structures":
            return 200, {"structures": [{"label": s.label, "name": s.name, "colour": s.colour} for s in TABLE.all]}
        if path.startswith("/api/tasks?"):
            state = re.search("state=([a-z-]+)", path)[1]
            rows = [{"task": task, "reviewer": None} for task in self.others if state == "queued"]
            return 200, {"tasks": rows + ([{"task": TASK, "reviewer": self.reviewer}] if state == self.state else [])}
        name = who or (json.loads(body).get("reviewer") if body[:1] == b"{" else None)
        return self.answer_of_task(method, path.removeprefix(f"/api/tasks/{TASK}"), name, body)

    def answer_of_task(self, method, path, name, body):
        if path.startswith("/api/"):
            return refused(409, "task-conflict")
        if path == "":
            return 200, self.view()
        if path == "/claim":
            if self.state not in ("queued", "claimed") or (self.state == "claimed" and self.reviewer != name):
                return refused(409, "task-conflict")
            self.state, self.reviewer = "claimed", name
            return 200, self.view()
        if path == "/companions":
            return 200, {"companions": [{"series": "12_t1", "image": {"digest": digest(self.image)}}]}
        if method == "GET" and ".mha" in path:
            data = self.proposal if path.startswith("/proposal") else self.image
            data = self.reads[int(path.split("/")[2]) - 1] if path.startswith("/candidates") else data
            self.damage -= 1
            return 200, data if self.damage < 0 else data[:-1]
        if path == "/correction":
            self.uploads[digest(body)] = body
            return 200, {"digest": digest(body), "bytes": len(body)}
        if path == "/moves":
            return 200, self.moved(name, json.loads(body))
        if self.state != "claimed" or self.reviewer != name:
            return refused(409, "task-conflict")
        self.submissions.append(json.loads(body))
        if self.outcome["outcome"] != "refused":
            self.state = self.outcome["outcome"]
        return 200, self.outcome


def refused(status, kind):
    return status, {"type": f"urn:spindle:problem:{kind}", "title": "", "status": status, "detail": f"{kind} it is"}


def handler_of(server):
    class Handler(BaseHTTPRequestHandler):
        def do(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            status, answer = server.answer(self.command, self.path, self.headers, body)
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = do  # noqa: N815

        def log_message(self, *_):
            pass

    return Handler
