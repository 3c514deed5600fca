"""A world for the steps: everybody plays their part at once, and time passes by itself."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from conversation.batches import Recipient, Stage
from conversation.identifiers import AgentId, CallId, ContactId, MessageKey, MessageSid, SessionId
from conversation.messages import Direction, InboundState, Kind, Message, OutboundState
from conversation.state import ConversationState
from infra.local.flow.plan import Plan
from infra.local.flow.ports import Bubble, Side
from infra.local.flow.steps import World
from infra.local.flow.watch import Watch

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CONTACT = ContactId("A" * 26)
FACT = "pedido 7431"


def a_plan(**words):
    given = {
        "fact": FACT,
        "number": "+573138539155",
        "name": "Ana",
        "calls_people": False,
        "writes_to_people": False,
        "patience_s": 10.0,
        "values": {},
    }
    return Plan(**(given | words))


def a_message(key, **words):
    outbound = words.get("direction", Direction.OUTBOUND) is Direction.OUTBOUND
    given = {
        "contact_id": CONTACT,
        "message_key": MessageKey(key),
        "conversation_id": CONTACT,
        "direction": Direction.OUTBOUND,
        "kind": Kind.REPLY if outbound else Kind.MESSAGE,
        "content": f"text of {key}",
        "state": OutboundState.DELIVERED if outbound else InboundState.ANSWERED,
        "sent_at": NOW,
        "twilio_message_id": MessageSid(f"SM{key}"),
    }
    return Message(**(given | words))


def an_inbound(key, **words):
    return a_message(key, direction=Direction.INBOUND, **words)


def a_bubble(message, **words):
    side = Side.PERSON if message.direction is Direction.INBOUND else Side.AGENT
    shown = Bubble(str(message.twilio_message_id), side, message.content, "delivered")
    return replace(shown, **words)


@dataclass
class Everybody:
    """ElevenLabs, the phone and the product in one: they do at once what they are asked.

    The fields spoil it: what the agent says, which session answers, and so on.
    """

    stage: Stage = Stage.COMPLETED
    opener: OutboundState = OutboundState.DELIVERED
    reason: str | None = None
    says: tuple = (f"Según lo anotado: {FACT}.", f"Era el {FACT}.")
    sessions: tuple = ("conv_1", "conv_2")
    obeys: bool = True
    ordered: bool = True
    receipts: bool = True
    started: list = field(default_factory=list)
    stored: list = field(default_factory=list)
    chat: list = field(default_factory=list)
    open_on: str | None = None
    asked: int = 0

    def agent(self):
        return AgentId("agent_1")

    def start(self, name, agent, number, variables):
        self.started.append((agent, number, dict(variables)))
        self._keep(a_message("0", kind=Kind.OPENER, state=self.opener, reason=self.reason))
        return "btcal_1"

    def recipients(self, batch_id):
        assert batch_id == "btcal_1"
        call = CallId("conv_call")
        return [Recipient(recipient_id="r", stage=self.stage, updated_at=NOW, call_id=call)]

    def open_sessions(self):
        return frozenset({self.sessions[self.asked - 1]} if self.open_on else ())

    def look(self):
        return list(self.chat)

    def write(self, text):
        number = self.asked
        self.asked += 1
        question = an_inbound(f"{self.asked}", content=text)
        self._keep(question)
        self.open_on = "0"
        session = SessionId(self.sessions[number])
        if self.says[number]:
            self._keep(a_message(f"{self.asked}~001", content=self.says[number], session=session))
        return str(question.twilio_message_id)

    def state(self):
        session = SessionId(self.sessions[max(self.asked - 1, 0)])
        return ConversationState(
            contact_id=CONTACT, elevenlabs_conversation_id=session, open_on=self.open_on
        )

    def messages(self):
        return list(self.stored)

    def close_socket(self):
        self.open_on = None if self.obeys else self.open_on
        return MessageKey("K")

    def _keep(self, message):
        self.stored.append(message)
        if message.state in {OutboundState.DELIVERED, InboundState.ANSWERED}:
            self.chat.append(a_bubble(message))


def a_world(pace, everybody=None, **plan):
    everybody = everybody or Everybody()
    return World(
        plan=a_plan(**plan),
        calls=everybody,
        phone=everybody,
        records=everybody,
        watch=Watch(monotonic=pace.monotonic, pause=pace.sleep),
        logs=Path("/logs"),
    )
