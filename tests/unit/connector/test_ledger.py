"""What a look reads, and what is rung for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.ledger import Known, Ledger
from connector.unsolicited import Unsolicited
from conversation.errors import Transient
from conversation.leases import Owner
from conversation.messages import Direction, InboundState, Kind, Message, OutboundState
from conversation.signals import Recorded, Signal
from conversation.state import ConversationState
from conversation.words import Language, Words

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA = "A" * 26
ME = Owner(5, 0)


class Table:
    def __init__(self, *messages):
        self.messages = list(messages)
        self.state = ConversationState(contact_id=ANA, agent_id="agent_1", context_version=2)
        self.calls = []
        self.kept = []

    def touch(self, contact_id, owner):
        self.calls.append("touch")
        return self.state

    def read(self, contact_id, oldest, least):
        self.calls.append("read")
        return self.messages

    def unsolicited(self, message, owner):
        self.kept.append(message)
        return True

    def give_up(self, turn, owner, notice, now):
        self.kept.append(notice)
        return True

    def notice(self, about, notice, text, owner, now):
        return None


class Bells:
    def __init__(self, error=None):
        self.rung = []
        self.error = error

    def ring(self, bell):
        if self.error:
            raise self.error
        self.rung.append(bell)


def a_message(number, kind=Kind.MESSAGE, state=InboundState.NEW):
    outbound = kind in {Kind.OPENER, Kind.REPLY}
    return Message(
        contact_id=ANA, message_key=f"01{number:024}", conversation_id=ANA, content="hola",
        direction=Direction.OUTBOUND if outbound else Direction.INBOUND, kind=kind,
        state=OutboundState.SENT if outbound else state, sent_at=NOW + timedelta(minutes=number),
    )  # fmt: skip


def a_ledger(table, bells=None, signals=None):
    signals = Recorded() if signals is None else signals
    return Ledger(
        contacts=table, turns=table, bells=bells or Bells(), signals=signals,
        words=Words("Hilo", Language.ES, {}), now=lambda: NOW, remembered=30,
    )  # fmt: skip


def look(table, known=None, *, whole=False, courteous=False):
    return a_ledger(table).look(ANA, ME, None, known, whole=whole, courteous=courteous)


def known_by(found):
    return Known(found.state, found.newest)


def test_the_first_look_touches_before_it_reads():
    table = Table(a_message(1))

    look(table)

    assert table.calls == ["touch", "read"]


def test_a_warm_look_is_one_query():
    table = Table(a_message(1))
    known = known_by(look(table))
    table.calls.clear()

    look(table, known)

    assert table.calls == ["read"]


def test_for_what_a_new_session_is_told_the_contact_is_touched_again():
    table = Table(a_message(1))
    table.state = replace(table.state, call_summary="Preguntó por el pedido.")
    known = known_by(look(table))
    table.calls.clear()

    found = look(table, replace(known, state=known.state.told()), whole=True)

    assert table.calls == ["touch", "read"]
    assert found.state.call_summary == "Preguntó por el pedido."


def test_a_warm_look_knows_when_the_person_last_wrote():
    table = Table(a_message(1))
    known = known_by(look(table))
    table.messages.append(a_message(2))

    found = look(table, known)

    assert found.state.last_inbound_at == NOW + timedelta(minutes=2)


@pytest.mark.parametrize("kind", [Kind.OPENER, Kind.OPT_IN, Kind.OPT_OUT])
def test_what_changes_the_state_causes_a_touch(kind):
    table = Table(a_message(1))
    known = known_by(look(table))
    table.calls.clear()
    table.messages.append(a_message(2, kind))

    found = look(table, known)

    assert table.calls == ["read", "touch", "read"]
    table.calls.clear()
    look(table, known_by(found))
    assert table.calls == ["read"]


@pytest.mark.parametrize("change", [{"opted_out": True}, {"paused_until": NOW}, {"agent_id": None}])
def test_a_state_that_holds_the_agent_back_is_read_anew_each_time(change):
    table = Table(a_message(1))
    known = Known(replace(table.state, **change), a_message(1).message_key)

    look(table, known)

    assert "touch" in table.calls


def test_a_turn_asked_by_a_draining_connector_is_left_to_it():
    table = Table(a_message(1, state=InboundState.ASKED))

    assert look(table, courteous=True) is None
    assert table.calls == ["read"]


def test_courtesy_is_for_open_turns_only():
    assert look(Table(a_message(1)), courteous=True) is not None


def test_a_ring_that_fails_loses_nothing():
    signals = Recorded()
    bells = Bells(Transient("no queue", reason="queue_unavailable"))
    said = Unsolicited(contact_id=ANA, key="K" * 26, text="hola", deliver=True, session=None)

    a_ledger(Table(), bells, signals).unsolicited(said, ME)

    assert signals.names() == [Signal.DOORBELL_FAILED]


def test_what_is_held_back_is_kept_and_not_rung_for():
    table, bells = Table(), Bells()
    said = Unsolicited(contact_id=ANA, key="K" * 26, text="hola", deliver=False, session="c1")

    a_ledger(table, bells).unsolicited(said, ME)

    (kept,) = table.kept
    assert (kept.state, kept.reason, kept.session) == (OutboundState.SKIPPED, "unsolicited", "c1")
    assert bells.rung == []


def test_a_long_unasked_text_keeps_its_order_under_one_key():
    said = Unsolicited(
        contact_id=ANA, key="K" * 26, text="palabra " * 400, deliver=True, session=None
    )

    keys = [message.message_key for message in said.messages(NOW)]

    assert keys == ["K" * 26 + "~001", "K" * 26 + "~002"] + ([] if len(keys) == 2 else keys[2:])
    assert keys == sorted(keys)
