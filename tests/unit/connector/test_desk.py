"""Doorbells at the desk: messages, commands, and what is not ours."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from connector.desk import Desk
from connector.dialogue.words import Wish
from connector.session.words import State
from conversation.doorbells import BellKind, Doorbell
from conversation.errors import Transient
from conversation.signals import Recorded

ANA = "A" * 26
KEY = "0" * 26


class FakeHub:
    shards = SimpleNamespace(held=(1,))

    def __init__(self):
        self.done = []
        self.lines = [
            SimpleNamespace(contact_id=name, owner=SimpleNamespace(shard=shard))
            for name, shard in (("B" * 26, 1), ("C" * 26, 2))
        ]

    def rung(self, contact_id, key, ack):
        self.done.append(("rung", contact_id, key))
        ack(True)  # noqa: FBT003 - an ack

    def wish(self, contact_id, wish):
        self.done.append((wish, contact_id))
        return True

    def review(self, contact_id):
        self.done.append(("review", contact_id))


class FakeCommands:
    def __init__(self, command=None, error=None):
        self.command, self.error = command, error
        self.outcomes = []

    def open(self, target, at):
        if self.error:
            raise self.error
        return self.command

    def done(self, target, at, outcome, now, report=()):
        self.outcomes.append(outcome)
        self.report = list(report)


class AtOnce:
    def submit(self, name, job):
        try:
            result = job.work()
        except Exception as error:  # noqa: BLE001 - as the real ones do
            job.failed(error)
        else:
            job.done(result)


class Scene:
    def __init__(self, command=None, error=None, **known):
        self.hub, self.commands, self.acks = FakeHub(), FakeCommands(command, error), []
        self.desk = Desk(
            self.hub, commands=self.commands, strands=AtOnce(), signals=Recorded(),
            now=lambda: None, **known,
        )  # fmt: skip

    def bell(self, kind=BellKind.COMMAND, target=ANA, shard=1):
        return self.desk.taken(shard, Doorbell(kind, target, KEY), self.acks.append)


def test_a_message_goes_to_its_contact():
    scene = Scene()

    assert scene.bell(BellKind.INBOX)
    assert scene.hub.done == [("rung", ANA, KEY)]


def test_the_bell_of_a_shard_that_is_not_ours_is_not_taken():
    scene = Scene()

    assert not scene.bell(BellKind.INBOX, shard=2)
    assert scene.hub.done == []


@pytest.mark.parametrize(
    ("command", "wish"), [("close", Wish.CLOSE), ("roll_over", Wish.ROLL_OVER)]
)
def test_a_command_is_carried_out_and_its_outcome_recorded(command, wish):
    scene = Scene(command)

    scene.bell()

    assert scene.hub.done == [(wish, ANA)]
    assert (scene.commands.outcomes, scene.acks) == (["done"], [True])


def test_a_command_for_a_shard_reaches_its_contacts_only():
    scene = Scene("close")

    scene.bell(target="shard#1")

    assert scene.hub.done == [(Wish.CLOSE, "B" * 26)]


def test_a_pause_is_read_anew_from_the_state():
    scene = Scene("pause")

    scene.bell()

    assert scene.hub.done == [("review", ANA)]


def test_a_command_that_is_done_already_is_not_done_twice():
    scene = Scene(None)

    scene.bell()

    assert (scene.hub.done, scene.commands.outcomes, scene.acks) == ([], [], [True])


def test_an_unknown_command_is_recorded_as_such():
    scene = Scene("dance")

    scene.bell()

    assert scene.commands.outcomes == ["unknown_command"]


def test_a_command_that_cannot_be_read_is_rung_again():
    scene = Scene(error=Transient("busy", reason="table_busy"))

    scene.bell()

    assert scene.acks == [False]


def a_line(name, shard, *, opened=None, **known):
    session = None
    if opened is not None:
        session = SimpleNamespace(
            state=State.READY, opened_at=opened, last_ping=known.get("ping"), turns=3
        )
    return SimpleNamespace(
        contact_id=name * 26,
        owner=SimpleNamespace(shard=shard),
        dialogue=SimpleNamespace(session=session),
        sessions=known.get("sessions", 1),
    )


def test_a_report_tells_of_the_open_sockets_of_the_shard_the_oldest_first():
    scene = Scene("report", clock=lambda: 100.0)
    scene.hub.lines = [
        a_line("B", 1, opened=90.0, ping=95.0),
        a_line("C", 1),
        a_line("D", 2, opened=10.0),
        a_line("E", 1, opened=40.0, sessions=4),
    ]

    scene.bell(target="shard#1")

    assert scene.commands.outcomes == ["done"]
    assert [(r.contact_id[0], r.age_s, r.ping_s, r.sessions) for r in scene.commands.report] == [
        ("E", 60.0, None, 4),
        ("B", 10.0, 5.0, 1),
    ]
