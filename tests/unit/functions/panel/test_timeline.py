"""What a person's page makes of messages and events."""

from datetime import UTC, datetime, timedelta

from conversation.identifiers import ContactId, MessageKey, SessionId, TurnKey
from conversation.messages import Direction, InboundState, Kind, Message, OutboundState
from conversation.overview import SocketEvent
from conversation.state import ConversationState
from functions.panel.timeline import sessions, timeline

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ANA = ContactId("A" * 26)


def a_message(key, seconds, *, inbound=False, turn=None, **known):
    given = {
        "contact_id": ANA, "message_key": MessageKey(key), "conversation_id": ANA,
        "direction": Direction.INBOUND if inbound else Direction.OUTBOUND,
        "kind": Kind.MESSAGE if inbound else Kind.REPLY, "content": key,
        "state": InboundState.ANSWERED if inbound else OutboundState.READ,
        "sent_at": NOW + timedelta(seconds=seconds), "turn": TurnKey(turn) if turn else None,
    }  # fmt: skip
    return Message(**(given | known))


def an_event(seconds, event, session="conv_1", reason=None):
    at = NOW + timedelta(seconds=seconds)
    return SocketEvent(at, 0, event, ANA, session, reason, None, "connector-1")


def told(messages=(), events=()):
    state = ConversationState(contact_id=ANA)
    return timeline(state, messages, events=events, commands=(), audited=())


def test_a_turn_holds_its_messages_and_its_parts():
    messages = [
        a_message("opener", -60),
        a_message("q1", 0, inbound=True, turn="q2", attempts=2),
        a_message("q2", 1, inbound=True, turn="q2", attempts=2, session=SessionId("conv_1")),
        a_message("q2~001", 3, turn="q2", latency_ms=1400, session=SessionId("conv_1")),
        a_message("q2~002", 4, turn="q2", latency_ms=1900),
    ]

    turn, opener = told(messages)

    assert [part.text for part in turn.parts] == ["q1", "q2", "q2~001", "q2~002"]
    assert turn.details == {
        "turn": "q2", "state": "ANSWERED", "session": "conv_1", "attempts": "2", "parts": "2",
        "latency_ms": "1400",
    }  # fmt: skip
    assert (opener.about, opener.parts) == ("message", ())


def test_the_newest_comes_first():
    happenings = told([a_message("a", 0), a_message("b", 20)], [an_event(10, "socket_opened")])

    assert [each.text or each.what for each in happenings] == ["b", "socket_opened", "a"]


def test_a_session_knows_when_it_was_opened_and_why_it_ended():
    found = sessions(
        [
            an_event(0, "socket_opened"),
            an_event(50, "socket_lost", reason="reset"),
            an_event(55, "socket_refused", session=None, reason="busy"),
            an_event(60, "socket_opened", "conv_2"),
        ]
    )

    assert [(each.session, each.why) for each in found] == [("conv_1", "reset"), ("conv_2", None)]
    first, second = found
    assert (first.opened_at, first.closed_at) == (NOW, NOW + timedelta(seconds=50))
    assert (second.opened_at, second.closed_at) == (NOW + timedelta(seconds=60), None)


def test_a_session_of_which_only_the_end_is_known_has_no_beginning():
    (found,) = sessions([an_event(5, "socket_closed", reason="idle")])

    assert (found.opened_at, found.why) == (None, "idle")
