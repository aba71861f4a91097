"""`python prior_trainer.py <job directory>`: a small trainer that keeps the whole contract of docs/trainer.md.

Each step reads one mask. The network answers, for every voxel of a patch, which share of a mask each class fills (a moving mean).
"""

import hashlib
import json
import signal
import sys
import time
from pathlib import Path

import numpy
import onnx
import SimpleITK

LABELS = {"vertebra": range(1, 26), "disc": range(201, 226), "canal": [100]}
SPEC = {"kind": "iis", "spacingMm": [4, 3, 3], "patch": [24, 40, 40], "outsideValue": -0.5, "clipMin": -0.25, "clipMax": 1.5,
        "inputs": ["image", "vertebra-memory", "disc-memory"], "outputs": ["vertebra", "disc", "canal"]}  # fmt: skip
NETWORK = """<ir_version: 8, opset_import: ["": 17]>
prior (float[1,3,40,40,24] patch) => (float[1,3,40,40,24] structures, float[1,1] completeness)
<float[1] zero = {0}, float[1,3,1,1,1] shares = {%.9f,%.9f,%.9f}, float[1,1] half = {0.5}>
{ nothing = Mul(patch, zero)  structures = Add(nothing, shares)  completeness = Identity(half) }"""


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def write(name, content):
    """Writes a file whole or not at all, whenever the process is killed."""
    (folder / f"{name}.part").write_bytes(content)
    (folder / f"{name}.part").replace(folder / name)


def save():
    write("checkpoints/last.json", json.dumps(state).encode())
    say("checkpoint", step=state["step"], path="checkpoints/last.json")


folder, stop = Path(sys.argv[1]), []
signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
job = json.loads((folder / "job.json").read_text())
if not (folder / job["raw"]).is_dir():
    say("error", kind="invalid-job", message=f"job.json: raw: expected an existing folder, got {job['raw']}")
    sys.exit(2)
train, warm = [case for case in job["cases"] if case["split"] == "train"], job["warmStart"]
steps, seconds = job["budget"]["steps"] or len(train), job["budget"]["seconds"] or float("inf")
(folder / "checkpoints").mkdir(exist_ok=True)
(folder / "out").mkdir(exist_ok=True)
state = {"step": 0, "seconds": 0.0, "shares": json.loads((folder / warm["weights"]).read_text()) if warm else [0.0, 0.0, 0.0]}
if (folder / "checkpoints/last.json").exists():
    state = json.loads((folder / "checkpoints/last.json").read_text())

say("start", device="cpu", parameters=3, resumedFromStep=state["step"])
while (fraction := max(state["step"] / steps, state["seconds"] / seconds)) < 1:
    if stop:
        save()
        sys.exit(143)
    begun, case = time.monotonic(), train[state["step"] % len(train)]
    mask = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(folder / case["mask"])))
    errors = [numpy.isin(mask, [*LABELS[name]]).mean() - state["shares"][at] for at, name in enumerate(LABELS)]
    for at, name in enumerate(LABELS):
        state["shares"][at] += 0.1 * errors[at] if name in case["annotatedClasses"] else 0.0
    state.update(step=state["step"] + 1, seconds=state["seconds"] + time.monotonic() - begun)
    say("progress", step=state["step"], seconds=state["seconds"], fraction=fraction, loss=max(map(abs, errors)))
    save()

network = onnx.parser.parse_model(NETWORK % tuple(state["shares"])).SerializeToString()
card = {field: job[field] for field in ("trainer", "preset", "dataset", "version", "round", "seed")} | {
    "schema": "spindle.model-card/1",
    "parent": warm["model"] if warm else None,
    "patientsSeen": sorted({case["patient"] for case in train} | set(warm["patientsSeen"] if warm else [])),
    "network": SPEC,
    "parameters": 3,
    "steps": state["step"],
    "seconds": state["seconds"],
    "onnx": {"digest": hashlib.sha256(network).hexdigest(), "bytes": len(network), "opset": 17},
    "parityMaxAbs": 0.0,  # the network holds the three numbers themselves
    "software": {"onnx": onnx.__version__},
}
write("out/model.onnx", network)
write("out/weights.pt", json.dumps(state["shares"]).encode())
write("out/curves.jsonl", b"")
write("out/model-card.json", json.dumps(card).encode())
say("done", step=state["step"], seconds=state["seconds"])
