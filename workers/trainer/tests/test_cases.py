import numpy as np
import pytest
from jobs import case, job_json, write_job
from phantom import make_spine, write_mha

from spindle_trainer.cases import find_vertebrae, load_cases
from spindle_trainer.errors import InvalidJobError
from spindle_trainer.job import read_job
from spindle_trainer.presets import PRESETS

SPEC = PRESETS["demo"].spec


def load(folder, may_go_on=lambda: None):
    return load_cases(read_job(folder), SPEC, may_go_on)


def test_boxes_and_sizes_by_hand():
    labels = np.zeros((6, 4, 4), np.uint8)
    labels[1:3, 0:2, 3] = 1
    labels[4, 2, 2] = 7
    labels[5, :, :] = 100
    found = find_vertebrae(labels, frozenset([7]))
    assert list(found) == [1, 7]
    assert (found[1].low.tolist(), found[1].high.tolist(), found[1].voxels) == ([1, 0, 3], [2, 1, 3], 4)
    assert found[1].centre.tolist() == [1.5, 0.5, 3]
    assert (found[1].complete, found[7].complete) == (True, False)


def test_cases_come_from_the_cache_the_second_time(tmp_path):
    folder = write_job(tmp_path, job_json([case("1_t2")]))
    first = load(folder)
    for file in (folder / "raw").rglob("*.mha"):
        file.write_bytes(b"")
    again = load(folder)
    np.testing.assert_array_equal(first[0].image, again[0].image)
    np.testing.assert_array_equal(first[0].labels, again[0].labels)
    assert first[0].labels.dtype == np.uint8
    assert first[0].image.shape == (82, 45, 16)  # 110 x 60 x 16 voxels of 1.5 x 1.5 x 4 mm at 2 x 2 x 4


def test_an_interrupted_cache_entry_is_written_anew(tmp_path):
    folder = write_job(tmp_path, job_json([case("1_t2")]))
    load(folder)
    (folder / "cache/1_t2.labels.npy").unlink()
    (folder / "cache/1_t2.image.npy").write_bytes(b"half")
    assert load(folder)[0].image.shape == (82, 45, 16)


def refused(folder, name, voxels=None, **header) -> str:
    image, labels = make_spine()
    write_mha(folder / "raw/imagesTr/1_t2_0000.mha", image)
    write_mha(folder / "raw/instancesTr/1_t2.mha", labels if voxels is None else voxels, **header)
    write_job(folder, job_json([case("1_t2")]))
    with pytest.raises(InvalidJobError) as error:
        load(folder)
    assert str(error.value).startswith(name)
    return str(error.value)


def test_a_mask_on_another_grid(tmp_path):
    message = refused(tmp_path, "1_t2.mha", origin=(0, 0, 1))
    assert message == "1_t2.mha: grid: expected that of its image, got another"
    refused(tmp_path, "1_t2.mha: grid", make_spine()[1][:-1])


def test_labels_outside_the_convention(tmp_path):
    labels = make_spine()[1]
    labels[0, 0, 0] = 99
    message = refused(tmp_path, "1_t2.mha", labels)
    assert message == "1_t2.mha: labels: expected 1-25, 100, 101-125, 201-225, got [99]"


def test_a_mask_without_a_vertebra(tmp_path):
    assert "a train case with a vertebra in its mask" in refused(tmp_path, "job.json", np.zeros_like(make_spine()[1]))


def test_reading_can_be_stopped_between_two_cases(tmp_path):
    folder = write_job(tmp_path, job_json([case("1_t2"), case("2_t2")]))
    calls = []

    def stop():
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        load(folder, stop)
    assert sorted(each.name for each in (folder / "cache").iterdir()) == ["1_t2.image.npy", "1_t2.labels.npy"]
