"""A list that is asked for again and again reads only what may have changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from conversation.identifiers import ContactId, MessageKey
from conversation.messages import Direction, InboundState, Kind, Message, OutboundState
from conversation.overview import Row
from conversation.state import Status
from functions.panel import last_words
from functions.panel.last_words import KEPT, LastWords

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ANA, EVA = ContactId("A" * 26), ContactId("E" * 26)


def a_row(contact_id=ANA, count=3, key="K"):
    return Row(
        contact_id=contact_id, status=Status.ACTIVE, message_count=count, last_message_at=NOW,
        last_message_key=MessageKey(key),
    )  # fmt: skip


def a_message(contact_id=ANA, state=OutboundState.READ, text="hola"):
    inbound = isinstance(state, InboundState)
    return Message(
        contact_id=contact_id, message_key=MessageKey("K"), conversation_id=contact_id,
        direction=Direction.INBOUND if inbound else Direction.OUTBOUND,
        kind=Kind.MESSAGE if inbound else Kind.REPLY, content=text, state=state, sent_at=NOW,
    )  # fmt: skip


class Shelf:
    def __init__(self, *messages):
        self.said = {message.contact_id: message for message in messages}
        self.read = []

    def last_words(self, rows):
        contacts = [row.contact_id for row in rows]
        self.read += contacts
        return {each: self.said[each] for each in contacts if each in self.said}


@pytest.mark.parametrize("state", [OutboundState.READ, OutboundState.FAILED, InboundState.ASKED])
def test_what_cannot_change_is_read_once(state):
    shelf = Shelf(a_message(state=state))
    words = LastWords(shelf)

    first, second = words.of([a_row()], NOW), words.of([a_row()], NOW + timedelta(seconds=3))

    assert first == second == {ANA: shelf.said[ANA]}
    assert shelf.read == [ANA]


def test_what_takes_the_place_of_a_failed_message_is_read_although_it_does_not_count():
    shelf = Shelf(a_message(state=OutboundState.FAILED))
    words = LastWords(shelf)
    words.of([a_row()], NOW)

    words.of([a_row(key="K~998")], NOW)

    assert shelf.read == [ANA, ANA]


@pytest.mark.parametrize("state", [OutboundState.SENT, OutboundState.DELIVERED])
def test_what_is_still_on_its_way_is_read_again(state):
    shelf = Shelf(a_message(state=state))
    words = LastWords(shelf)
    words.of([a_row()], NOW)
    shelf.said[ANA] = replace(shelf.said[ANA], state=OutboundState.READ)

    assert words.of([a_row()], NOW)[ANA].state is OutboundState.READ


def test_a_new_message_is_seen_at_once():
    shelf = Shelf(a_message())
    words = LastWords(shelf)
    words.of([a_row()], NOW)
    shelf.said[ANA] = a_message(text="otra cosa")

    assert words.of([a_row(count=4)], NOW)[ANA].content == "otra cosa"


def test_nothing_is_remembered_for_long():
    shelf = Shelf(a_message())
    words = LastWords(shelf)
    words.of([a_row()], NOW)
    shelf.said.clear()  # its time to live is over

    assert words.of([a_row()], NOW + KEPT) == {}


def test_only_so_many_are_remembered(monkeypatch):
    monkeypatch.setattr(last_words, "MOST", 1)
    shelf = Shelf(a_message(), a_message(EVA))
    words = LastWords(shelf)

    words.of([a_row(), a_row(EVA)], NOW)
    words.of([a_row(EVA), a_row()], NOW)

    assert shelf.read == [ANA, EVA, ANA]
