"""Training as a whole, in this process: what moves a weight, what does not, and what a stop and a new start change."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from jobs import case, job_json, write_job
from phantom import make_spine, write_mha

from spindle_trainer import step as step_module
from spindle_trainer import train as train_module
from spindle_trainer.cases import load_cases
from spindle_trainer.checkpoint import CHECKPOINT, load_weights, save_checkpoint, save_weights
from spindle_trainer.errors import InvalidJobError
from spindle_trainer.events import Events
from spindle_trainer.job import read_job
from spindle_trainer.loss import paper_loss
from spindle_trainer.presets import PRESETS
from spindle_trainer.run import run
from spindle_trainer.train import TrainingDivergedError, averaged, learning_rate, spent, train

CASES = [case("1_t2"), case("2_t2"), case("3_t1", "validation")]
CPU = torch.device("cpu")


def train_in(folder, stopping=lambda: False):
    """Trains the job in a folder; the state it ends with, and whether the budget is spent."""
    job = read_job(folder)
    cases = load_cases(job, PRESETS[job.preset].spec, lambda: None)
    return train(job, cases, Events(folder / "out/curves.jsonl"), CPU, stopping)


def stop_after(steps: int):
    """A `stopping` that lets so many steps pass."""
    calls = iter(range(steps))
    return lambda: next(calls, None) is None


def assert_same(a: dict, b: dict) -> None:
    assert a.keys() == b.keys()
    for name in a:
        torch.testing.assert_close(a[name], b[name], rtol=0, atol=0, msg=name)


def differs(a: dict, b: dict) -> bool:
    return any(not torch.equal(a[name], b[name]) for name in a)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path, tiny):
    states = [
        train_in(write_job(tmp_path / name, job_json(CASES, seed=seed)))[0].model for name, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    assert_same(states[0], states[1])
    assert differs(states[0], states[2])


def test_a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(tmp_path, tiny):
    whole, finished = train_in(write_job(tmp_path / "whole", job_json(CASES, steps=6)))
    assert finished
    folder = write_job(tmp_path / "parts", job_json(CASES, steps=6))
    half, finished = train_in(folder, stop_after(2))
    assert (half.step, finished) == (2, False)
    assert differs(half.model, whole.model)
    rest, finished = train_in(folder)
    assert (rest.step, finished) == (6, True)
    assert_same(rest.model, whole.model)
    assert_same(rest.average, whole.average)


def test_a_run_killed_between_two_checkpoints_repeats_what_came_after_the_last(tmp_path, tiny):
    whole, _ = train_in(write_job(tmp_path / "whole", job_json(CASES, steps=6)))
    folder = write_job(tmp_path / "killed", job_json(CASES, steps=6))
    early, _ = train_in(folder, stop_after(2))
    train_in(folder, stop_after(3))  # to step 5 ...
    save_checkpoint(read_job(folder), early)  # ... which a kill -9 would have lost
    assert_same(train_in(folder)[0].model, whole.model)


def test_a_stop_before_the_first_step_loses_nothing(tmp_path, tiny):
    folder = write_job(tmp_path / "job", job_json(CASES, steps=3))
    state, finished = train_in(folder, lambda: True)
    assert (state.step, finished) == (0, False)
    assert_same(train_in(folder)[0].model, train_in(write_job(tmp_path / "whole", job_json(CASES, steps=3)))[0].model)


@pytest.mark.parametrize("damage", ["torn", "other job", "no checkpoint"])
def test_a_checkpoint_that_can_not_be_used_is_not_used(tmp_path, tiny, damage):
    folder = write_job(tmp_path / "job", job_json(CASES, steps=2))
    train_in(folder)
    path = folder / CHECKPOINT
    if damage == "torn":
        path.write_bytes(path.read_bytes()[:1000])
    elif damage == "other job":
        write_job(folder, job_json(CASES, steps=2, seed=99))
    else:
        torch.save({"step": 1}, path)
    state, _ = train_in(folder)
    assert state.step == 2
    starts = [json.loads(line) for line in (folder / "out/curves.jsonl").read_text().splitlines()]
    assert starts[-1]["step"] == 2


def test_a_warm_start_begins_with_the_earlier_weights(tmp_path, tiny):
    assert run(write_job(tmp_path / "first", job_json(CASES, steps=3))) == 0
    warm = {"weights": "warm/weights.pt", "model": "b" * 64, "patientsSeen": ["9", "1"]}
    folder = tmp_path / "second"
    (folder / "warm").mkdir(parents=True)
    (folder / "warm/weights.pt").write_bytes((tmp_path / "first/out/weights.pt").read_bytes())
    write_job(folder, job_json([CASES[1]], steps=1, round=2, warmStart=warm))
    untouched, _ = train_in(folder, lambda: True)
    assert_same(untouched.model, load_weights(folder / "warm/weights.pt", "demo"))
    assert run(folder) == 0
    card = json.loads((folder / "out/model-card.json").read_text())
    assert card["patientsSeen"] == ["1", "2", "9"]  # this job's training patient, and all that the warm start had seen
    assert card["parent"] == "b" * 64


@pytest.mark.parametrize("content", [b"weights", b""])
def test_foreign_warm_start_weights_are_refused(tmp_path, tiny, content, capsys):
    (tmp_path / "warm.pt").write_bytes(content)
    warm = {"weights": "warm.pt", "model": "b" * 64, "patientsSeen": []}
    assert run(write_job(tmp_path, job_json(CASES, warmStart=warm))) == 2
    assert "warmStart.weights" in capsys.readouterr().out


def test_warm_start_weights_of_another_size_are_refused(tmp_path, tiny):
    run(write_job(tmp_path, job_json(CASES, steps=1)))
    with pytest.raises(InvalidJobError, match=r"warmStart\.weights: expected weights of .*'widths': \(24, 48, 80"):
        load_weights(tmp_path / "out/weights.pt", "compact")


def test_validation_patients_never_move_a_weight(tmp_path, tiny):
    """With other validation patients, and with none, the weights end the same; with another training patient they don't."""
    write_mha(tmp_path / "b/raw/imagesTr/3_t1_0000.mha", make_spine(seed=77)[0])
    write_mha(tmp_path / "b/raw/instancesTr/3_t1.mha", make_spine(seed=77, vertebrae=2)[1])
    with_validation, _ = train_in(write_job(tmp_path / "a", job_json(CASES)))
    with_other, _ = train_in(write_job(tmp_path / "b", job_json(CASES)))
    with_none, _ = train_in(write_job(tmp_path / "c", job_json(CASES[:2])))
    with_it_in_train, _ = train_in(write_job(tmp_path / "d", job_json([*CASES[:2], case("3_t1")])))
    assert_same(with_validation.model, with_other.model)
    assert_same(with_validation.model, with_none.model)
    assert differs(with_validation.model, with_it_in_train.model)


def test_a_class_that_was_not_annotated_leaves_its_outputs_as_they_were(tmp_path, tiny):
    """Without discs annotated nothing moves the weights that end in the disc channel (but their decay)."""
    without = [case("1_t2", annotatedClasses=["vertebra", "canal"])]
    folder = write_job(tmp_path, job_json(without, steps=4))
    start, _ = train_in(folder, lambda: True)
    first = {name: value.clone() for name, value in start.model.items()}
    end, _ = train_in(folder)
    change = (end.model["structures.bias"] - first["structures.bias"]).abs()
    assert change[1] < 1e-5
    assert change[0] > 1e-3
    assert change[2] > 1e-3


def test_a_case_without_vertebrae_teaches_nothing_and_is_not_counted_as_seen(tmp_path, tiny):
    cases = [case("1_t2"), case("2_t2", annotatedClasses=["disc", "canal"])]
    assert run(write_job(tmp_path / "both", job_json(cases))) == 0
    assert json.loads((tmp_path / "both/out/model-card.json").read_text())["patientsSeen"] == ["1"]
    assert_same(train_in(tmp_path / "both")[0].model, train_in(write_job(tmp_path / "one", job_json(cases[:1])))[0].model)


def test_validation_is_reported_and_in_the_curves(tmp_path, tiny, capsys):
    run(write_job(tmp_path, job_json(CASES, steps=4)))
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[0]["event"] == "start"
    assert events[-1]["event"] == "done"
    validations = [each for each in events if each["event"] == "validation"]
    assert [each["step"] for each in validations] == [1, 2, 3, 4]
    assert all(0 <= dice <= 1 for each in validations for dice in each["dice"].values())
    curves = [json.loads(line) for line in (tmp_path / "out/curves.jsonl").read_text().splitlines()]
    assert curves == [each for each in events if each["event"] in ("progress", "validation")]


def test_the_loss_falls_and_the_average_follows(tmp_path, tiny):
    folder = write_job(tmp_path, job_json(CASES[:1], steps=40))
    state, _ = train_in(folder)
    losses = [json.loads(line)["loss"] for line in (folder / "out/curves.jsonl").read_text().splitlines()]
    assert losses[-1] < 2.4  # a network that knows nothing is at about 2.6
    assert differs(state.model, state.average)
    network = train_module.IisNetwork(tiny.architecture, tiny.spec.patch_zyx)
    network.load_state_dict(state.average)
    patch = torch.rand(1, 3, *tiny.spec.patch_zyx)
    torch.testing.assert_close(averaged(network, state.average)(patch)[0], network(patch)[0])


def test_weights_kept_in_half_precision_start_a_training_and_those_for_another_patch_do_not(tmp_path, tiny, monkeypatch):
    state = train_module.IisNetwork(tiny.architecture, tiny.spec.patch_zyx).state_dict()
    save_weights(tmp_path / "half.pt", "demo", {name: each.half() for name, each in state.items()})
    loaded = load_weights(tmp_path / "half.pt", "demo")
    for name, each in state.items():
        assert loaded[name].dtype == torch.float32
        torch.testing.assert_close(loaded[name], each, atol=1e-3, rtol=1e-3)
    larger = replace(tiny, spec=replace(tiny.spec, patch=(24, 48, 56)))
    monkeypatch.setitem(PRESETS, "demo", larger)
    with pytest.raises(InvalidJobError, match=r"expected weights for patches of \(56, 48, 24\)"):
        load_weights(tmp_path / "half.pt", "demo")


def test_a_loss_that_is_no_number_is_an_error_and_not_a_model(tmp_path, tiny, monkeypatch, capsys):
    monkeypatch.setitem(step_module.LOSSES, "dice", lambda logits, *_: logits.sum() * float("nan"))
    with pytest.raises(TrainingDivergedError, match="steps 0 to 2: expected finite losses, got nan"):
        train_in(write_job(tmp_path, job_json(CASES)))
    assert run(tmp_path) == 1
    assert '"kind": "internal"' in capsys.readouterr().out
    assert not (tmp_path / "out/model.onnx").exists()


def test_the_published_loss_goes_on_after_a_resume_and_after_a_warm_start(tmp_path, tiny, monkeypatch):
    """Its schedule is seen with every step: 0, 1, then from the checkpoint 2; a warm start goes on after the preset's 6."""
    seen = []

    def noted(logits, target, weights, step):
        seen.append(step)
        return paper_loss(logits, target, weights, step)

    monkeypatch.setitem(step_module.LOSSES, "dice", noted)
    folder = write_job(tmp_path / "a", job_json(CASES[:1], steps=3))
    train_in(folder, stop_after(2))
    assert run(folder) == 0
    assert seen == [0, 1, 2]
    warm = {"weights": "warm.pt", "model": "b" * 64, "patientsSeen": []}
    (tmp_path / "b").mkdir()
    (tmp_path / "b/warm.pt").write_bytes((folder / "out/weights.pt").read_bytes())
    train_in(write_job(tmp_path / "b", job_json(CASES[:1], steps=1, warmStart=warm)))
    assert seen[3:] == [6]


def test_the_budget_is_what_is_reached_first(tmp_path, tiny):
    job = read_job(write_job(tmp_path, job_json(CASES, budget={"seconds": 10, "steps": 100})))
    assert spent(job, tiny, step=50, seconds=1) == 0.5
    assert spent(job, tiny, step=50, seconds=8) == 0.8
    assert spent(job, tiny, step=200, seconds=8) == 1
    free = read_job(write_job(tmp_path, job_json(CASES, budget={"seconds": None, "steps": None})))
    assert spent(free, tiny, step=3, seconds=1e9) == 0.5  # of the preset's 6 steps


def test_the_learning_rate_rises_and_falls(tiny):
    rates = [learning_rate(tiny, fraction, warm=False) for fraction in (0, 0.015, 0.03, 0.515, 1)]
    np.testing.assert_allclose(rates, [4e-4, 2e-3, 4e-3, 4e-3 * 0.51, 4e-3 * 0.02], rtol=1e-6)
    assert learning_rate(tiny, 0.03, warm=True) == 2e-3


def test_a_device_that_is_not_there_is_named_before_anything_is_read(tmp_path, tiny, monkeypatch, capsys):
    monkeypatch.setenv("SPINDLE_TRAINER_DEVICE", "cuda:7")
    monkeypatch.setattr("spindle_trainer.run.load_cases", lambda *_: pytest.fail("the training set was read"))
    assert run(write_job(tmp_path, job_json(CASES))) == 1
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["kind"] == "missing-device"
    assert "cuda:7" in said["message"]
