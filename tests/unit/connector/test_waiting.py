"""A connector without its settings: what it says, and how it comes to begin."""

import json

from connector.waiting import LOOK_EVERY_S, TELL_EVERY, Board, looked
from conversation.errors import MisconfiguredError, Transient
from conversation.signals import Recorded, Signal

EMPTY = MisconfiguredError(
    ["ELEVENLABS_API_KEY is missing: a key", "DEFAULT_AGENT_ID is missing: an agent"]
)
WRONG = MisconfiguredError(["IDLE_CLOSE_S is wrong: no number. It is: seconds"])
SILENT = Transient("no answer", reason="secrets_unreachable")


class Story:
    """One wait: what each look finds, and what was said meanwhile."""

    def __init__(self, *finds, stops_after=None):
        self.finds, self.signals, self.waits = list(finds), Recorded(), []
        self.board = Board(EMPTY)
        self.stops_after = stops_after

    def load(self, *, fresh):
        assert fresh, "what a cache holds is what was wrong a moment ago"
        found = self.finds.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def stopped(self, seconds):
        self.waits.append(seconds)
        return len(self.waits) == self.stops_after

    def run(self):
        return looked(self.load, self.board, self.signals, self.stopped)


def page(board):
    said = board.healthz()
    return int(said.status), json.loads(said.body)


def test_an_empty_secret_is_no_illness_and_all_that_is_missing_is_named():
    status, said = page(Board(EMPTY))

    assert status == 200
    assert said == {"ok": True, "state": "waiting_for_settings", "missing": EMPTY.faults}


def test_a_wrong_setting_is_an_illness_so_that_a_deployment_is_rolled_back():
    status, said = page(Board(WRONG))

    assert (status, said["ok"]) == (503, False)
    assert said["missing"] == WRONG.faults


def test_it_begins_as_soon_as_the_secret_is_whole():
    story = Story(EMPTY, EMPTY, "settings")

    assert story.run() == "settings"
    assert story.waits == [LOOK_EVERY_S] * 3


def test_whoever_fills_in_half_of_it_is_told_the_rest():
    half = MisconfiguredError(["DEFAULT_AGENT_ID is missing: an agent"])
    story = Story(half, stops_after=2)

    story.run()

    assert page(story.board)[1]["missing"] == half.faults


def test_a_slip_while_it_waits_shows_and_passes():
    story = Story(WRONG, stops_after=2)

    story.run()
    assert page(story.board)[0] == 503

    story.board.note(EMPTY)
    assert page(story.board)[0] == 200


def test_secrets_that_cannot_be_read_for_a_moment_make_it_no_worse():
    story = Story(SILENT, stops_after=2)

    story.run()

    assert page(story.board)[0] == 200
    assert story.signals.names()[-1] == Signal.PROVIDER_FAILED


def test_told_to_stop_it_ends_without_settings():
    assert Story(EMPTY, stops_after=1).run() is None


def test_the_log_names_the_settings_at_first_and_now_and_then():
    story = Story(*[EMPTY] * (2 * TELL_EVERY), stops_after=2 * TELL_EVERY + 1)

    story.run()

    assert story.signals.names() == [Signal.CONNECTOR_WAITING] * 3
    _, told = story.signals[0]
    assert told["reason"] == "ELEVENLABS_API_KEY,DEFAULT_AGENT_ID"
