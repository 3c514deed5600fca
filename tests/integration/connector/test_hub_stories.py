"""The hub with real sockets: what becomes of what people write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connector import crowding
from conversation.errors import Defect, Transient
from conversation.leases import Owner
from conversation.messages import InboundState, Kind
from conversation.signals import Signal
from conversation.state import Gist
from tests.integration.connector.agents import (
    echoing,
    far_agent,
    hanging_up_once,
    on_demand,
    silent,
)
from tests.integration.connector.book import BUSY, Book
from tests.integration.connector.office import ANA, BEA, ME, an_office, key


@pytest.fixture
def book():
    made = Book()
    for contact in (ANA, BEA):
        made.know(
            contact, agent_id="agent_1", client_name="Ana", phone_number="+573138539155",
            call_summary="Preguntó por el pedido 7431.", language="es",
            dynamic_variables={"debt": 120},
        )  # fmt: skip
    return made


@pytest.mark.parametrize("dialect", ["convai", "classic"])
def test_what_a_person_writes_is_answered_and_rung_for(book, dialect):
    with far_agent(dialect=dialect) as agent, an_office(book, agent, dialect=dialect) as office:
        office.writes(1, "hola")
        office.until_said("oído: hola")
        office.until(lambda: office.acks)

        assert office.acks == [True]
        assert book.state_of(ANA, key(1)) is InboundState.ANSWERED
        assert ("outbox", f"{key(1)}~001") in book.rung
        assert b"xi-api-key: k" in agent.heads[0]


@pytest.mark.parametrize("asks", [False, True], ids=["at once", "asked for"])
def test_a_way_that_cannot_be_found_for_now_is_looked_for_again(book, asks):
    lost = [Transient("busy", reason="rate_limited"), Transient("busy", reason="rate_limited")]
    with far_agent() as agent, an_office(book, agent, asks=asks, lost_ways=lost) as office:
        office.writes(1, "hola")

        office.until_said("oído: hola")

    assert not lost


def test_the_tables_are_called_in_the_shortest_order(book):
    with far_agent() as agent, an_office(book, agent) as office:
        office.writes(1, "hola")
        office.until_said("oído: hola")
        office.until(lambda: not office.strands.pending and not _busy(office))
        first, book.calls = book.calls, []

        office.writes(2, "¿y ahora?")
        office.until_said("oído: hola", "oído: ¿y ahora?")

    assert first[:4] == ["oldest_pending", "touch", "read", "opened"]
    assert book.calls[:3] == ["read", "ask", "answer"]


def test_the_second_message_of_somebody_who_wrote_first_takes_no_more_calls_than_any_other(book):
    book.know(BEA)
    with far_agent() as agent, an_office(book, agent, default_agent_id="agent_1") as office:
        office.writes(1, "hola", contact=BEA)
        office.until_said("oído: hola", contact=BEA)
        office.until(lambda: not office.strands.pending and not _busy(office))
        book.calls = []

        office.writes(2, "¿y ahora?", contact=BEA)
        office.until_said("oído: hola", "oído: ¿y ahora?", contact=BEA)

    assert book.calls[:3] == ["read", "ask", "answer"]


def test_the_agent_knows_the_call_when_it_is_asked(book):
    with far_agent() as agent, an_office(book, agent) as office:
        office.writes(1, "hola")
        office.until_said("oído: hola")

        variables = agent.initiations[0]["dynamic_variables"]
        assert variables["debt"] == 120
        assert variables["call_summary"] == "Preguntó por el pedido 7431."
        assert "7431" in agent.notes[0]


def test_after_a_dropped_socket_the_next_session_knows_what_was_said(book):
    with far_agent() as agent, an_office(book, agent) as office:
        office.writes(1, "hola")
        office.until_said("oído: hola")
        office.until(lambda: not _busy(office))
        next(office.hub.lines).link._connection.abort()
        office.until(lambda: not list(office.hub.lines))

        office.writes(2, "¿sigue ahí?")
        office.until_said("oído: hola", "oído: ¿sigue ahí?")

        assert len(agent.initiations) == 2
        assert "Cliente: hola" in agent.notes[1]
        assert "Asistente: oído: hola" in agent.notes[1]
        assert "¿sigue ahí?" not in agent.notes[1]


def test_a_turn_that_was_cut_off_is_asked_again_in_a_fresh_session(book):
    with far_agent(hanging_up_once) as agent, an_office(book, agent) as office:
        office.writes(1, "hola")
        office.until_said("oído: hola")

        assert agent.heard == ["hola", "hola"]
        assert len(agent.initiations) == 2
        assert book.messages[ANA, key(1)].attempts == 2


def test_what_is_written_during_a_turn_becomes_the_next_turn(book):
    with far_agent(on_demand) as agent, an_office(book, agent) as office:
        office.writes(1, "uno")
        office.until(lambda: agent.heard)
        office.writes(2, "dos")
        office.writes(3, "tres")
        office.linger(0.05)
        assert agent.heard == ["uno"]

        agent.unsent.set()
        office.until(lambda: len(book.said(ANA)) == 2)

        assert agent.heard == ["uno", "dos\ntres"]
        assert len(agent.initiations) == 1


def test_who_cannot_be_connected_gets_one_notice_and_is_answered_later(book):
    with far_agent(refusals=4) as agent, an_office(book, agent) as office:
        office.writes(1, "hola")
        office.until_said("oído: hola")

        notices = book.said(ANA, Kind.NOTICE)
        assert len(notices) == 1
        assert "no puedo responderle" in notices[0]
        assert book.messages[ANA, key(1)].attempts == 1
        assert office.signals.names().count(Signal.SOCKET_REFUSED) == 4


def test_a_slow_answer_is_preceded_by_one_waiting_notice(book):
    with far_agent(on_demand) as agent, an_office(book, agent) as office:
        office.writes(1, "hola")
        office.until(lambda: book.said(ANA, Kind.NOTICE))
        agent.unsent.set()
        office.until_said("oído: hola")

        assert book.said(ANA, Kind.NOTICE) == [
            "Un momento, por favor: estoy preparando su respuesta."
        ]
        assert office.signals.names().count(Signal.ANSWER_SLOW) == 1


def test_a_table_that_is_busy_is_tried_again(book):
    with far_agent() as agent, an_office(book, agent) as office:
        book.failures += [BUSY, BUSY]

        office.writes(1, "hola")

        office.until_said("oído: hola")


def test_a_fenced_contact_is_dropped_and_nothing_is_written(book):
    with far_agent(on_demand) as agent, an_office(book, agent) as office:
        office.writes(1, "hola")
        office.until(lambda: agent.heard)
        book.epochs[ANA] = 6

        agent.unsent.set()
        office.until(lambda: Signal.COMMIT_FENCED in office.signals.names())

        assert list(office.hub.lines) == []
        assert book.said(ANA) == []


def test_a_defect_costs_one_dialogue_its_socket_and_nobody_else_anything(book):
    with far_agent() as agent, an_office(book, agent) as office:
        office.writes(1, "hola")
        office.writes(2, "buenas", contact=BEA)
        office.until_said("oído: hola")
        office.until_said("oído: buenas", contact=BEA)
        office.until(lambda: not _busy(office) and not office.strands.pending)
        book.failures.append(Defect("wrong", reason="bad_request"))

        office.writes(3, "¿y?")
        office.until(lambda: Signal.DEFECT_FOUND in office.signals.names())
        office.until(lambda: len(book.said(ANA)) == 2)

        assert [line.contact_id for line in office.hub.lines] == [BEA, ANA]
        assert office.acks.count(False) == 1


def test_a_new_owner_starts_with_what_is_unfinished(book):
    book.write(ANA, key(1), "hola")

    with far_agent() as agent, an_office(book, agent) as office:
        office.until_said("oído: hola")


def test_a_shard_given_away_finishes_only_its_open_turns(book):
    with far_agent(on_demand) as agent, an_office(book, agent) as office:
        office.writes(1, "hola")
        office.until(lambda: agent.heard)

        office.hub.shards.give(0)
        assert office.hub.busy == 1
        office.writes(2, "¿hay alguien?")
        assert office.acks[-1] is False
        agent.unsent.set()
        office.until_said("oído: hola")
        office.until(lambda: not list(office.hub.lines))

        office.until(lambda: book.states[ANA].open_on is None)

        assert agent.heard == ["hola"]


def test_a_shard_that_is_lost_is_served_no_more_at_once(book):
    with far_agent(on_demand) as agent, an_office(book, agent) as office:
        office.hold(seconds=0.3)
        office.writes(1, "hola")
        office.until(lambda: agent.heard)

        office.until(lambda: office.hub.shards.held == ())
        agent.unsent.set()
        office.linger(0.1)

        assert list(office.hub.lines) == []
        assert book.said(ANA) == []
        assert Signal.SHARD_LOST in office.signals.names()


def test_what_a_draining_connector_has_asked_is_left_to_it(book):
    book.write(ANA, key(1), "hola")
    book.epochs[ANA] = 4
    message = book.messages[ANA, key(1)]
    book._set(message, state=InboundState.ASKED, turn=key(1), attempts=1)

    with far_agent() as agent, an_office(book, agent, hold=False) as office:
        office.hub.others_drain = True
        office.hub.shards.hold(ME, office.loop.now() + 60)
        office.linger(0.7)
        assert book.epochs[ANA] == 4
        assert agent.heard == []

        office.hub.others_drain = False
        office.until_said("oído: hola")


def test_another_epoch_of_the_same_shard_begins_afresh(book):
    with far_agent() as agent, an_office(book, agent) as office:
        office.writes(1, "hola")
        office.until_said("oído: hola")

        office.hold(Owner(epoch=7, shard=0))
        office.writes(2, "otra vez")
        office.until_said("oído: hola", "oído: otra vez")

        assert book.epochs[ANA] == 7


def test_where_it_is_crowded_the_idle_are_looked_for_once_a_moment(book, monkeypatch):
    looked = []
    monkeypatch.setattr(crowding, "yielding", lambda lines, most: looked.append(most) or [])
    with far_agent(on_demand) as agent, an_office(book, agent, sockets=1) as office:
        office.writes(1, "hola")
        office.until(lambda: agent.heard)
        office.writes(2, "hola", contact=BEA)
        office.until(lambda: looked)
        looked.clear()

        for _ in range(500):  # as many turns end, sockets open and people write
            office.hub.let_in()
        office.linger(0.05)
        agent.unsent.set()

        assert looked == [1]


def test_the_least_recently_used_socket_makes_room_for_who_writes(book):
    with far_agent() as agent, an_office(book, agent, sockets=1) as office:
        office.writes(1, "hola")
        office.until_said("oído: hola")
        office.until(lambda: not _busy(office))

        office.writes(2, "buenas", contact=BEA)
        office.until_said("oído: buenas", contact=BEA)

        reasons = [k.get("reason") for s, k in office.signals if s is Signal.SOCKET_CLOSED]
        assert reasons == ["make_room"]
        assert office.door.inside == 1


def test_who_had_to_wait_for_room_is_asked_all_they_wrote_and_the_agent_knows_the_call(book):
    with far_agent(on_demand) as agent, an_office(book, agent, sockets=1) as office:
        _bea_waits_for_room(office, agent)
        office.writes(2, "¿están?", contact=BEA)
        waits = next(line for line in office.hub.lines if line.contact_id == BEA)
        office.until(lambda: type(waits.dialogue.state) is Gist)

        agent.unsent.set()
        office.until(lambda: len(agent.heard) > 1)
        assert agent.heard[1:] == ["buenas\n¿están?"]
        assert "7431" in agent.initiations[-1]["dynamic_variables"]["call_summary"]


def test_room_that_comes_for_somebody_who_is_paused_meanwhile_is_somebody_elses(book):
    with far_agent(on_demand) as agent, an_office(book, agent, sockets=1) as office:
        _bea_waits_for_room(office, agent)
        until = datetime.now(UTC) + timedelta(hours=1)
        book.know(BEA, agent_id="agent_1", paused_until=until)

        agent.unsent.set()
        office.until(lambda: not office.door.waiting and not office.door.inside)

        assert len(agent.heard) == 1


def test_nothing_a_person_or_agent_said_is_in_a_signal(book):
    with far_agent() as agent, an_office(book, agent) as office:
        office.writes(1, "palabra-secreta")
        office.until_said("oído: palabra-secreta")

        assert "secreta" not in repr(office.signals)
        assert "3138539155" not in repr(office.signals)


def test_an_agent_that_never_answers_is_given_up_after_three_asks(book):
    with far_agent(silent) as agent, an_office(book, agent) as office:
        message_key = key(1)
        office.writes(1, "hola")
        for asks in (1, 2, 3):
            office.until(lambda n=asks: len(agent.heard) == n)
            next(office.hub.lines).link._connection.abort()

        office.until(lambda: book.state_of(ANA, message_key) is InboundState.FAILED)

        assert agent.heard == ["hola"] * 3
        assert Signal.TURN_GIVEN_UP in office.signals.names()


def test_who_has_gone_quiet_is_counted_with_the_last_answer(book):
    session = {"idle_s": 0.3}
    with far_agent(echoing) as agent, an_office(book, agent, session=session) as office:
        office.writes(1, "hola")
        office.until_said("oído: hola")
        office.until(lambda: Signal.CONVERSATION_RESTED in office.signals.names())

        measured = office.journal.measures.messages
        rested = Signal.CONVERSATION_RESTED
        assert [keys["count"] for name, keys in office.signals if name is rested] == [2]
        assert (sum(measured.counts), measured.total) == (1, 2)


def test_commands_of_operators_reach_the_socket(book):
    from connector.dialogue.words import Wish

    with far_agent(echoing) as agent, an_office(book, agent) as office:
        office.writes(1, "hola")
        office.until_said("oído: hola")
        office.until(lambda: not _busy(office))

        assert office.hub.wish(ANA, Wish.CLOSE)
        assert not office.hub.wish(BEA, Wish.CLOSE)
        office.until(lambda: not list(office.hub.lines))
        office.until(lambda: book.states[ANA].open_on is None)


def _bea_waits_for_room(office, agent):
    """Ana has the only socket, and her turn is open."""
    office.writes(1, "hola")
    office.until(lambda: agent.heard)
    office.writes(1, "buenas", contact=BEA)
    office.until(lambda: office.door.waiting)


def _busy(office):
    return any(line.busy for line in office.hub.lines)
