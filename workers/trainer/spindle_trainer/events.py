"""Progress as JSON lines on stdout (TrainerEvent in core/trainer-contract.ts), copied to out/curves.jsonl."""

import json
from pathlib import Path


class Events:
    """Writes events; `progress` and `validation` also go to the curves, which a resumed run continues."""

    def __init__(self, curves: Path):
        self._curves = curves

    def start(self, device: str, parameters: int, resumed_from_step: int) -> None:
        self._emit("start", device=device, parameters=parameters, resumedFromStep=resumed_from_step)

    def progress(self, step: int, seconds: float, fraction: float, loss: float) -> None:
        values = {"step": step, "seconds": round(seconds, 3), "fraction": round(fraction, 4), "loss": round(loss, 5)}
        self._curve("progress", **values)

    def validation(self, step: int, dice: dict[str, float | None]) -> None:
        self._curve("validation", step=step, dice=dice)

    def checkpoint(self, step: int, path: str) -> None:
        self._emit("checkpoint", step=step, path=path)

    def done(self, step: int, seconds: float) -> None:
        self._emit("done", step=step, seconds=round(seconds, 3))

    def _curve(self, event: str, **values) -> None:
        self._curves.parent.mkdir(exist_ok=True)
        with self._curves.open("a") as file:
            file.write(self._emit(event, **values) + "\n")

    def _emit(self, event: str, **values) -> str:
        return emit({"event": event, **values})


def error(kind: str, message: str) -> None:
    """`kind` is invalid-job, out-of-memory, missing-device or internal."""
    emit({"event": "error", "kind": kind, "message": message})


def emit(event: dict) -> str:
    line = json.dumps(event, allow_nan=False)
    print(line, flush=True)
    return line
