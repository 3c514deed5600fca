"""Work off the loop, in order."""

from __future__ import annotations

import random
import threading
from functools import partial

import pytest

from connector.loop import Loop
from connector.strands import Aside, Job, Strands
from conversation.errors import Defect, Transient


class HandLoop:
    """A loop whose calls run when a test says so, and whose timers run at once."""

    def __init__(self):
        self.soon = []
        self.delays = []
        self.changed = threading.Condition()

    def call_soon_threadsafe(self, run, *args):
        with self.changed:
            self.soon.append(partial(run, *args))
            self.changed.notify()

    @staticmethod
    def call_soon(run):
        run()

    def call_later(self, delay_s, run):
        self.delays.append(delay_s)
        self.call_soon_threadsafe(run)

    attempt = Loop.attempt
    _on_error = None

    def run(self, times):
        for _ in range(times):
            with self.changed:
                assert self.changed.wait_for(lambda: self.soon, timeout=5)
                run = self.soon.pop(0)
            run()


@pytest.fixture
def loop():
    return HandLoop()


@pytest.fixture
def strands(loop):
    made = Strands(loop, threads=2, chance=random.Random(1))
    made.start()
    yield made
    made.stop()


class Told:
    def __init__(self):
        self.results = []
        self.errors = []
        self.wanted = True

    def job(self, work, **how):
        return Job(work, self.results.append, self.errors.append, lambda: self.wanted, **how)


def failing(*errors, then="done"):
    left = list(errors)

    def work():
        if left:
            raise left.pop(0)
        return then

    return work


BUSY = Transient("busy", reason="table_busy")


def test_results_come_back_on_the_loop(loop, strands):
    told = Told()
    strands.submit("a", told.job(lambda: 7))

    loop.run(1)

    assert told.results == [7]
    assert strands.pending == 0


def test_work_is_handed_over_when_the_loop_has_done_what_is_at_hand(loop):
    soon = []
    loop.call_soon = soon.append
    strands, told = Strands(loop, threads=1, chance=random.Random(1)), Told()

    strands.submit("a", told.job(lambda: 1))
    strands.submit("b", told.job(lambda: 2))
    strands.start()
    [hand_over] = soon
    hand_over()
    loop.run(2)
    strands.stop()

    assert told.results == [1, 2]


def test_what_was_still_to_be_handed_over_is_done_before_the_threads_end(loop):
    loop.call_soon = lambda _run: None  # it has stopped
    strands, told = Strands(loop, threads=1, chance=random.Random(1)), Told()
    strands.start()
    strands.submit("a", told.job(lambda: 1))

    strands.stop()
    loop.run(1)

    assert told.results == [1]


def test_what_belongs_to_one_name_runs_in_order(loop, strands):
    told = Told()
    for n in range(20):
        strands.submit("a", told.job(lambda n=n: n))

    loop.run(20)

    assert told.results == list(range(20))


def test_nothing_overtakes_a_job_that_is_tried_again(loop, strands):
    told = Told()
    strands.submit("a", told.job(failing(BUSY, BUSY, then="first")))
    strands.submit("a", told.job(lambda: "second"))

    loop.run(6)

    assert told.results == ["first", "second"]
    assert len(loop.delays) == 2


def test_the_other_side_may_ask_for_a_longer_pause(loop, strands):
    told = Told()
    patient = Transient("later", reason="throttled", retry_after_s=7.0)
    strands.submit("a", told.job(failing(patient)))

    loop.run(3)

    assert loop.delays == [7.0]
    assert told.results == ["done"]


def test_an_impatient_job_fails_at_once(loop, strands):
    told = Told()
    strands.submit("a", told.job(failing(BUSY), patient=False))

    loop.run(1)

    assert told.errors == [BUSY]


def test_a_failure_lets_the_next_job_run(loop, strands):
    told = Told()
    wrong = Defect("wrong", reason="bad_request")
    strands.submit("a", told.job(failing(wrong)))
    strands.submit("a", told.job(lambda: "next"))

    loop.run(2)

    assert (told.errors, told.results) == ([wrong], ["next"])


def test_what_nobody_wants_any_more_is_not_tried_again(loop, strands):
    told, other = Told(), Told()
    strands.submit("a", told.job(failing(BUSY, BUSY, BUSY)))
    strands.submit("a", other.job(lambda: "other"))
    loop.run(1)
    told.wanted = False

    loop.run(2)

    assert (told.results, told.errors) == ([], [])
    assert other.results == ["other"]


def test_waiting_work_that_nobody_wants_is_never_begun(loop, strands):
    told, begun = Told(), []
    first = Told()
    strands.submit("a", first.job(lambda: "first"))
    strands.submit("a", told.job(lambda: begun.append(1)))
    told.wanted = False

    loop.run(1)

    assert begun == []
    assert strands.pending == 0


def test_work_aside_may_fail_without_a_word_to_anyone_but_the_supervisor():
    failures, done = [], []
    aside = Aside(failures.append)
    aside.start()

    aside.put(failing(BUSY))
    aside.put(lambda: done.append(1))
    aside.stop(5)

    assert (failures, done) == ([BUSY], [1])


def test_too_much_work_aside_is_lost_rather_than_waited_for():
    aside = Aside(lambda _: None, most=1)

    for _ in range(3):
        aside.put(lambda: None)

    assert aside._jobs.qsize() == 1
