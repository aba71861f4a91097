import pytest
import torch
from jobs import case, job_json, write_job
from spindle_trainer.errors import InvalidJobError
from spindle_trainer.job import read_job

from spindle_nnunet.presets import PRESETS
from spindle_nnunet.state import State, load_checkpoint, load_weights, save_checkpoint, save_weights
from spindle_nnunet.train import spent


def test_a_checkpoint_belongs_to_its_job(tmp_path):
    job = read_job(write_job(tmp_path, job_json([case("1_t2")], trainer="nnunet")))
    assert load_checkpoint(job) is None
    save_checkpoint(job, State({"a": [1, 2]}, step=3, seconds=4.5, fold=1, finished=[{"w": torch.ones(2)}], scaler={}))
    state = load_checkpoint(job)
    assert (state.plans, state.step, state.seconds, state.fold) == ({"a": [1, 2]}, 3, 4.5, 1)
    assert state.finished[0]["w"].tolist() == [1, 1]
    other = read_job(write_job(tmp_path, job_json([case("1_t2")], trainer="nnunet", seed=12)))
    assert load_checkpoint(other) is None
    (tmp_path / "checkpoints/last.pt").write_bytes(b"torn")
    assert load_checkpoint(job) is None


def test_foreign_weights_and_those_of_another_preset_are_refused(tmp_path):
    save_weights(tmp_path / "w.pt", "demo", {"p": 1}, [{"w": torch.zeros(1)}])
    assert load_weights(tmp_path / "w.pt", "demo")[0] == {"p": 1}
    with pytest.raises(InvalidJobError, match=r"warmStart.weights: expected .* of paper, got .* of demo"):
        load_weights(tmp_path / "w.pt", "paper")
    (tmp_path / "w.pt").write_bytes(b"nothing")
    with pytest.raises(InvalidJobError, match=r"a trainer's weights\.pt"):
        load_weights(tmp_path / "w.pt", "demo")


def test_the_budget_is_over_all_folds(tmp_path):
    preset = PRESETS["paper"]
    job = read_job(write_job(tmp_path, job_json([case("1_t2")], steps=100, trainer="nnunet")))
    assert spent(job, preset, 5, State({}, step=50)) == 0.5
    free = read_job(write_job(tmp_path, job_json([case("1_t2")], steps=None, trainer="nnunet")))
    assert spent(free, preset, 5, State({}, step=250_000)) == 0.2
