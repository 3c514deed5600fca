"""The loop, with a clock and a selector that the test holds."""

from __future__ import annotations

import selectors
import threading
from functools import partial
from types import SimpleNamespace

import pytest

from connector.loop import READ, WRITE, CallbackFailedError, Loop
from connector.waker import SocketWaker
from conversation.errors import Defect


class FakeSelector(selectors.BaseSelector):
    """Reports what the test calls ready, and remembers how long the loop would have waited."""

    def __init__(self):
        self.keys = {}
        self.ready = []
        self.waits = []
        self.closed = False
        self.meanwhile = lambda: None

    def register(self, fileobj, events, data=None):
        self.keys[fileobj] = selectors.SelectorKey(fileobj, id(fileobj), events, data)
        return self.keys[fileobj]

    def unregister(self, fileobj):
        return self.keys.pop(fileobj)

    def select(self, timeout=None):
        self.waits.append(timeout)
        self.meanwhile()
        ready, self.ready = self.ready, []
        return [(self.keys[fileobj], events) for fileobj, events in ready]

    def get_map(self):
        return self.keys

    def close(self):
        self.closed = True


class FakeWaker:
    def __init__(self):
        self.woken = 0
        self.drained = 0
        self.closed = False

    def fileno(self):
        return 0

    def wake(self):
        self.woken += 1

    def drain(self):
        self.drained += 1

    def close(self):
        self.closed = True


@pytest.fixture
def world():
    """A loop with all that it stands on."""
    world = SimpleNamespace(now=100.0, selector=FakeSelector(), waker=FakeWaker(), failures=[])
    world.loop = Loop(
        lambda: world.now, world.selector, on_error=world.failures.append, waker=world.waker
    )
    return world


def test_a_ready_socket_is_called_with_what_it_is_ready_for(world):
    seen = []
    world.loop.register("sock", READ | WRITE, seen.append)
    world.selector.ready = [("sock", WRITE)]

    world.loop.turn()

    assert seen == [WRITE]


def test_modifying_changes_the_events_and_the_callback(world):
    first, second = [], []
    watch = world.loop.register("sock", READ, first.append)

    world.loop.modify(watch, WRITE, second.append)
    world.selector.ready = [("sock", WRITE)]
    world.loop.turn()

    assert (first, second) == ([], [WRITE])
    assert world.selector.keys["sock"].events == WRITE


def test_to_call_someone_else_for_the_same_events_does_not_trouble_the_selector(world):
    first, second = [], []
    watch = world.loop.register("sock", READ, first.append)
    world.selector.modify = None

    world.loop.modify(watch, READ, second.append)
    world.selector.ready = [("sock", READ)]
    world.loop.turn()

    assert (first, second) == ([], [READ])


def test_a_socket_closed_earlier_in_a_pass_is_not_called_in_it(world):
    seen = []
    world.loop.register("first", READ, lambda _ready: world.loop.unregister(second))
    second = world.loop.register("second", READ, seen.append)
    world.selector.ready = [("first", READ), ("second", READ)]

    world.loop.turn()

    assert seen == []


def test_timers_run_in_the_order_of_their_times_and_then_of_their_making(world):
    order = []
    world.loop.call_at(102.0, lambda: order.append("late"))
    world.loop.call_later(1.0, lambda: order.append("early"))
    world.loop.call_at(101.0, lambda: order.append("early too"))

    world.now = 102.0
    world.loop.turn()

    assert order == ["early", "early too", "late"]


def test_a_timer_does_not_run_before_its_time(world):
    order = []
    timer = world.loop.call_later(1.0, lambda: order.append("ran"))

    world.now = 100.999
    world.loop.turn()

    assert order == []
    assert timer.pending


def test_a_cancelled_timer_does_not_run_and_may_be_cancelled_again(world):
    order = []
    timer = world.loop.call_later(1.0, lambda: order.append("ran"))

    timer.cancel()
    timer.cancel()
    world.now = 200.0
    world.loop.turn()

    assert order == []
    assert not timer.pending


def test_a_timer_that_has_run_may_be_cancelled(world):
    timers = []
    timers.append(world.loop.call_later(0.0, lambda: timers[0].cancel()))  # noqa: PLW0108  # it is not there yet
    world.loop.call_later(5.0, lambda: None)

    world.loop.turn()
    world.loop.turn()

    assert world.failures == []
    assert world.selector.waits == [0.0, 5.0]


def test_the_loop_waits_until_the_next_timer_that_is_not_cancelled(world):
    world.loop.call_later(1.0, lambda: None).cancel()
    world.loop.call_later(7.0, lambda: None)

    world.loop.turn()

    assert world.selector.waits == [7.0]


def test_without_timers_the_loop_waits_for_readiness_alone(world):
    world.loop.turn()

    assert world.selector.waits == [None]


def test_cancelled_timers_do_not_pile_up(world):
    for _ in range(10_000):
        world.loop.call_later(60.0, lambda: None).cancel()
    world.loop.call_later(60.0, lambda: None)

    assert len(world.loop._timers) < 200


def test_sweeping_cancelled_timers_keeps_the_others_in_order(world):
    order = []
    for place in range(50, 0, -1):
        world.loop.call_later(place, lambda place=place: order.append(place))
    for _ in range(500):
        world.loop.call_later(3.5, lambda: order.append("cancelled")).cancel()

    world.now = 1_000.0
    world.loop.turn()

    assert order == list(range(1, 51))


def test_a_failing_callback_goes_to_the_supervisor_and_the_loop_goes_on(world):
    seen = []
    world.loop.register("bad", READ, lambda _ready: 1 / 0)
    world.loop.register("good", READ, seen.append)
    world.selector.ready = [("bad", READ), ("good", READ)]

    world.loop.turn()

    assert seen == [READ]
    (failure,) = world.failures
    assert isinstance(failure, CallbackFailedError)
    assert isinstance(failure, Defect)
    assert failure.reason == "callback_failed"
    assert isinstance(failure.__cause__, ZeroDivisionError)
    assert "ZeroDivisionError" in str(failure)


def test_a_failing_timer_does_not_take_the_next_one_with_it(world):
    order = []
    world.loop.call_later(0.0, lambda: 1 / 0)
    world.loop.call_later(0.0, lambda: order.append("ran"))

    world.loop.turn()

    assert order == ["ran"]
    assert len(world.failures) == 1


def test_the_failure_quotes_no_text_of_the_exception(world):
    def fail():
        raise ValueError("hola, soy Ana")

    world.loop.call_soon(fail)
    world.loop.turn()

    assert "Ana" not in str(world.failures[0])


def test_what_the_supervisor_raises_ends_the_loop(world):
    def give_up(failure):
        raise failure

    loop = Loop(lambda: 0.0, FakeSelector(), on_error=give_up, waker=FakeWaker())
    loop.call_soon(lambda: 1 / 0)

    with pytest.raises(CallbackFailedError):
        loop.run()


def call_from_another_thread(loop, run):
    thread = threading.Thread(target=loop.call_soon_threadsafe, args=(run,))
    thread.start()
    thread.join(5)


def test_a_call_from_another_thread_wakes_the_waiting_loop_and_runs_on_it(world):
    ran_on = []

    def call():
        call_from_another_thread(world.loop, lambda: ran_on.append(threading.current_thread()))
        world.selector.ready = [(world.waker, READ)]

    world.selector.meanwhile = call
    world.loop.turn()

    assert ran_on == [threading.current_thread()]
    assert (world.waker.woken, world.waker.drained) == (1, 1)


def test_many_calls_from_other_threads_wake_it_once(world):
    ran = []

    def call_often():
        for number in range(5):
            call_from_another_thread(world.loop, partial(ran.append, number))

    world.selector.meanwhile = call_often
    world.loop.turn()

    assert ran == [0, 1, 2, 3, 4]
    assert world.waker.woken == 1


def test_a_loop_that_is_awake_is_not_woken_and_does_not_wait_before_it_has_run_the_call(world):
    ran = []
    world.loop.call_soon(partial(call_from_another_thread, world.loop, partial(ran.append, 1)))

    world.loop.turn()
    world.loop.turn()

    assert ran == [1]
    assert world.waker.woken == 0
    assert world.selector.waits == [0, 0]


def test_a_call_that_comes_while_the_loop_only_looks_wakes_nobody(world):
    ran = []

    def call():
        call_from_another_thread(world.loop, partial(ran.append, 1))
        world.selector.meanwhile = lambda: None

    world.selector.meanwhile = call
    world.loop.call_soon(lambda: None)
    world.loop.turn()
    world.loop.turn()

    assert ran == [1]
    assert world.waker.woken == 0


def test_something_to_do_soon_means_no_waiting(world):
    world.loop.call_soon(lambda: None)

    world.loop.turn()

    assert world.selector.waits == [0]


def test_a_call_that_asks_for_itself_again_lets_the_sockets_have_their_turn(world):
    turns, seen = [], []

    def again():
        turns.append(1)
        world.loop.call_soon(again)

    world.loop.register("sock", READ, seen.append)
    world.loop.call_soon(again)
    for _ in range(3):
        world.selector.ready = [("sock", READ)]
        world.loop.turn()

    assert len(turns) == 3
    assert len(seen) == 3


def taking(world, seconds, act):
    """A callback that lasts so long."""

    def run(*_):
        world.now += seconds
        act()

    return run


def test_a_timer_runs_between_helpings_of_a_thousand_ready_sockets(world):
    order = []
    for name in range(1_000):
        world.loop.register(name, READ, taking(world, 0.0001, partial(order.append, "socket")))
        world.selector.ready.append((name, READ))
    world.loop.call_later(0.0, lambda: order.append("timer"))

    world.loop.turn()

    assert order.count("socket") == 1_000
    assert order.index("timer") < 100


def test_ten_thousand_due_timers_are_run_in_several_passes(world):
    ran = []
    for _ in range(10_000):
        world.loop.call_later(0.0, taking(world, 0.0001, partial(ran.append, 1)))

    world.loop.turn()
    after_one_pass = len(ran)
    for _ in range(10_000):
        world.loop.turn()

    assert 0 < after_one_pass < 100
    assert len(ran) == 10_000


def test_what_has_been_asked_is_answered_before_the_next_is_asked(world):
    order = []
    world.loop.register("sock", READ, lambda _ready: order.append("answer"))

    def ask(number):
        order.append(number)
        world.selector.ready = [("sock", READ)]

    for number in range(3):
        world.loop.call_soon(taking(world, 0.0001, partial(ask, number)))
    for _ in range(4):
        world.loop.turn()

    assert order == [0, "answer", 1, "answer", 2, "answer"]


@pytest.mark.parametrize(
    ("sockets", "ratio"),
    [
        pytest.param(8, 0.25, id="busy: a quarter of the sockets' time each"),
        pytest.param(100, 1.0, id="too busy: as much as the sockets"),
    ],
)
def test_where_sockets_are_busy_timers_and_calls_have_their_share(world, sockets, ratio):
    ran = []
    for name in range(sockets):
        world.loop.register(name, READ, taking(world, 0.0005, partial(ran.append, "socket")))
        world.selector.ready.append((name, READ))
    for _ in range(10_000):
        world.loop.call_later(0.0, taking(world, 0.0001, partial(ran.append, "timer")))
        world.loop.call_soon(taking(world, 0.0001, partial(ran.append, "call")))

    world.loop.turn()

    expected = sockets * 5 * ratio
    assert ran.count("socket") == sockets
    assert ran.count("timer") == pytest.approx(expected, rel=0.2)
    assert ran.count("call") == pytest.approx(expected, rel=0.2)


def test_each_pass_says_that_it_is_about_to_wait(world):
    said = []
    world.loop.before_waiting = lambda: said.append(len(world.selector.waits))

    world.loop.turn()
    world.loop.turn()

    assert said == [0, 1]


@pytest.mark.parametrize(
    ("ready", "due_in", "soon", "idle"),
    [
        (False, 1.0, False, True),
        (False, None, False, True),
        (True, 1.0, False, False),
        (False, 0.0, False, False),
        (False, 1.0, True, False),
    ],
)
def test_it_is_idle_where_nothing_is_ready_due_or_handed_in(world, ready, due_in, soon, idle):
    world.loop.register("sock", READ, lambda _ready: None)
    if ready:
        world.selector.ready = [("sock", READ)]
    if due_in is not None:
        world.loop.call_later(due_in, lambda: None)
    if soon:
        world.loop.call_soon(lambda: None)

    assert world.loop.idle() is idle


def test_run_goes_on_until_it_is_stopped_and_may_begin_again(world):
    turns = []

    def count():
        turns.append(1)
        if len(turns) % 3:
            world.loop.call_soon(count)
        else:
            world.loop.stop()

    world.loop.call_soon(count)
    world.loop.run()
    world.loop.call_soon(count)
    world.loop.run()

    assert len(turns) == 6


def test_a_stop_before_the_run_is_kept(world):
    world.loop.stop()

    world.loop.run()

    assert world.selector.waits == []


def test_closing_frees_the_selector_and_the_waker(world):
    world.loop.close()

    assert world.selector.closed
    assert world.waker.closed


def test_results_that_come_after_the_close_are_ignored():
    waker = SocketWaker()
    waker.close()

    waker.wake()

    assert waker.fileno() == -1
