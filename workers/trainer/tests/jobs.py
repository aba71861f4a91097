"""Job directories for the tests, with spines of blocks in them."""

import json
from pathlib import Path

from phantom import make_spine, write_mha

ALL_CLASSES = ["vertebra", "disc", "canal"]


def case(series: str, split: str = "train", **changes) -> dict:
    """A case of job.json; its patient is the series' number."""
    number, sequence = series.split("_", 1)
    return {
        "series": series,
        "patient": number,
        "hospital": "RH1",
        "sequence": sequence,
        "split": split,
        "image": f"raw/imagesTr/{series}_0000.mha",
        "mask": f"raw/instancesTr/{series}.mha",
        "incompleteVertebrae": [],
        "annotatedClasses": ALL_CLASSES,
        **changes,
    }


def job_json(cases: list[dict], steps: int | None = 3, **changes) -> dict:
    return {
        "schema": "spindle.job/1",
        "dataset": "blocks",
        "version": "a" * 64,
        "round": 1,
        "trainer": "iis",
        "preset": "demo",
        "seed": 11,
        "budget": {"seconds": None, "steps": steps},
        "warmStart": None,
        "raw": "raw",
        "cases": cases,
        **changes,
    }


def write_job(folder: Path, content: dict) -> Path:
    """Writes job.json, and for each case whose files are missing a spine of blocks."""
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    for at, each in enumerate(content["cases"]):
        if not (folder / each["mask"]).exists():
            image, labels = make_spine(seed=at)
            write_mha(folder / each["image"], image)
            write_mha(folder / each["mask"], labels)
    (folder / "job.json").write_text(json.dumps(content))
    return folder
