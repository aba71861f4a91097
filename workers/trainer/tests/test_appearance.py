import numpy as np
import pytest
from jobs import case, job_json, write_job

from spindle_trainer.appearance import appearance_of, measure
from spindle_trainer.cases import load_cases
from spindle_trainer.job import read_job
from spindle_trainer.presets import PRESETS


def test_the_figures_of_a_structure_by_hand():
    # One row; | are the structure's borders:  0  | 1  1.2  1 |  0.4  outside
    image = np.array([0, 1, 1.2, 1, 0.4, -0.5], np.float32).reshape(1, 1, 6)
    inside = np.array([0, 1, 1, 1, 0, 0], bool).reshape(1, 1, 6)
    measured = measure(image, inside, image != -0.5, 12.0)
    assert measured["intensity"] == pytest.approx(3.2 / 3)
    assert measured["unevenness"] == pytest.approx(np.std([1, 1.2, 1]))
    # Across: |1 - 0| and |0.4 - 1|, 0.8 on average; inside 0.2 twice.
    assert measured["edge"] == pytest.approx(np.log(0.8 / 0.2), abs=1e-6)
    assert measured["size"] == pytest.approx(np.log(36))


def test_an_even_structure_without_a_border_in_the_image_has_no_edge():
    image = np.ones((2, 2, 2), np.float32)
    measured = measure(image, np.ones((2, 2, 2), bool), np.ones((2, 2, 2), bool), 1.0)
    assert (measured["edge"], measured["unevenness"]) == (0, 0)


def test_validation_cases_and_cut_vertebrae_do_not_count(tmp_path):
    cases = [case("1_t2"), case("2_t2"), case("3_t1", "validation")]
    spec = PRESETS["demo"].spec

    def of(name, **changes):
        job = read_job(write_job(tmp_path / name, job_json([{**each, **changes} for each in cases])))
        return load_cases(job, spec, lambda: None)

    loaded = of("whole")
    assert appearance_of(loaded, spec) is None  # 2 canals are too few to have a spread
    many = loaded[:2] * 4
    found = appearance_of(many, spec)
    assert set(found) == {"vertebra", "disc", "canal"}
    assert set(found["disc"]) == {"intensity", "unevenness", "edge", "size"}
    assert found == appearance_of([*many, loaded[2]], spec)
    assert appearance_of(of("cut", incompleteVertebrae=sorted(loaded[0].vertebrae))[:2] * 4, spec) is None  # no size is known
