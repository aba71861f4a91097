"""Puts what a finished job left into a folder to keep in a repository: numbers in half precision, every 25th line of the curves.

python bench/keep_model.py <job folder> <folder> [--without-weights]

The network computes in single precision all the same: its numbers are widened when it is loaded. The card is changed to fit.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(Path(__file__).parents[1]))
from spindle_trainer.checkpoint import load_weights, save_weights
from spindle_trainer.export import INPUTS, MAX_DIFFERENCE

PROGRESS_EVERY = 25
# Smaller ones are left as they are: biases and scales.
LEAST_NUMBERS = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("job", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--without-weights", action="store_true", help="nobody trains on from it")
    given = parser.parse_args()
    out = given.job / "out"
    given.folder.mkdir(parents=True, exist_ok=True)
    card = json.loads((out / "model-card.json").read_text())
    small = with_half_numbers((out / "model.onnx").read_bytes())
    spread = difference((out / "model.onnx").read_bytes(), small, card["network"]["patch"])
    if not spread <= MAX_DIFFERENCE:
        sys.exit(f"model.onnx: expected outputs within {MAX_DIFFERENCE} of those in single precision, got {spread}")
    (given.folder / "model.onnx").write_bytes(small)
    card["onnx"] |= {"digest": hashlib.sha256(small).hexdigest(), "bytes": len(small)}
    card["parityMaxAbs"] = max(card["parityMaxAbs"], spread)
    (given.folder / "model-card.json").write_text(json.dumps(card, indent=2) + "\n")
    if not given.without_weights:
        weights = load_weights(out / "weights.pt", card["preset"])
        half = {name: each.to(torch.float16) for name, each in weights.items()}
        save_weights(given.folder / "weights.pt", card["preset"], half)
    lines = (out / "curves.jsonl").read_text().splitlines()
    kept = [line for at, line in enumerate(lines) if at % PROGRESS_EVERY == 0 or json.loads(line)["event"] != "progress"]
    (given.folder / "curves.jsonl").write_text("\n".join(kept) + "\n")


def with_half_numbers(content: bytes) -> bytes:
    """The network with its large constants in half precision, each followed by a cast to single."""
    model = onnx.load_model_from_string(content)
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < LEAST_NUMBERS:
            continue
        name = tensor.name
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{name}.half")
        tensor.CopyFrom(half)
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def difference(one: bytes, other: bytes, patch: list[int]) -> float:
    """The largest difference between two networks' outputs on a random patch (x, y, z)."""
    values = np.random.default_rng(0).random((1, INPUTS, *patch[::-1]), np.float32)
    answers = [
        onnxruntime.InferenceSession(each, providers=["CPUExecutionProvider"]).run(None, {"patch": values})
        for each in (one, other)
    ]
    return max(float(np.abs(a - b).max()) for a, b in zip(*answers, strict=True))


if __name__ == "__main__":
    main()
