"""Another ElevenLabs key, while the connector runs."""

from connector.rotation import DOUBT_EVERY_S, LOOK_EVERY_S, ApiKey, Rotation
from conversation.errors import MisconfiguredError, Transient
from conversation.signals import Recorded, Signal


class Desk:
    """A loop whose time a test moves, strands that work at once, and a key somewhere."""

    def __init__(self):
        self.time, self.timers = 0.0, []
        self.written, self.cached = "old", "old"
        self.reads, self.changes = [], []
        self.key, self.signals = ApiKey("old"), Recorded()
        self.rotation = Rotation(
            self, self.key, read=self.read, strands=self, signals=self.signals,
            changed=lambda: self.changes.append(self.key()),
        )  # fmt: skip

    def now(self):
        return self.time

    def call_later(self, delay, run):
        self.timers.append((self.time + delay, run))

    def submit(self, _name, job):
        try:
            found = job.work()
        except Exception as error:  # noqa: BLE001 - as the real ones do
            job.failed(error)
        else:
            job.done(found)

    def read(self, *, fresh):
        self.reads.append(fresh)
        if isinstance(self.written, Exception):
            raise self.written
        return self.written if fresh else self.cached

    def pass_time(self, seconds):
        self.time += seconds
        due = [run for at, run in self.timers if at <= self.time]
        self.timers = [each for each in self.timers if each[0] > self.time]
        for run in due:
            run()


def test_a_new_key_is_taken_at_the_next_look_and_told_once():
    desk = Desk()
    desk.rotation.start()
    desk.written = desk.cached = "new"

    for _ in range(3):
        desk.pass_time(LOOK_EVERY_S)

    assert desk.key() == "new"
    assert desk.changes == ["new"]
    assert desk.signals.names() == [Signal.KEY_ROTATED]


def test_a_refused_key_is_looked_up_past_the_cache_at_once():
    desk = Desk()
    desk.written = "new"

    desk.rotation.doubt()

    assert desk.key() == "new"
    assert desk.reads == [True]


def test_a_thousand_refusals_are_one_look():
    desk = Desk()

    for _ in range(1000):
        desk.rotation.doubt()
    assert desk.reads == [True]

    desk.time = DOUBT_EVERY_S
    desk.rotation.doubt()
    assert desk.reads == [True, True]


def test_a_key_that_is_gone_or_cannot_be_read_changes_nothing():
    desk = Desk()
    desk.rotation.start()
    for broken in (
        MisconfiguredError(["ELEVENLABS_API_KEY is missing: a key"]),
        Transient("no answer", reason="secrets_unreachable"),
    ):
        desk.written = broken
        desk.pass_time(LOOK_EVERY_S)

    assert desk.key() == "old"
    assert desk.changes == []
    assert set(desk.signals.names()) == {Signal.PROVIDER_FAILED}
