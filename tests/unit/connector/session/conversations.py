"""Sessions to talk to, and an agent that says what a test tells it to."""

from dataclasses import dataclass, field

from connector import protocol
from connector.protocol import Classic, Convai, Initiation, PartKind
from connector.session import (
    Ask,
    Ended,
    Lost,
    Opened,
    Received,
    Session,
    SessionPolicy,
    TimePassed,
)

ALL_EVENTS = frozenset(
    {"agent_response_complete", "agent_tool_request", "agent_tool_response", "agent_response"}
)


def open_turn(session):
    """The turn that the agent owes an answer to, or may still be adding to."""
    turn = session._talk.turn
    return turn and turn.key


@dataclass
class Conversation:
    """A session with a clock of its own: ``effects`` are those of the last step."""

    session: Session
    now: float = 0.0
    effects: list = field(default_factory=list)

    def on(self, event, after=0.0):
        self.now += after
        self.effects = self.session.on(event, self.now)
        return self.effects

    def gets(self, event, after=0.0):
        return self.on(Received(event), after)

    def wait(self, seconds):
        """Let time pass as the loop does: from deadline to deadline. All effects of it."""
        end = self.now + seconds
        effects = []
        while (due := self.session.deadline) is not None and due <= end:
            self.now = due
            effects += self.on(TimePassed())
        self.now = end
        self.effects = effects
        return effects

    def asks(self, turn="t1", text="hola"):
        return self.on(Ask(turn, text))

    def says(self, text, event_id=2, response_id=None, after=0.0):
        return self.gets(protocol.AgentSaid(text, event_id, response_id), after)

    def streams(self, *kinds_or_texts, event_id=2, response_id=None):
        effects = []
        for word in kinds_or_texts:
            kind = word if isinstance(word, PartKind) else PartKind.DELTA
            text = "" if isinstance(word, PartKind) else word
            effects += self.gets(protocol.AgentPart(kind, text, event_id, response_id))
        self.effects = effects
        return effects

    def done(self, event_id=2):
        return self.gets(protocol.AgentDone(event_id))

    def tool(self, call_id="c1", event_id=2, name="look_up"):
        return self.gets(protocol.ToolRequested(name, call_id, event_id))

    def tool_answers(self, call_id="c1", event_id=2, name="look_up", *, is_error=False):
        return self.gets(protocol.ToolAnswered(name, call_id, event_id, is_error))

    def lost(self, code=1006, reason=""):
        return self.on(Lost(code, reason))

    def verdict(self):
        return next(effect.verdict for effect in self.effects if isinstance(effect, Ended))


def a_policy(**words):
    return SessionPolicy(**{"first_message": False, "client_events": ALL_EVENTS, **words})


def a_dialing_conversation(dialect=None, initiation=None, **policy):
    session = Session(dialect or Convai(), initiation or Initiation(), a_policy(**policy))
    return Conversation(session)


def an_initiating_conversation(**words):
    conversation = a_dialing_conversation(**words)
    conversation.on(Opened())
    return conversation


def a_settling_conversation(**words):
    conversation = an_initiating_conversation(**words)
    conversation.gets(protocol.Metadata("conv_1"))
    return conversation


def a_ready_conversation(**words):
    conversation = a_settling_conversation(**words)
    conversation.wait(2.0)
    return conversation


def an_asked_conversation(**words):
    conversation = a_ready_conversation(**words)
    conversation.asks()
    return conversation


def an_answering_conversation(**words):
    conversation = an_asked_conversation(**words)
    conversation.says("buenas")
    return conversation


def a_classic_conversation(**policy):
    initiation = Initiation(conversation_id="conv_mine")
    conversation = a_dialing_conversation(dialect=Classic(), initiation=initiation, **policy)
    conversation.on(Opened())
    conversation.wait(2.0)
    return conversation
