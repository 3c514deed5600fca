"""What a session promises, whatever the agent, the person and the network do.

The agent of the model answers each question under a number of its own, in all the ways that a
server has: whole, streamed, in either order, twice, late, with tools between. Every text of it
names the turn it belongs to, so that a text in the wrong place shows.
"""

import json
import re
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from connector import protocol
from connector.protocol import PartKind
from connector.session import (
    Ask,
    CloseWanted,
    Ended,
    Lost,
    Opened,
    Received,
    Say,
    Send,
    State,
    TimePassed,
    TurnEnded,
    TurnUnanswered,
    Unsolicited,
    Waiting,
)
from tests.unit.connector.session.conversations import ALL_EVENTS, a_dialing_conversation, open_turn

NAMED = re.compile(r"\[(\w+)\.")
ALLOWED_WHILE_OWING = {"pong", "client_tool_result", "mcp_tool_approval_result"}


@dataclass
class Spoken:
    """A text of the agent, and how much of it is on the wire."""

    owner: str
    event_id: int
    response_id: str | None
    text: str
    sent: int = 0
    whole: bool = False
    paused: bool = False


class Promises(RuleBasedStateMachine):
    @initialize(
        response_ids=st.booleans(),
        wholes=st.booleans(),
        shown=st.sampled_from([ALL_EVENTS, frozenset({"agent_response"})]),
        greets=st.sampled_from([True, False, None]),
        max_duration_s=st.sampled_from([600.0, 7200.0]),
        keep_alive_s=st.sampled_from([None, 25.0]),
    )
    def open(self, response_ids, wholes, shown, greets, max_duration_s, keep_alive_s):
        self.conversation = a_dialing_conversation(
            client_events=shown,
            first_message=greets,
            max_duration_s=max_duration_s,
            keep_alive_s=keep_alive_s,
        )
        self.response_ids = response_ids
        self.wholes = wholes
        self.asked = []
        self.owing = None
        self.returned = []
        self.events = {}
        self.stream = None
        self.spoken = []
        self.heard = {}
        self.ended = 0
        self.numbers = 1
        self.tools = 0
        self.on(Opened())
        self.on(Received(protocol.Metadata("conv_1")))
        if greets:
            self.on(Received(protocol.AgentSaid("saludo", 1)))

    @property
    def session(self):
        return self.conversation.session

    @property
    def alive(self):
        return self.session.state not in {State.CLOSING, State.ENDED}

    def on(self, event, after=0.0):
        for effect in self.conversation.on(event, after):
            self.take(effect, asking=isinstance(event, Ask))
        deadline = self.session.deadline
        assert deadline is None or deadline > self.conversation.now

    def take(self, effect, *, asking):
        match effect:
            case Send(frame) if self.owing and not asking:
                assert json.loads(frame)["type"] in ALLOWED_WHILE_OWING
            case Say(turn, text):
                self.heard.setdefault(turn, []).append(text)
            case Unsolicited(text):
                self.heard.setdefault("nobody", []).append(text)
            case TurnEnded(turn) | TurnUnanswered(turn):
                assert turn == self.owing
                self.owing = None
                self.returned.append(turn)
            case Ended():
                self.ended += 1

    # -- the person and the caller -------------------------------------------------------------

    @rule()
    def ask(self):
        if not self.session.can_ask(self.conversation.now):
            return
        assert self.owing is None
        self.owing = f"t{len(self.asked) + 1}"
        self.asked.append(self.owing)
        self.on(Ask(self.owing, "¿cuánto debo?"))

    @rule(another=st.booleans())
    def wait_behind(self, another):
        self.on(Waiting(another))

    @rule(seconds=st.sampled_from([0.05, 0.5, 1.6, 4.1, 12.0, 46.0, 130.0]))
    def time(self, seconds):
        if self.stream and seconds > 1:
            self.stream.paused = True
        self.on(TimePassed(), seconds)

    @precondition(lambda self: self.session.deadline is not None)
    @rule()
    def deadline(self):
        if self.stream:
            self.stream.paused = True
        self.on(TimePassed(), self.session.deadline - self.conversation.now)

    # -- the agent -----------------------------------------------------------------------------

    def new_text(self, late):
        """A new text: to the open turn, to an earlier one, or to nobody."""
        owner = self.owing
        if late and self.events:
            owner = min(self.events)
        if owner is None:
            owner = "nobody"
        if owner == "nobody" or owner not in self.events:
            self.numbers += 1
            event_id = self.numbers
            if owner != "nobody":
                self.events[owner] = event_id
        else:
            event_id = self.events[owner]
        number = len(self.spoken) + 1
        response_id = f"r{number}" if self.response_ids else None
        return Spoken(owner, event_id, response_id, f"[{owner}.{number}]" + "x" * (number % 5))

    def may_speak(self):
        return self.alive and self.session.state in {State.READY, State.ASKED, State.ANSWERING}

    @precondition(may_speak)
    @rule(late=st.booleans(), twice=st.booleans())
    def say(self, late, twice):
        if self.stream or not (self.wholes or self.response_ids):
            return
        spoken = self.new_text(late)
        self.spoken.append(spoken)
        spoken.whole = True
        said = protocol.AgentSaid(spoken.text, spoken.event_id, spoken.response_id)
        for _ in range(1 + twice):
            self.on(Received(said))

    @precondition(may_speak)
    @rule(late=st.booleans())
    def start(self, late):
        if self.stream:
            return
        self.stream = self.new_text(late)
        self.spoken.append(self.stream)
        self.part(PartKind.START, "")

    def part(self, kind, text):
        stream = self.stream
        self.on(Received(protocol.AgentPart(kind, text, stream.event_id, stream.response_id)))

    @precondition(lambda self: self.stream is not None)
    @rule(size=st.integers(1, 4))
    def delta(self, size):
        stream = self.stream
        text = stream.text[stream.sent : stream.sent + size]
        stream.sent += len(text)
        if text:
            self.part(PartKind.DELTA, text)

    @precondition(lambda self: self.stream is not None)
    @rule(full=st.sampled_from(["before", "after", "never"]))
    def stop(self, full):
        stream = self.stream
        if not self.response_ids:
            # Without ids a whole text replaces the parts before it: a server sends all or none.
            full = "never" if not self.wholes else "after" if full == "never" else full
        self.delta(len(stream.text))
        said = protocol.AgentSaid(stream.text, stream.event_id, stream.response_id)
        stream.whole = stream.whole or self.session.state is not State.ENDED
        if full == "before":
            self.on(Received(said))
        self.part(PartKind.STOP, "")
        if full == "after":
            self.on(Received(said))
        self.stream = None

    @precondition(lambda self: self.stream is None and self.response_ids and self.spoken)
    @rule()
    def streams_it_again(self):
        """A server that was not sure sends the whole of a stream a second time."""
        spoken = self.spoken[-1]
        if spoken.whole:
            for kind, text in [("start", ""), ("delta", spoken.text), ("stop", "")]:
                part = (PartKind(kind), text, spoken.event_id, spoken.response_id)
                self.on(Received(protocol.AgentPart(*part)))

    @precondition(lambda self: self.stream is None)
    @rule()
    def done(self):
        if self.owing in self.events:
            self.on(Received(protocol.AgentDone(self.events[self.owing])))

    @precondition(may_speak)
    @rule()
    def use_tool(self):
        if self.owing in self.events:
            self.tools += 1
            tool = ("look_up", f"c{self.tools}", self.events[self.owing])
            self.on(Received(protocol.ToolRequested(*tool)))

    @precondition(lambda self: self.tools > 0)
    @rule()
    def tool_answers(self):
        event_id = self.events.get(self.owing)
        self.on(Received(protocol.ToolAnswered("look_up", f"c{self.tools}", event_id)))

    @precondition(lambda self: self.session.state is not State.DIALING)
    @rule(
        event=st.sampled_from(
            [
                protocol.Ping(9),
                protocol.ClientToolCalled("open_page", "c0"),
                protocol.AgentTyping(is_typing=True),
                protocol.Unknown("new"),
                protocol.Malformed("not_json"),
                protocol.Interrupted(900),
                protocol.AgentDone(900),
                protocol.AgentSaid("saludo", 1),
            ]
        )
    )
    def other(self, event):
        if event != protocol.AgentSaid("saludo", 1):
            self.on(Received(event))

    # -- the end -------------------------------------------------------------------------------

    @precondition(lambda self: len(self.spoken) > 3)
    @rule(event=st.sampled_from([Lost(1006), Lost(1000), CloseWanted("operator")]))
    def end(self, event):
        self.on(event)

    @precondition(lambda self: len(self.spoken) > 3 and self.stream is None)
    @rule()
    def hang_up(self):
        self.on(Received(protocol.ToolAnswered("end_call", "c99", self.events.get(self.owing))))

    # -- the promises --------------------------------------------------------------------------

    @invariant()
    def at_most_one_turn_is_open_and_each_is_given_back_once(self):
        assert open_turn(self.session) == self.owing
        assert len(set(self.returned)) == len(self.returned)
        assert set(self.returned) == set(self.asked) - {self.owing}

    @invariant()
    def nothing_is_given_to_another_turn(self):
        for owner, texts in self.heard.items():
            assert set(NAMED.findall("".join(texts))) <= {owner}

    @invariant()
    def the_end_comes_once(self):
        assert self.ended == (1 if self.session.state is State.ENDED else 0)

    def teardown(self):
        if not hasattr(self, "conversation"):
            return
        self.on(Lost(1006))
        self.on(Lost(1006))
        assert self.ended == 1
        assert self.owing is None
        for spoken in self.spoken:
            self.check(spoken)

    def check(self, spoken):
        texts = self.heard.get(spoken.owner, [])
        others = {other.text for other in self.spoken if other is not spoken}
        if spoken.whole:
            # A stream that stalled is given in pieces, and others may come between these.
            assert spoken.text in "".join(text for text in texts if text not in others)
        if not spoken.paused:
            assert texts.count(spoken.text) <= 1


TestPromises = Promises.TestCase
TestPromises.settings = settings(max_examples=150, stateful_step_count=40, derandomize=True)
