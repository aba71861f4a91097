import copy
import json
import re

import pytest
from jobs import case, job_json, write_job

from spindle_trainer.errors import InvalidJobError
from spindle_trainer.job import read_job

CASES = [case("1_t2"), case("2_t1", incompleteVertebrae=[5]), case("3_t2", "validation")]


def changed(path: list, value) -> dict:
    """A valid job with one value replaced; `...` removes it."""
    job = copy.deepcopy(job_json(CASES))
    at = job
    for key in path[:-1]:
        at = at[key]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return job


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_job(tmp_path_factory.mktemp("job"), job_json(CASES))


def refused(folder, content: str):
    (folder / "job.json").write_text(content)
    with pytest.raises(InvalidJobError) as error:
        read_job(folder)
    return str(error.value)


def test_a_valid_job(folder):
    (folder / "job.json").write_text(json.dumps(job_json(CASES)))
    job = read_job(folder)
    assert [each.series for each in job.cases] == ["1_t2", "2_t1", "3_t2"]
    assert job.cases[1].incomplete_vertebrae == {5}
    assert job.patients("train") == {"1", "2"}
    assert (job.budget_steps, job.budget_seconds, job.warm_start) == (3, None, None)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (["schema"], "spindle.job/2", "schema"),
        (["schema"], ..., "schema"),
        (["dataset"], "No Spaces", "dataset"),
        (["version"], "abc", "version"),
        (["round"], -1, "round"),
        (["round"], True, "round"),
        (["trainer"], "", "trainer"),
        (["preset"], "huge", "preset"),
        (["seed"], 1.5, "seed"),
        (["budget"], None, "budget"),
        (["budget", "seconds"], 0, "budget.seconds"),
        (["budget", "seconds"], "60", "budget.seconds"),
        (["budget", "steps"], 0, "budget.steps"),
        (["budget", "steps"], ..., "budget.steps"),
        (["warmStart"], ..., "warmStart"),
        (["warmStart"], {"weights": "warm.pt", "model": "b" * 64, "patientsSeen": []}, "warmStart.weights"),
        (["raw"], "nowhere", "raw"),
        (["raw"], "../elsewhere", "raw"),
        (["cases"], [], "cases"),
        (["cases"], [3], r"cases\[0\]"),
        (["cases", 1, "series"], "2_flair", r"cases\[1\]\.series"),
        (["cases", 1, "series"], "1_t2", r"cases\[1\]\.series"),
        (["cases", 1, "patient"], "Jane Doe", r"cases\[1\]\.patient"),
        (["cases", 1, "hospital"], "", r"cases\[1\]\.hospital"),
        (["cases", 1, "sequence"], "ct", r"cases\[1\]\.sequence"),
        (["cases", 1, "split"], "test", r"cases\[1\]\.split"),
        (["cases", 1, "image"], "/etc/hostname", r"cases\[1\]\.image"),
        (["cases", 1, "mask"], "raw/missing.mha", r"cases\[1\]\.mask"),
        (["cases", 1, "mask"], "raw", r"cases\[1\]\.mask"),
        (["cases", 1, "incompleteVertebrae"], ["5"], r"cases\[1\]\.incompleteVertebrae"),
        (["cases", 1, "annotatedClasses"], ["cord"], r"cases\[1\]\.annotatedClasses"),
        (["cases", 2, "patient"], "1", "cases"),
    ],
)
def test_a_refusal_names_the_field(folder, path, value, field):
    message = refused(folder, json.dumps(changed(path, value)))
    assert re.match(rf"job\.json: {field}: expected .+, got ", message), message


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"schema": "\\ud800'])
def test_a_file_that_is_no_job(folder, content):
    assert refused(folder, content).startswith("job.json: file: expected ")


def test_nobody_to_learn_from(folder):
    message = refused(folder, json.dumps(job_json([case("1_t2", annotatedClasses=["disc"]), case("3_t2", "validation")])))
    assert message == "job.json: cases: expected a train case with annotated vertebrae, got none"


def test_a_long_value_is_not_repeated_in_full(folder):
    assert len(refused(folder, json.dumps(changed(["preset"], "x" * 5000)))) < 200
