"""The queues of dead letters are looked into rarely: whoever looks hides them from others."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from conversation.dead_letters import Box, Letter, Outcome
from conversation.doorbells import BellKind, Doorbell
from conversation.errors import Refused, Transient
from conversation.overview import Page, Row
from conversation.state import Status
from functions.panel.advice import Advice
from functions.panel.given_up import FRESH_FOR, KEPT, Deed, GivenUp
from functions.panel.roles import Role, Visitor

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ANA = "A" * 26
OPERATOR, VIEWER = (Visitor("ana", role, "csrf") for role in (Role.OPERATOR, Role.VIEWER))


class World:
    """Queues, tables and what is done with them."""

    def __init__(self, *letters):
        self.lie_there = list(letters)
        self.opened_for = []
        self.done = []
        self.asked_for = []

    @contextmanager
    def opened(self, only=tuple(Box), most=None):
        self.opened_for.append((tuple(only), most))
        yield list(self.lie_there)

    def count(self):
        return len(self.lie_there)

    def page(self, *, limit, cursor=None):
        return Page(())

    def find(self, contact_id, key):
        self.asked_for.append((contact_id, key))

    def rows(self, contacts):
        return [Row(contact_id=each, status=Status.ACTIVE, client_name="Ana") for each in contacts]

    def replay(self, each, who, now):
        self.done.append(("replay", each.name, who))
        return Outcome.REPLAYED

    def drop(self, each, who, now):
        self.done.append(("drop", each.name, who))
        self.lie_there.remove(each)
        return Outcome.DROPPED


def given_up(world):
    return GivenUp(
        graveyard=world, boxes=world, waiting=world, shelf=world, replaying=world, advice=Advice()
    )


def a_letter(name="1", minutes=1, body=None):
    bell = Doorbell(BellKind.INBOX, ANA, "01" + "0" * 24)
    return Letter(
        box=Box.INBOX, id=name, receipt=f"r{name}", reason="never_heeded",
        body=bell.to_json() if body is None else body, sent_at=NOW - timedelta(minutes=minutes),
    )  # fmt: skip


def test_empty_queues_are_not_opened():
    world = World()

    assert given_up(world).letters("es", NOW) == ()
    assert world.opened_for == []


def test_however_often_a_page_asks_the_queues_are_opened_once_a_minute():
    world = World(a_letter())
    desk = given_up(world)

    first = desk.letters("es", NOW)
    again = [desk.letters("en", NOW + timedelta(seconds=s)) for s in (3, 30, 60)]

    assert len(world.opened_for) == 1
    assert {each[0].id for each in again} == {first[0].id}
    desk.letters("es", NOW + KEPT + timedelta(seconds=1))
    assert len(world.opened_for) == 2


def test_who_opens_the_page_anew_sees_what_is_there_by_now():
    world = World(a_letter("1"))
    desk = given_up(world)
    desk.letters("es", NOW)
    world.lie_there.append(a_letter("2"))

    soon = desk.letters("es", NOW + timedelta(seconds=5), FRESH_FOR)
    later = desk.letters("es", NOW + timedelta(seconds=6), FRESH_FOR)

    assert (len(soon), len(later)) == (1, 2)


def test_after_something_was_done_with_one_they_are_looked_at_anew():
    world = World(a_letter("1", minutes=9), a_letter("2"))
    desk = given_up(world)
    assert [each.id for each in desk.letters("es", NOW)] == ["inbox:2", "inbox:1"]

    assert desk.perform(Deed.DROP, "inbox:2", OPERATOR, NOW) is Outcome.DROPPED

    assert [each.id for each in desk.letters("es", NOW)] == ["inbox:1"]
    assert world.done == [("drop", "inbox:2", "ana")]


def test_only_the_queue_of_the_one_in_question_is_opened():
    world = World(a_letter())

    assert given_up(world).perform(Deed.REPLAY, "inbox:1", OPERATOR, NOW) is Outcome.REPLAYED
    assert [only for only, _ in world.opened_for] == [(Box.INBOX,)]


def test_who_only_looks_opens_nothing():
    world = World(a_letter())

    with pytest.raises(Refused):
        given_up(world).perform(Deed.DROP, "inbox:1", VIEWER, NOW)

    assert (world.opened_for, world.done) == ([], [])


@pytest.mark.parametrize("name", ["", ":", "A:", ":B", "A" * 65 + ":B", "A:" + "B" * 65, "inbox"])
def test_a_name_that_cannot_be_is_not_looked_for(name):
    world = World()

    assert given_up(world).perform(Deed.REPLAY, name, OPERATOR, NOW) is Outcome.UNKNOWN
    assert world.asked_for == []


def test_what_is_no_doorbell_shows_neither_its_text_nor_a_person():
    (shown,) = given_up(World(a_letter(body="mi clave es 1234"))).letters("en", NOW)

    assert (shown.contact_id, shown.kind, shown.hindrance) == (None, "unreadable", "no_doorbell")
    assert "1234" not in repr(shown)


def test_queues_that_do_not_answer_are_asked_again_at_the_next_look():
    class Silent(World):
        def count(self):
            raise Transient("SQS did not answer", reason="queue_unavailable")

    desk = given_up(Silent(a_letter()))

    for _ in range(2):
        with pytest.raises(Transient):
            desk.letters("es", NOW)
