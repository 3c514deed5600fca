"""The numbers a session lives by."""

from __future__ import annotations

from dataclasses import dataclass

_ENDS_SHOWN = frozenset({"agent_response_complete", "agent_tool_request"})
_TOOL_ENDS_SHOWN = frozenset({"agent_tool_response", "agent_tool_response_full_payload"})


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """How long a session waits for what. All in seconds, as ``now`` is."""

    answer_slow_s: float = 15.0
    """From the ask to the waiting notice."""
    hard_deadline_s: float = 120.0
    """From the ask to the end of the turn, come what may…"""
    hard_deadline_waiting_s: float = 45.0
    """…and while another message waits behind it."""
    person_deadline_s: float = 1200.0
    """As ``hard_deadline_s``, while a person has taken the agent's place."""
    quiet_shown_s: float = 1.5
    """Silence after an answer that ends the turn, where the agent shows its tools or its end…"""
    quiet_blind_s: float = 4.0
    """…and where it shows neither."""
    empty_blind_s: float = 10.0
    """Silence after an empty stream, where a tool may be running unseen."""
    quiet_after_tool_s: float = 20.0
    """Silence after a tool has ended: the model speaks next, and has 20 s by its own limit."""
    stalled_stream_s: float = 20.0
    """Silence in the middle of a stream, after which what came of it is all there is."""
    greeting_wait_s: float = 2.0
    greeting_doubt_s: float = 6.0
    """How long a late text that may be the greeting is held back before it counts as an answer."""
    settle_s: float = 0.1
    """From the metadata to the first message: ElevenLabs' own widget waits as long."""
    metadata_s: float = 10.0
    queue_s: float = 60.0
    """How long a place in the server's queue is waited for, before it is asked all the same."""
    idle_s: float = 1800.0
    max_duration_s: float = 600.0
    """The server's limit of a conversation."""
    turn_reserve_s: float = 60.0
    """No turn starts with less than this left of it, or than half of it where it is short."""
    dead_peer_s: float = 90.0
    """Without any frame, once the server has shown that it pings."""
    leave_grace_s: float = 2.0
    """From the agent's ``end_call``, or an error, to our own close."""
    close_grace_s: float = 5.0
    """From our close to the end, if nobody tells that the socket is gone."""
    late_text_s: float = 30.0
    """How long after a turn a text without an ``event_id`` still belongs to it."""
    keep_alive_s: float | None = None
    """Send ``user_activity`` this often between turns; ``None`` = never."""
    first_message: bool | None = None
    """Whether the agent greets; ``None`` = unknown, which is waited for too."""
    client_events: frozenset[str] = frozenset()
    """What the agent is configured to send, as far as we know…"""
    events_told: bool = True
    """…and whether the dialect tells it at all."""

    @property
    def reserve_s(self) -> float:
        """With less than this left of the server's limit no turn starts."""
        # A limit of a minute is legal: a session in which nothing may be asked would be opened,
        # and closed, again and again.
        return min(self.turn_reserve_s, self.max_duration_s / 2)

    @property
    def shows_end(self) -> bool:
        """The agent sends what tells a finished answer from a pause."""
        return self.events_told and bool(self.client_events & _ENDS_SHOWN)

    @property
    def shows_tool_ends(self) -> bool:
        """The agent sends the ends of its tools, not only their beginnings."""
        return self.events_told and bool(self.client_events & _TOOL_ENDS_SHOWN)

    @property
    def quiet_s(self) -> float:
        """Silence after an answer that ends the turn."""
        return self.quiet_shown_s if self.shows_end else self.quiet_blind_s

    @property
    def empty_s(self) -> float:
        """Silence after an empty stream that ends the turn."""
        return self.quiet_shown_s if self.shows_end else self.empty_blind_s
