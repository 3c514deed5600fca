"""A table and an agent's socket in memory, around one dialogue."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from connector import protocol
from connector.dialogue import words
from connector.dialogue.machine import Dialogue
from connector.dialogue.policy import DialoguePolicy
from connector.protocol import Convai, Initiation
from connector.session.policy import SessionPolicy
from connector.session.words import Lost
from conversation.messages import (
    Direction,
    InboundState,
    Kind,
    Message,
    OutboundState,
    notice_key,
)
from conversation.state import ConversationState

ANA = "A" * 26
START = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = SessionPolicy(
    first_message=False, client_events=frozenset({"agent_response_complete"}), settle_s=0.0
)
AUTOMATIC = (words.Look, words.StoreAsk, words.StoreAnswer, words.SetAside, words.StoreGivenUp)


class World:
    """Carries out what touches the table; the rest is kept in ``effects`` for the test."""

    def __init__(self, policy=None, **state):
        self.s = 0.0
        self.state = ConversationState(
            contact_id=ANA, **{"agent_id": "agent_1", "last_inbound_at": START, **state}
        )
        self.messages = {}
        self.effects = []
        self.briefed = []
        self.asks_refused = 0
        self.during_look = lambda: None
        self._keys = (f"01{n:024}" for n in count())
        self.dialogue = Dialogue(
            ANA,
            policy=policy or DialoguePolicy(debounce_s=0.3),
            dialect=Convai(),
            brief=self._brief,
            chance=random.Random(3),
        )

    # what a test does

    @property
    def now(self):
        return words.Moment(self.s, START + timedelta(seconds=self.s))

    def tell(self, happened):
        for effect in self.dialogue.on(happened, self.now):
            if isinstance(effect, AUTOMATIC):
                self._carry(effect)
            if not isinstance(effect, words.Look):
                self.effects.append(effect)

    def person_writes(self, text, *, ring=True):
        key = next(self._keys)
        self._keep(key, Direction.INBOUND, Kind.MESSAGE, text, InboundState.NEW)
        self.state = replace(self.state, last_inbound_at=self.now.utc)
        if ring:
            self.tell(words.Rung(key))
        return key

    def opener_goes_out(self, state=OutboundState.PENDING):
        key = next(self._keys)
        self._keep(key, Direction.OUTBOUND, Kind.OPENER, "Hola…", state)
        self.tell(words.Rung(key))

    def time_passes(self, seconds):
        until = self.s + seconds
        while (due := self.dialogue.deadline) is not None and due <= until:
            self.s = max(due, self.s)
            self.tell(words.TimePassed())
        self.s = until

    def session_opens(self, session="conv_1", policy=POLICY):
        self.tell(words.MayOpen(policy))
        self.tell(words.Opened())
        self.tell(words.Received(protocol.Metadata(session)))
        self.time_passes(0)

    def agent_says(self, text, event_id=1, *, complete=True):
        self.tell(words.Received(protocol.AgentSaid(text, event_id)))
        if complete:
            self.tell(words.Received(protocol.AgentDone(event_id)))

    def socket_is_lost(self, code=None, reason=""):
        self.tell(Lost(code, reason))

    def answered_turn(self, text="hola", answer="¡Hola!"):
        """A person wrote, a session was opened, and the agent answered."""
        self.person_writes(text)
        self.session_opens()
        self.time_passes(1)
        self.agent_says(answer)

    # what a test looks at

    def of(self, kind):
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def clear(self):
        self.effects.clear()

    def asked(self):
        frames = [effect.frame for effect in self.of(words.Send)]
        return [protocol_text(frame) for frame in frames if '"user_message"' in frame]

    def said(self):
        return [part for effect in self.of(words.StoreAnswer) for part in effect.answer.parts]

    def notices(self):
        return [effect.notice for effect in self.of(words.StoreNotice)]

    def states(self):
        return [m.state for m in self.messages.values() if m.direction is Direction.INBOUND]

    # the table

    def _keep(self, key, direction, kind, text, state, **more):
        self.messages[key] = Message(
            contact_id=ANA, message_key=key, conversation_id=ANA, direction=direction, kind=kind,
            content=text, state=state, sent_at=self.now.utc, **more,
        )  # fmt: skip

    def _carry(self, effect):
        match effect:
            case words.Look():
                ordered = tuple(self.messages[key] for key in sorted(self.messages))
                known = self.dialogue.state
                spared = known is not None and known == known.told() and not effect.whole
                state = self.state.told() if spared else self.state
                self.during_look()
                self.tell(words.Looked(state, ordered))
            case words.StoreAsk(turn=turn):
                done = not self.asks_refused
                self.asks_refused -= not done
                if done:
                    self.state = replace(
                        self.state,
                        sitting=effect.known.sitting,
                        asked_lately=effect.known.asked_lately,
                    )
                    attempts = turn.attempts + 1
                    self._all(turn, state=InboundState.ASKED, turn=turn.key, attempts=attempts)
                self.tell(words.AskStored(done))
            case words.StoreAnswer(answer=answer):
                if answer.final and answer.open:
                    self._all(answer.turn, state=InboundState.ANSWERED)
                for n, part in enumerate(answer.parts, answer.first_ordinal):
                    key = f"{answer.turn.key}~{n:03}"
                    state = OutboundState.PENDING
                    self._keep(key, Direction.OUTBOUND, Kind.REPLY, part, state)
            case words.SetAside():
                self._all(effect.turn, state=effect.state, reason=effect.reason)
            case words.StoreGivenUp(turn=turn):
                self._all(turn, state=InboundState.FAILED)

    def _all(self, one, **changes):
        for key in one.keys:
            self.messages[key] = replace(self.messages[key], **changes)

    def _brief(self, state, past):
        self.briefed.append((state, tuple(m.content for m in past)))
        return Initiation()


def protocol_text(frame):
    import json

    return json.loads(frame)["text"]


__all__ = ["ANA", "POLICY", "START", "World", "notice_key"]
