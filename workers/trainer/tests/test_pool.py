import os
import signal
import time
from concurrent.futures.process import BrokenProcessPool

import pytest

from spindle_trainer.errors import InvalidJobError
from spindle_trainer.pool import each_case
from spindle_trainer.run import StoppedError


@pytest.mark.parametrize(("threads", "processes"), [("1", 1), ("3", 3)])
def test_results_come_in_the_order_of_the_cases_from_as_many_processes_as_there_are_threads(
    monkeypatch, tmp_path, threads, processes
):
    monkeypatch.setenv("SPINDLE_TRAINER_THREADS", threads)

    def work(case: int) -> tuple[int, int]:
        (tmp_path / str(os.getpid())).touch()
        # Nobody goes on before all processes have begun, or one of them could take every case.
        while len(list(tmp_path.iterdir())) < processes:
            time.sleep(0.01)
        return case * case, os.getpid()

    results = list(each_case(work, range(6), lambda: None))
    assert [square for square, _ in results] == [0, 1, 4, 9, 16, 25]
    assert len(list(tmp_path.iterdir())) == processes
    assert (os.getpid() in {process for _, process in results}) == (processes == 1)


def test_a_refusal_in_a_process_arrives_as_it_was_raised(monkeypatch):
    monkeypatch.setenv("SPINDLE_TRAINER_THREADS", "2")

    def work(case: int) -> None:
        raise InvalidJobError(f"{case}_t2.mha", "labels", "1-25", [77])

    with pytest.raises(InvalidJobError) as refused:
        list(each_case(work, range(4), lambda: None))
    assert str(refused.value) == "0_t2.mha: labels: expected 1-25, got [77]"


def test_a_stop_between_two_cases_leaves_the_others_undone(monkeypatch, tmp_path):
    monkeypatch.setenv("SPINDLE_TRAINER_THREADS", "2")
    asked = []

    def may_go_on() -> None:
        asked.append(True)
        if len(asked) == 2:
            raise StoppedError

    def work(case: int) -> None:
        (tmp_path / str(case)).touch()
        time.sleep(0.05)

    with pytest.raises(StoppedError):
        list(each_case(work, range(40), may_go_on))
    assert (tmp_path / "0").exists()
    assert len(list(tmp_path.iterdir())) < 20


def test_a_process_that_is_killed_is_a_failure_unless_a_stop_was_asked_for(monkeypatch):
    monkeypatch.setenv("SPINDLE_TRAINER_THREADS", "2")

    def killed(_: int) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    asked = []

    def stopped_meanwhile() -> None:
        asked.append(True)
        if len(asked) > 1:
            raise StoppedError

    with pytest.raises(BrokenProcessPool):
        list(each_case(killed, range(4), lambda: None))
    with pytest.raises(StoppedError):
        list(each_case(killed, range(4), stopped_meanwhile))
