"""Reads and checks job.json, the trainer contract's TrainingJob (core/trainer-contract.ts).

Checked by hand: a job is one file with few fields, and every refusal says which field of which case was wrong.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .errors import InvalidJobError
from .presets import PRESETS

JOB_SCHEMA = "spindle.job/1"
SEQUENCES = ("t1", "t2", "t2_SPACE")
SPLITS = ("train", "validation")
CLASSES = ("vertebra", "disc", "canal")

DIGEST = r"[0-9a-f]{64}"
DATASET = r"[a-z][a-z0-9-]{0,40}"
SERIES = r"(0|[1-9][0-9]{0,6})_(t1|t2|t2_SPACE)"
PATIENT = r"[A-Za-z0-9-]{1,32}"
HOSPITAL = r"[A-Za-z0-9-]{1,16}"


@dataclass(frozen=True)
class Case:
    """One series of the frozen training set; `image` and `mask` are files that exist."""

    series: str
    patient: str
    hospital: str
    sequence: str
    split: str
    image: Path
    mask: Path
    incomplete_vertebrae: frozenset[int]
    annotated_classes: frozenset[str]


@dataclass(frozen=True)
class WarmStart:
    weights: Path
    model: str
    patients_seen: tuple[str, ...]


@dataclass(frozen=True)
class Job:
    """A checked job. `digest` is the SHA-256 of job.json: a checkpoint belongs to one job."""

    folder: Path
    digest: str
    dataset: str
    version: str
    round: int
    trainer: str
    preset: str
    seed: int
    budget_seconds: float | None
    budget_steps: int | None
    warm_start: WarmStart | None
    cases: tuple[Case, ...]

    def patients(self, split: str) -> set[str]:
        return {case.patient for case in self.cases if case.split == split}


def read_job(folder: Path) -> Job:
    """Reads `<folder>/job.json`. Raises InvalidJobError naming the field, e.g. `job.json: cases[3].split: expected ...`."""
    try:
        data = (folder / "job.json").read_bytes()
        root = Fields(json.loads(data), "", folder)
    except OSError as error:
        raise InvalidJobError("job.json", "file", "a readable file", error.strerror or "an error") from error
    except ValueError as error:
        raise InvalidJobError("job.json", "file", "JSON", str(error)) from error
    root.one_of("schema", (JOB_SCHEMA,))
    root.path("raw", directory=True)
    budget = root.object("budget")
    warm = root.object("warmStart") if root.value("warmStart") is not None else None
    job = Job(
        folder=folder,
        digest=hashlib.sha256(data).hexdigest(),
        dataset=root.matching("dataset", DATASET),
        version=root.matching("version", DIGEST),
        round=root.integer("round", 0),
        trainer=root.matching("trainer", r".+"),
        preset=root.one_of("preset", tuple(PRESETS)),
        seed=root.integer("seed", 0),
        budget_seconds=budget.positive_or_none("seconds"),
        budget_steps=budget.integer("steps", 1) if budget.value("steps") is not None else None,
        warm_start=_warm_start(warm) if warm else None,
        cases=tuple(_case(each) for each in root.objects("cases")),
    )
    _check_split(job)
    return job


def _warm_start(fields: "Fields") -> WarmStart:
    return WarmStart(
        fields.path("weights"), fields.matching("model", DIGEST), tuple(fields.matching_list("patientsSeen", PATIENT))
    )


def _case(fields: "Fields") -> Case:
    return Case(
        series=fields.matching("series", SERIES),
        patient=fields.matching("patient", PATIENT),
        hospital=fields.matching("hospital", HOSPITAL),
        sequence=fields.one_of("sequence", SEQUENCES),
        split=fields.one_of("split", SPLITS),
        image=fields.path("image"),
        mask=fields.path("mask"),
        incomplete_vertebrae=frozenset(fields.integers("incompleteVertebrae")),
        annotated_classes=frozenset(fields.matching_list("annotatedClasses", "|".join(CLASSES))),
    )


def _check_split(job: Job) -> None:
    """A patient is in one set, a series comes once, and somebody has vertebrae to learn from."""
    seen: set[str] = set()
    for at, case in enumerate(job.cases):
        if case.series in seen:
            raise InvalidJobError("job.json", f"cases[{at}].series", "each series once", case.series)
        seen.add(case.series)
    both = job.patients("train") & job.patients("validation")
    if both:
        raise InvalidJobError("job.json", "cases", "every patient in one set", f"{len(both)} in train and validation")
    if not any(case.split == "train" and "vertebra" in case.annotated_classes for case in job.cases):
        raise InvalidJobError("job.json", "cases", "a train case with annotated vertebrae", "none")


class Fields:
    """The fields of one JSON object; each reader checks one and refuses by name."""

    def __init__(self, values: object, where: str, folder: Path):
        self._where, self._folder = where, folder
        if not isinstance(values, dict):
            raise InvalidJobError("job.json", where.removesuffix(".") or "file", "an object", values)
        self._values = values

    def _refuse(self, key: str, expected: str):
        got = self._values.get(key, "nothing")
        return InvalidJobError("job.json", f"{self._where}{key}", expected, got)

    def value(self, key: str) -> object:
        if key not in self._values:
            raise self._refuse(key, "the field")
        return self._values[key]

    def object(self, key: str) -> "Fields":
        return Fields(self.value(key), f"{self._where}{key}.", self._folder)

    def objects(self, key: str) -> list["Fields"]:
        values = self.value(key)
        if not isinstance(values, list) or not values:
            raise self._refuse(key, "a list of at least one")
        return [Fields(each, f"{self._where}{key}[{at}].", self._folder) for at, each in enumerate(values)]

    def one_of(self, key: str, allowed: tuple[str, ...]) -> str:
        if self.value(key) not in allowed:
            raise self._refuse(key, " or ".join(allowed))
        return str(self._values[key])

    def matching(self, key: str, pattern: str) -> str:
        value = self.value(key)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self._refuse(key, f"text like {pattern}")
        return value

    def matching_list(self, key: str, pattern: str) -> list[str]:
        values = self.value(key)
        if not isinstance(values, list) or not all(isinstance(v, str) and re.fullmatch(pattern, v) for v in values):
            raise self._refuse(key, f"a list of {pattern}")
        return values

    def integer(self, key: str, least: int) -> int:
        value = self.value(key)
        if type(value) is not int or value < least:
            raise self._refuse(key, f"an integer of at least {least}")
        return value

    def integers(self, key: str) -> list[int]:
        values = self.value(key)
        if not isinstance(values, list) or not all(type(value) is int for value in values):
            raise self._refuse(key, "a list of integers")
        return values

    def positive_or_none(self, key: str) -> float | None:
        value = self.value(key)
        if value is None:
            return None
        if type(value) not in (int, float) or not 0 < value < float("inf"):
            raise self._refuse(key, "a positive number or null")
        return float(value)

    def path(self, key: str, directory: bool = False) -> Path:
        """A path inside the job directory that exists."""
        value = self.value(key)
        if not isinstance(value, str) or not value:
            raise self._refuse(key, "a path")
        pure = PurePosixPath(value)
        if pure.is_absolute() or ".." in pure.parts:
            raise self._refuse(key, "a path inside the job directory")
        path = self._folder / pure
        if not (path.is_dir() if directory else path.is_file()):
            raise self._refuse(key, "an existing folder" if directory else "an existing file")
        return path
