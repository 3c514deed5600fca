"""Every line is looked at now and then, and no round keeps the sockets waiting."""

from __future__ import annotations

from functools import partial

from connector.rounds import HELPING, Rounds


class HandLoop:
    """Keeps what is to be run, until the test runs it."""

    def __init__(self):
        self.later = []
        self.soon = []

    def call_later(self, delay_s, run):
        self.later.append((delay_s, run))

    def call_soon(self, run, *args):
        self.soon.append(partial(run, *args))


def test_every_line_is_looked_at_once_a_period():
    loop, seen = HandLoop(), []
    Rounds(loop, lambda: ["a", "b"], seen.append, period_s=300).start()

    [(delay_s, begin)] = loop.later
    begin()

    assert delay_s == 300
    assert seen == ["a", "b"]
    assert [delay for delay, _ in loop.later] == [300, 300]


def test_a_round_over_many_lines_is_made_in_helpings():
    loop, seen = HandLoop(), []
    lines = list(range(2 * HELPING + 1))
    Rounds(loop, lambda: lines, seen.append, period_s=300).start()

    loop.later[0][1]()
    counts = [len(seen)]
    while loop.soon:
        loop.soon.pop()()
        counts.append(len(seen))

    assert counts == [HELPING, 2 * HELPING, 2 * HELPING + 1]
    assert seen == lines


def test_a_line_that_comes_or_goes_during_a_round_does_not_disturb_it():
    loop, seen = HandLoop(), []
    lines = {"a": 1, "b": 2}

    def look_at(line):
        seen.append(line)
        lines.pop(line)
        lines["new"] = 3

    Rounds(loop, lambda: lines, look_at, period_s=300).start()
    loop.later[0][1]()

    assert seen == ["a", "b"]
