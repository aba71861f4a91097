"""Work on cases in several processes at once: resampling, converting, measuring and preprocessing compute each case by itself."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

Case = TypeVar("Case")
Result = TypeVar("Result")


def each_case(
    work: Callable[[Case], Result], cases: Iterable[Case], may_go_on: Callable[[], None], processes: int | None = None
) -> Iterator[Result]:
    """Results of `work` in the order of `cases`, from `processes`: SPINDLE_TRAINER_THREADS if None, 2 by default; 1 is this one.

    `may_go_on` is called before each case's result is waited for. What it raises, or `work` in a process, ends all: cases under
    way are finished, the others never begun. Processes are forked, so PyTorch isn't imported anew, and `work` may be a closure.
    """
    cases = list(cases)
    count = min(processes or int(os.environ.get("SPINDLE_TRAINER_THREADS", "2")), len(cases))
    if count <= 1:
        for case in cases:
            may_go_on()
            yield work(case)
        return
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("fork"), _remember, (work,))
    try:
        results = [pool.submit(_apply, case) for case in cases]
        for result in results:
            may_go_on()
            yield result.result()
    except BrokenProcessPool:
        may_go_on()  # a SIGTERM to all of the group is a stop, not a failure
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _remember(work: Callable) -> None:
    global _work
    _work = work


def _apply(case: Case) -> Result:
    return _work(case)
