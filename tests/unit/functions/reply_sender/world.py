"""One contact, the sender that serves it, and a Twilio that does as it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from conversation.delivery import Template
from conversation.errors import Transient
from conversation.identifiers import ContactId, MessageKey, MessageSid
from conversation.messages import (
    UNFINISHED_OUTBOUND,
    Direction,
    InboundState,
    Kind,
    Message,
    OutboundState,
    sources_of,
)
from conversation.outbox import Desk, Go, Listed, Rejected, judge
from conversation.signals import Recorded
from conversation.state import ConversationState
from conversation.variables import AmbiguousSend
from functions.reply_sender.account import Account
from functions.reply_sender.deliver import Sender
from functions.reply_sender.fail import Failing
from functions.reply_sender.seek import Seeker

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA = ContactId("A" * 26)
TURN = "01" + "0" * 24
ADDRESS = "whatsapp:+573138539155"
TEMPLATE = Template("HX" + "d" * 32, '{"1":"Ana"}', "Hola Ana")

TIMED_OUT = Transient("no answer", reason="twilio_unreachable", may_have_happened=True)
BUSY = Transient("too many", reason="twilio_busy")
UNREACHABLE = Transient("no connection", reason="twilio_unreachable")


def refused(code):
    return Rejected("refused", reason="refused", code=code)


def a_message(n=1, **known):
    return Message(
        **{
            "contact_id": ANA,
            "message_key": MessageKey(f"{TURN}~{n:03}"),
            "conversation_id": ANA,
            "direction": Direction.OUTBOUND,
            "kind": Kind.REPLY,
            "content": f"part {n}",
            "state": OutboundState.PENDING,
            "sent_at": NOW,
        }
        | known
    )


def a_question(**known):
    return a_message(
        message_key=MessageKey(TURN), direction=Direction.INBOUND, kind=Kind.MESSAGE,
        content="hola", state=InboundState.ASKED, **known,
    )  # fmt: skip


class Clock:
    """Wall and monotonic time that pass only when someone lets them."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now

    def monotonic(self):
        return (self.now - NOW).total_seconds()

    def pass_by(self, seconds):
        self.now += timedelta(seconds=seconds)


class Table:
    """The tables, as far as the sender writes them: each write keeps to its conditions."""

    def __init__(self, clock):
        self.clock = clock
        self.messages = {}
        self.state = ConversationState(contact_id=ANA, address=ADDRESS, last_inbound_at=NOW)
        self.before_claim = lambda: None

    def put(self, *messages):
        self.messages |= {m.message_key: m for m in messages}

    def open(self, contact_id, oldest):
        return Desk(self.state, tuple(sorted(self.messages.values(), key=_key, reverse=True)))

    def find(self, contact_id, key):
        return self.messages.get(key)

    def claim(self, message, claim, needs, now):
        self.before_claim()
        pending = self.now(message).state is OutboundState.PENDING
        if not pending or not isinstance(judge(needs, self.state, now), Go):
            return False
        addressed = {"claim": claim, "claimed_at": now, "sent_to": message.sent_to}
        return self._set(message, state=OutboundState.CLAIMED, **addressed)

    def release(self, message, claim):
        return self._held(message, claim) and self._set(message, state=OutboundState.PENDING)

    def sent(self, message, sid, now):
        return self.advance(message, OutboundState.SENT, sid, now)

    def skip(self, message, reason):
        return self._set(message, state=OutboundState.SKIPPED, reason=reason)

    def take_over(self, message, claim):
        return self._held(message, message.claim) and self._set(message, claim=claim)

    def resend(self, message):
        again = {"state": OutboundState.PENDING, "attempts": message.attempts + 1}
        return self._held(message, message.claim) and self._set(message, **again)

    def unsure(self, message, reason):
        return self._held(message, message.claim) and self._set(
            message, state=OutboundState.UNSURE, reason=reason
        )

    def advance(self, message, state, sid, now):
        stored = self.now(message)
        free = stored.twilio_message_id in {None, sid}
        if stored.state not in sources_of(state) or not free:
            return False
        return self._set(message, state=state, twilio_message_id=sid, sent_at=now)

    def fail(self, message, after, *, now, sid=None, claim=None):
        if self.now(message).state not in sources_of(OutboundState.FAILED):
            return False
        if after.successor:
            self.messages.setdefault(after.successor.message_key, after.successor)
        if after.opts_out:
            self.state = replace(self.state, opted_out=True)
        return self._set(message, state=OutboundState.FAILED, reason=after.fault.reason)

    def now(self, message):
        return self.messages[message.message_key]

    def _held(self, message, claim):
        stored = self.now(message)
        return stored.state is OutboundState.CLAIMED and stored.claim == claim

    def _set(self, message, **known):
        self.put(replace(self.now(message), **known))
        return True


class Twilio:
    """Answers with the errors in ``answers``, in turn, then takes everything."""

    def __init__(self, clock):
        self.clock = clock
        self.answers = []
        self.posted = []
        self.listed = []
        self.typing = []
        self.asked = 0
        self.takes_in_spite = False

    def send(self, message):
        self.posted.append(message)
        error = self.answers.pop(0) if self.answers else None
        if error is None or self.takes_in_spite:
            self.list(message)
        if error is not None:
            raise error
        return self.listed[-1].sid

    def list(self, message, **known):
        sid = MessageSid(f"SM{len(self.listed):032x}")
        self.listed.append(
            Listed(
                **{
                    "sid": sid, "inbound": False, "from_": "us", "to": message.to,
                    "body": message.body, "status": "sent", "error_code": None, "media": 0,
                    "created_at": self.clock().replace(microsecond=0),
                } | known
            )
        )  # fmt: skip
        return sid

    def sent_to(self, address, since):
        self.asked += 1
        return [m for m in self.listed if m.to == address and m.created_at >= since]

    def show_typing(self, sid):
        self.typing.append(sid)
        if self.answers:
            raise self.answers.pop(0)


class Bells(list):
    """Remembers what was rung."""

    broken = False

    def ring(self, bell):
        if self.broken:
            raise Transient("no", reason="queue_unavailable")
        self.append(bell)


class World:
    """All of it, and what a test asks of it."""

    def __init__(self, *, ambiguous=AmbiguousSend.RESEND, template=None, sandbox=False):
        self.clock = Clock()
        self.table = Table(self.clock)
        self.twilio = Twilio(self.clock)
        self.bells = Bells()
        self.signals = Recorded()
        failing = Failing(
            deliveries=self.table, signals=self.signals,
            template_for=lambda *_: template, new_key=lambda: MessageKey("02" + "0" * 24),
        )  # fmt: skip
        seeker = Seeker(
            outbox=self.table, deliveries=self.table, twilio=self.twilio, signals=self.signals,
            failing=failing, ambiguous=ambiguous, after_s=60,
        )  # fmt: skip
        self.sender = Sender(
            outbox=self.table, deliveries=self.table, twilio=self.twilio, bells=self.bells,
            signals=self.signals, failing=failing, seeker=seeker,
            account=Account(), clock=self.clock,
            pace=self.clock, callback_base_url="https://hilo.example.com", sandbox=sandbox,
            needed_s=12,
        )  # fmt: skip

    def store(self, *messages):
        self.table.put(*messages)

    def alter(self, **known):
        self.table.state = replace(self.table.state, **known)

    def serve(self, time_left=30.0):
        return self.sender.serve(ANA, MessageKey(TURN), lambda: time_left)

    def wait(self, seconds):
        self.clock.pass_by(seconds)
        return self.serve()

    @property
    def bodies(self):
        return [m.body for m in self.twilio.posted]

    @property
    def states(self):
        ours = (m for m in self.table.messages.values() if m.direction is Direction.OUTBOUND)
        return [m.state for m in sorted(ours, key=_key)]

    def unfinished(self):
        return [m for m in self.table.messages.values() if m.state in UNFINISHED_OUTBOUND]


def _key(message):
    return message.message_key
