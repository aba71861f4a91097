"""Batches drawn ahead are those that would have been drawn in this process."""

import os
from itertools import islice

import numpy as np
import pytest
import torch
from jobs import case, job_json, write_job

from spindle_trainer.cases import load_cases
from spindle_trainer.errors import InvalidJobError, InvalidSettingError
from spindle_trainer.job import read_job
from spindle_trainer.loader import batches_from, loader_workers
from spindle_trainer.presets import PRESETS
from spindle_trainer.sampling import Sampler
from spindle_trainer.volumes import Volumes

CPU = torch.device("cpu")
CASES = [case("1_t2"), case("2_t2"), case("3_t1")]


@pytest.fixture
def batches(tmp_path, tiny):
    """Batches of two samples from a step on, drawn by so many processes."""
    job = read_job(write_job(tmp_path / "job", job_json(CASES)))
    spec = PRESETS[job.preset].spec
    sampler = Sampler(load_cases(job, spec, lambda: None), spec, seed=3)
    return lambda step, workers: batches_from(step, sampler, 2, Volumes(sampler.cases, CPU), workers)


def test_two_processes_draw_what_one_does_in_the_same_order(batches):
    alone = list(islice(batches(0, workers=0), 5))
    ahead = list(islice(batches(0, workers=2), 5))
    for one, other in zip(alone, ahead, strict=True):
        for a, b in zip(one, other, strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=0)
    assert not torch.equal(alone[0][0], alone[1][0])


def test_a_resumed_training_goes_on_with_the_next_batch(batches):
    whole = list(islice(batches(0, workers=0), 4))
    rest = list(islice(batches(3, workers=2), 1))
    torch.testing.assert_close(rest[0][0], whole[3][0], rtol=0, atol=0)


def test_a_batch_has_its_size_and_the_patch_its_shape(batches):
    patch, target, classes, complete, known = next(batches(0, workers=0))
    size = PRESETS["demo"].spec.patch_zyx
    assert patch.shape == target.shape == (2, 3, *size)
    assert classes.shape == (2, 3)
    assert complete.shape == known.shape == (2,)


def test_a_cpu_draws_for_itself_and_a_gpu_has_processes(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    assert loader_workers(CPU) == 0
    assert loader_workers(torch.device("cuda")) == 4
    monkeypatch.setenv("SPINDLE_TRAINER_LOADERS", "3")
    assert loader_workers(CPU) == 3
    monkeypatch.setenv("SPINDLE_TRAINER_LOADERS", "many")
    with pytest.raises(InvalidSettingError, match="SPINDLE_TRAINER_LOADERS: expected a whole number from 0, got many"):
        loader_workers(CPU)


def test_many_cpus_fill_the_cache_as_one_does(tmp_path, tiny, monkeypatch):
    jobs = [read_job(write_job(tmp_path / name, job_json(CASES))) for name in ("alone", "together")]
    spec = PRESETS[jobs[0].preset].spec
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    alone = load_cases(jobs[0], spec, lambda: None)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})
    together = load_cases(jobs[1], spec, lambda: None)
    for a, b in zip(alone, together, strict=True):
        np.testing.assert_array_equal(a.image, b.image)
        np.testing.assert_array_equal(a.labels, b.labels)


def test_a_damaged_file_is_named_from_another_process_too(tmp_path, tiny, monkeypatch):
    folder = write_job(tmp_path / "job", job_json(CASES))
    job = read_job(folder)
    damaged = job.cases[1].image
    damaged.write_bytes(damaged.read_bytes()[:-9])
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})
    with pytest.raises(InvalidJobError, match=rf"{damaged.name}: voxels: expected"):
        load_cases(job, PRESETS[job.preset].spec, lambda: None)
