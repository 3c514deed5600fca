"""What agents and their servers do to a conversation, over real sockets against the real hub.

Waits are scaled: a server's minute is a tenth of a second here, by the session's own policy.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connector.dialogue.words import Wish
from conversation.messages import Direction, InboundState, Kind, Message, OutboundState
from conversation.signals import Signal
from conversation.sitting import SittingLimits
from conversation.variables import OpenPolicy
from tests.integration.connector.agents import echoing, far_agent, on_demand
from tests.integration.connector.book import Book
from tests.integration.connector.far_end import TEXT, close_frame, frame, reset, until_eof
from tests.integration.connector.office import ANA, BEA, an_office, key

WAITING = "Un momento, por favor: estoy preparando su respuesta."
TOOLS = ("agent_response_complete", "agent_tool_request", "agent_tool_response")
STORM = 60
"""People in the storm of redials. Two thousand, over TLS: test_redial_storm.py."""


@pytest.fixture
def book():
    made = Book()
    for contact in (ANA, BEA):
        made.know(contact, agent_id="agent_1", language="es")
    return made


def answer_of(agent, sock, text, event_id, *, complete=True):
    said = {"agent_response": text, "event_id": event_id}
    agent.write(sock, "agent_response", agent_response_event=said)
    if complete:
        done = {"event_id": event_id}
        agent.write(sock, "agent_response_complete", agent_response_complete_event=done)


def tool_of(agent, sock, kind, event_id):
    body = {"tool_name": "orders", "tool_call_id": "t1", "tool_type": "webhook",
            "event_id": event_id}  # fmt: skip
    agent.write(sock, kind, **{kind: body})


def fault_of(agent, sock, error_type, reason, code):
    event = {"code": code, "error_type": error_type, "reason": reason}
    agent.write(sock, "error", error_event=event)
    sock.sendall(close_frame(code, reason.encode()))
    until_eof(sock)


def notices(book, contact=ANA):
    return book.said(contact, Kind.NOTICE)


def of(office, signal):
    return [keys for name, keys in office.signals if name is signal]


def is_idle(office):
    return not any(line.busy for line in office.hub.lines) and not office.strands.pending


# -- lifetimes -----------------------------------------------------------------------------------


def test_the_servers_maximum_in_the_middle_of_a_turn_costs_nothing_but_another_session(book):
    def ending_in_the_second_turn(agent, sock, text, turn):
        if text == "dos" and agent.heard.count("dos") == 1:
            fault_of(
                agent, sock, "max_duration_exceeded", "Conversation exceeded max duration", 1000
            )
            raise ConnectionError("its time was over")
        agent.say(sock, f"oído: {text}", turn)

    with far_agent(ending_in_the_second_turn) as agent, an_office(book, agent) as office:
        office.writes(1, "uno")
        office.until_said("oído: uno")
        office.writes(2, "dos")
        office.until_said("oído: uno", "oído: dos")

        assert agent.heard == ["uno", "dos", "dos"]
        assert len(agent.initiations) == 2
        assert notices(book) == []
        assert "Cliente: uno" in agent.notes[-1]


def test_who_writes_for_two_hours_notices_nothing_of_the_limit_in_the_agents_settings(book):
    limit_s, reserve_s = 1.5, 0.7

    def strict(agent, sock, text, turn):
        if time.monotonic() - agent.born[-1] > limit_s:
            agent.cut = True
        agent.say(sock, f"oído: {text}", turn)

    def greet(agent, sock, number):
        agent.born.append(time.monotonic())

    with (
        far_agent(strict, greet=greet) as agent,
        an_office(
            book, agent, session={"turn_reserve_s": reserve_s}, max_session_s=limit_s
        ) as office,
    ):
        agent.born, agent.cut = [], False
        expected = []
        for number in range(1, 21):
            office.writes(number, f"m{number:02}")
            expected.append(f"oído: m{number:02}")
            office.until_said(*expected)
            office.linger(0.2)

        assert len(agent.initiations) >= 3
        assert not agent.cut
        assert notices(book) == []
        assert {book.messages[ANA, key(n)].attempts for n in range(1, 21)} == {1}
        reasons = {keys["reason"] for keys in of(office, Signal.SOCKET_CLOSED)}
        assert reasons <= {"expiring", "outdated"}


def test_where_silence_would_close_it_the_server_is_told_that_the_person_is_there(book):
    session = {"keep_alive_s": 0.05}
    with far_agent() as agent, an_office(book, agent, session=session) as office:
        office.writes(1, "hola")
        office.until_said("oído: hola")
        office.until(lambda: agent.activity >= 3)


def test_after_so_many_turns_the_person_is_told_goodbye_once(book):
    limits = SittingLimits(turns=2)
    with far_agent() as agent, an_office(book, agent, sitting=limits) as office:
        for number, text in enumerate(("uno", "dos", "tres", "cuatro"), 1):
            office.writes(number, text)
            office.until(lambda n=number: book.state_of(ANA, key(n)) in {
                InboundState.ANSWERED, InboundState.FAILED,
            })  # fmt: skip
        office.until(lambda: notices(book))
        office.until(lambda: is_idle(office))

        assert agent.heard == ["uno", "dos"]
        assert len(notices(book)) == 1
        assert "terminamos aquí" in notices(book)[0]


# -- answers -------------------------------------------------------------------------------------


def test_a_late_answer_comes_after_the_notice_while_the_next_message_waits(book):
    with far_agent(on_demand) as agent, an_office(book, agent) as office:
        office.writes(1, "uno")
        office.until(lambda: notices(book))
        office.writes(2, "dos")
        office.linger(0.1)
        assert agent.heard == ["uno"]

        agent.unsent.set()
        office.until_said("oído: uno", "oído: dos")

        assert agent.heard == ["uno", "dos"]
        assert notices(book) == [WAITING]
        assert len(agent.initiations) == 1


def a_tool_between_two_texts(*, shown):
    """Scaled by twenty: 8 s are 0.4."""

    def script(agent, sock, text, turn):
        if text != "mi pedido":
            agent.say(sock, f"oído: {text}", turn)
            return
        answer_of(agent, sock, "Lo busco…", turn, complete=False)
        if shown:
            tool_of(agent, sock, "agent_tool_request", turn)
        assert not agent.unsent.wait(0.4)
        if shown:
            tool_of(agent, sock, "agent_tool_response", turn)
        answer_of(agent, sock, "Su pedido 7431 llega mañana.", turn)

    return script


@pytest.mark.parametrize("shown", [True, False], ids=["shown", "unseen"])
def test_an_eight_second_tool_between_two_texts_of_one_answer(book, shown):
    session = {"quiet_shown_s": 0.075, "quiet_blind_s": 0.2, "quiet_after_tool_s": 1.0}
    script = a_tool_between_two_texts(shown=shown)
    with (
        far_agent(script) as agent,
        an_office(book, agent, session=session, shown=TOOLS if shown else ()) as office,
    ):
        office.writes(1, "mi pedido")
        office.until_said("Lo busco…")
        office.writes(2, "gracias")
        office.until_said("Lo busco…", "Su pedido 7431 llega mañana.", "oído: gracias")

        turns = [m.turn for (_, _), m in sorted(book.messages.items()) if m.kind is Kind.REPLY]
        assert turns == [key(1), key(1), key(2)]
        assert agent.heard == ["mi pedido", "gracias"]
        assert len(agent.initiations) == 1


def test_an_answer_that_came_with_the_end_of_its_socket_is_kept_and_not_asked_for_again(book):
    def answering_and_breaking_off(agent, sock, text, turn):
        answer_of(agent, sock, f"oído: {text}", turn, complete=False)
        sock.sendall(close_frame(1011, b"internal"))
        until_eof(sock)
        raise ConnectionError("it broke off")

    with far_agent(answering_and_breaking_off) as agent, an_office(book, agent) as office:
        office.writes(1, "hola")
        office.until_said("oído: hola")
        office.until(lambda: not list(office.hub.lines))

        assert agent.heard == ["hola"]
        assert book.state_of(ANA, key(1)) is InboundState.ANSWERED


def test_what_is_written_during_a_reconnect_is_answered_once(book):
    with far_agent() as agent, an_office(book, agent) as office:
        office.writes(1, "uno")
        office.until_said("oído: uno")
        office.until(lambda: is_idle(office))
        agent.refusals = 2

        next(office.hub.lines).link._connection.abort()
        office.writes(2, "dos")
        office.writes(3, "tres")
        office.until(lambda: len(book.said(ANA)) == 2)
        office.until(lambda: is_idle(office))

        assert agent.heard == ["uno", "dos\ntres"]
        assert book.said(ANA)[1] == "oído: dos\ntres"


def test_a_session_that_is_rolled_over_by_an_operator_answers_what_came_meanwhile(book):
    with far_agent() as agent, an_office(book, agent) as office:
        office.writes(1, "uno")
        office.until_said("oído: uno")
        office.until(lambda: is_idle(office))

        assert office.hub.wish(ANA, Wish.ROLL_OVER)
        office.writes(2, "dos")
        office.until_said("oído: uno", "oído: dos")

        assert len(agent.initiations) == 2
        assert agent.heard == ["uno", "dos"]


# -- silence -------------------------------------------------------------------------------------


def test_a_server_that_says_nothing_after_the_upgrade_is_left_for_another_session(book):
    def mute_once(agent, sock, number):
        if number > 1:
            return False
        assert agent.read(sock) is None
        return True

    session = {"metadata_s": 0.1}
    with far_agent(greet=mute_once) as agent, an_office(book, agent, session=session) as office:
        office.writes(1, "hola")
        office.until_said("oído: hola")

        assert len(agent.initiations) == 2
        assert "no_metadata" in {keys["reason"] for keys in of(office, Signal.SOCKET_REFUSED)}
        assert book.messages[ANA, key(1)].attempts == 1


def test_a_peer_that_pings_no_more_is_dead_and_its_turn_is_asked_again(book):
    def dying_once(agent, sock, text, turn):
        if len(agent.heard) > 1:
            agent.say(sock, f"oído: {text}", turn)
            return
        agent.write(sock, "ping", ping_event={"event_id": 1})
        while agent.read(sock) is not None:
            """It hears the pong and our close, and says nothing."""

    session = {"dead_peer_s": 0.2, "answer_slow_s": 5.0}
    with far_agent(dying_once) as agent, an_office(book, agent, session=session) as office:
        office.writes(1, "hola")
        office.until_said("oído: hola")

        assert agent.heard == ["hola", "hola"]
        assert "dead_peer" in {keys["reason"] for keys in of(office, Signal.SOCKET_LOST)}
        assert notices(book) == []


def test_a_session_that_the_server_closed_for_silence_is_no_loss(book):
    def closing_for_silence(agent, sock, text, turn):
        agent.say(sock, f"oído: {text}", turn)
        if len(agent.heard) == 1:
            reason = "No user input received for 60 seconds"
            fault_of(agent, sock, "transport_receive_timeout", reason, 1002)
            raise ConnectionError("it had been silent")

    with far_agent(closing_for_silence) as agent, an_office(book, agent) as office:
        office.writes(1, "uno")
        office.until_said("oído: uno")
        office.until(lambda: not list(office.hub.lines))
        office.writes(2, "dos")
        office.until_said("oído: uno", "oído: dos")

        assert len(agent.initiations) == 2
        assert of(office, Signal.SOCKET_LOST) == []
        assert notices(book) == []


def test_what_a_server_sends_and_we_do_not_follow_is_counted_told_and_changes_nothing(book):
    def odd(agent, sock, text, turn):
        for _ in range(5):
            agent.write(sock, "agent_mood", mood="Ana está triste")
        agent.write(sock, "Hola Ana, ¿cómo está?")
        sock.sendall(frame(TEXT, b"{not json"))
        call = {"tool_name": "open_page", "tool_call_id": "c1", "parameters": {}, "event_id": turn}
        agent.write(sock, "client_tool_call", client_tool_call=call)
        agent.say(sock, f"oído: {text}", turn)

    with far_agent(odd) as agent, an_office(book, agent) as office:
        office.writes(1, "uno")
        office.until_said("oído: uno")

        assert office.journal.measures.odd == {
            "unknown_frame": 6, "malformed_frame": 1, "tool_refused": 1,
        }  # fmt: skip
        ignored = [(k["event_type"], k["count"]) for k in of(office, Signal.FRAME_IGNORED)]
        assert ignored == [("agent_mood", 1), ("agent_mood", 2), ("agent_mood", 4),
                           ("unprintable", 1)]  # fmt: skip
        assert [k["reason"] for k in of(office, Signal.FRAME_MALFORMED)] == ["not_json"]
        assert [k["tool"] for k in of(office, Signal.TOOL_REFUSED)] == ["open_page"]


# -- who may not open ----------------------------------------------------------------------------


def refusing_text_only(agent, sock, number):
    if agent.broken:
        reason = "Override for field 'text_only' is not allowed by config."
        fault_of(agent, sock, "override_error", reason, 1008)
        return True
    return False


def test_a_missing_permission_is_one_alarm_with_its_name_and_one_notice_and_no_loop(book):
    with (
        far_agent(greet=refusing_text_only) as agent,
        an_office(book, agent, configuration_pause_s=0.3) as office,
    ):
        agent.broken = True
        office.writes(1, "hola")
        office.until(lambda: notices(book))
        office.writes(2, "buenas", contact=BEA)
        office.until(lambda: notices(book, BEA))
        office.linger(0.1)

        assert len(agent.initiations) == 1  # BEA's was not even tried
        assert book.states[ANA].reason == "override_error"
        agent.broken = False
        office.until_said("oído: hola")
        office.until_said("oído: buenas", contact=BEA)

        (alarm,) = of(office, Signal.AGENT_MISCONFIGURED)
        assert "conversation_config_override.conversation.text_only" in alarm["remedy"]
        assert [len(notices(book, who)) for who in (ANA, BEA)] == [1, 1]
        assert office.journal.measures.refusals["override_error"] >= 1


def test_a_429_holds_back_every_other_opening_too_for_as_long_as_it_asks(book):
    limited = b"HTTP/1.1 429 Slow\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
    with (
        far_agent(refusals=1, refusal=limited) as agent,
        an_office(book, agent) as office,
    ):
        office.writes(1, "hola")
        office.until(lambda: of(office, Signal.SOCKET_REFUSED))
        office.writes(2, "buenas", contact=BEA)
        office.until_said("oído: buenas", contact=BEA)
        office.until_said("oído: hola")

        assert agent.dialed[1] - agent.dialed[0] >= 0.95
        assert office.journal.measures.waits >= 1


@pytest.mark.parametrize("dialect", ["convai", "classic"])
def test_an_agent_that_fails_again_and_again_is_left_alone_and_tried_with_one_probe(book, dialect):
    with (
        far_agent(refusals=1_000_000, dialect=dialect) as agent,
        an_office(book, agent, dialect=dialect) as office,
    ):
        office.writes(1, "hola")
        office.writes(2, "buenas", contact=BEA)
        left_alone = office.journal.measures.refusals
        office.until(lambda: left_alone["upgrade_refused"], within_s=30)
        assert office.breakers.open == 1

        with agent.lock:
            agent.refusals = 0
        office.until_said("oído: hola", within_s=10)
        office.until_said("oído: buenas", contact=BEA, within_s=10)

        assert office.breakers.open == 0
        assert len(of(office, Signal.BREAKER_OPENED)) == 1


def test_who_finds_no_free_session_gets_the_waiting_notice_and_then_the_answer(book):
    with (
        far_agent(on_demand) as agent,
        an_office(book, agent, sockets=1, notice_after_s=0.2) as office,
    ):
        office.writes(1, "hola")
        office.until(lambda: agent.heard)
        office.writes(2, "buenas", contact=BEA)
        office.until(lambda: notices(book, BEA))
        assert notices(book, BEA) == [WAITING]

        agent.unsent.set()
        office.until_said("oído: buenas", contact=BEA)

        assert office.journal.measures.waits == 1
        assert sum(office.journal.measures.wait_s.counts) == 1


def test_where_sessions_are_short_openers_open_nothing_and_that_is_said(book):
    with (
        far_agent(on_demand) as agent,
        an_office(book, agent, sockets=1, open_policy=OpenPolicy.EAGER) as office,
    ):
        office.writes(1, "hola")
        office.until(lambda: agent.heard)

        opened_for(book, BEA, key(2))
        office.ring(2, BEA)
        office.until(lambda: of(office, Signal.EAGER_OPENING_PAUSED))
        office.until(lambda: is_idle(office) or office.journal.measures.refusals["no_room"])
        assert len(agent.initiations) == 1

        agent.unsent.set()
        office.writes(3, "buenas", contact=BEA)
        office.until_said("oído: buenas", contact=BEA)


def opened_for(book, contact, at):
    book.states[contact] = replace(book.states[contact], context_version=1)
    book.messages[contact, at] = Message(
        contact_id=contact, message_key=at, conversation_id=contact,
        direction=Direction.OUTBOUND, kind=Kind.OPENER, content="Hola…",
        state=OutboundState.PENDING, sent_at=datetime.now(UTC),
    )  # fmt: skip


def test_a_storm_of_redials_loses_nobody_and_stays_within_its_limits(book):
    people = [f"{n:026}" for n in range(STORM)]
    for person in people:
        book.know(person, agent_id="agent_1", language="es")
    with far_agent(echoing) as agent, an_office(book, agent, sockets=STORM, handshakes=4) as office:
        for number, person in enumerate(people):
            office.writes(number, "uno", contact=person)
        office.until(lambda: all(book.said(p) for p in people), within_s=30)
        office.until(lambda: is_idle(office))
        agent.refusals, cut = 3, [sock for sock in agent.sockets if sock.fileno() >= 0]

        for sock in cut:
            reset(sock)
        for number, person in enumerate(people):
            office.writes(number + STORM, "dos", contact=person)
        office.until(lambda: all(len(book.said(p)) == 2 for p in people), within_s=30)

        assert all(book.said(p) == ["oído: uno", "oído: dos"] for p in people)
        assert agent.most_opening <= 4
        assert office.door.inside == STORM


def test_a_session_that_the_server_gives_no_name_is_left_for_another(book):
    def nameless_once(agent, sock, number):
        if number > 1:
            return False
        metadata = {"conversation_id": ""}
        agent.write(sock, "conversation_initiation_metadata",
                    conversation_initiation_metadata_event=metadata)  # fmt: skip
        until_eof(sock)
        return True

    with (
        far_agent(greet=nameless_once) as agent,
        an_office(book, agent, session={"metadata_s": 0.1}) as office,
    ):
        office.writes(1, "hola")

        office.until_said("oído: hola")


def test_an_agent_with_the_shortest_of_all_limits_is_asked(book):
    with far_agent() as agent, an_office(book, agent, max_session_s=60.0) as office:
        office.writes(1, "hola")

        office.until_said("oído: hola")

    assert len(agent.initiations) == 1
