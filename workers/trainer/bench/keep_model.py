"""Puts what a finished job left into a folder to keep in a repository: weights in half precision, every 25th line of the curves.

python bench/keep_model.py <job folder> <folder>
"""

import json
import shutil
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from spindle_trainer.checkpoint import load_weights, save_weights

PROGRESS_EVERY = 25


def main(job: Path, folder: Path) -> None:
    out = job / "out"
    folder.mkdir(parents=True, exist_ok=True)
    card = json.loads((out / "model-card.json").read_text())
    for name in ("model.onnx", "model-card.json"):
        shutil.copy(out / name, folder / name)
    weights = load_weights(out / "weights.pt", card["preset"])
    save_weights(folder / "weights.pt", card["preset"], {name: each.to(torch.float16) for name, each in weights.items()})
    lines = (out / "curves.jsonl").read_text().splitlines()
    kept = [line for at, line in enumerate(lines) if at % PROGRESS_EVERY == 0 or json.loads(line)["event"] != "progress"]
    (folder / "curves.jsonl").write_text("\n".join(kept) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
