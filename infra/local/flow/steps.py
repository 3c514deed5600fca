"""The nine steps of the main test, in their order: what is done, and what must follow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from conversation.batches import Stage
from conversation.messages import Direction, Kind, Message
from infra.local.flow.account import differences
from infra.local.flow.facts import VARIABLE, holds
from infra.local.flow.ports import Bubble, Calls, Phone, Records, Side, StepFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from conversation.batches import Recipient
    from infra.local.flow.plan import Plan
    from infra.local.flow.watch import Watch

Ids = dict[str, object]

FIRST_QUESTION: Final = "Hola. ¿Qué recuerda de la llamada? ¿Cuál era el dato?"
SECOND_QUESTION: Final = "Perdone, lo olvidé: ¿cuál era el dato que me dijo en la llamada?"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything a step works on."""

    plan: Plan
    calls: Calls
    phone: Phone
    records: Records
    watch: Watch
    logs: Path

    def log(self, name: str) -> str:
        """Where to look."""
        return str(self.logs / f"{name}.jsonl")


@dataclass(slots=True)
class Story:
    """What happened so far."""

    batch_id: str = ""
    question: str = ""
    before: frozenset[str] = frozenset()
    """What was on the phone before the question: Twilio's list alone does not tell the order."""
    sessions: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Step:
    """``name`` for machines, ``words`` for people; ``action`` returns the providers' ids."""

    name: str
    words: str
    action: Callable[[World, Story], Ids]


def start_call(world: World, story: Story) -> Ids:
    """A batch with one recipient, who is told the fact."""
    plan = world.plan
    agent = world.calls.agent()
    variables = {"name": plan.name, VARIABLE: plan.fact}
    story.batch_id = world.calls.start(f"hilo flow: {plan.name}", agent, plan.number, variables)
    return {"batch_id": story.batch_id, "agent_id": agent}


def call_ends(world: World, story: Story) -> Ids:
    """The person took the call, and it is over."""

    def called() -> Sequence[Recipient]:
        return world.calls.recipients(story.batch_id)

    recipient = world.watch.until(
        lambda: next((r for r in called() if r.stage is not Stage.MOVING), None),
        within_s=world.plan.patience_s,
        expected="the call to be over",
        seen=lambda: f"the call is {', '.join(r.stage for r in called()) or 'not there'}",
        look_in=world.log("elevenlabs"),
    )
    if recipient.stage is not Stage.COMPLETED:
        raise StepFailedError(
            expected="the call to be answered",
            seen=f"it ended as {recipient.stage}",
            look_in=world.log("elevenlabs"),
        )
    return {"conversation_id": recipient.call_id}


def opener_arrives(world: World, _story: Story) -> Ids:
    """The first WhatsApp message after the call is on the phone, once."""
    first = world.watch.until(
        lambda: next(iter(_from_agent(world.phone.look())), None),
        within_s=world.plan.patience_s,
        expected="the WhatsApp message that opens the conversation on the phone",
        seen=lambda: f"nothing on the phone; {_openers_told(world)}",
        look_in=world.log("gateway"),
    )
    return {"message_sid": first.sid, "text": first.text}


def person_asks(world: World, story: Story) -> Ids:
    """The person writes, and asks for the fact."""
    return _ask(world, story, FIRST_QUESTION)


def agent_answers(world: World, story: Story) -> Ids:
    """The answer is on the phone, with the fact of the call in it."""
    return _answered(world, story)


def socket_closes(world: World, story: Story) -> Ids:
    """The session that answered is closed, by the command an operator would give."""
    session = story.sessions[-1]
    if not _is_open(world, session):
        raise StepFailedError(
            expected=f"session {session} to be open still, as the table says it is",
            seen=_sockets_told(world),
            look_in=world.log("connector-1"),
        )
    command = world.records.close_socket()
    world.watch.until(
        lambda: None if _is_open(world, session) else True,
        within_s=world.plan.patience_s,
        expected="the socket to be closed, at ElevenLabs and in the table",
        seen=lambda: _sockets_told(world),
        look_in=world.log("connector-1"),
    )
    return {"conversation_id": session, "command": command}


def person_asks_again(world: World, story: Story) -> Ids:
    """The person writes although no socket is open."""
    return _ask(world, story, SECOND_QUESTION)


def agent_still_knows(world: World, story: Story) -> Ids:
    """A new session answers, and knows the fact."""
    ids = _answered(world, story)
    if story.sessions[-1] in story.sessions[:-1]:
        raise StepFailedError(
            expected="a new ElevenLabs conversation, because the socket was closed",
            seen=f"the same conversation_id {story.sessions[-1]}",
            look_in=world.log("connector-1"),
        )
    return ids


def table_matches_phone(world: World, _story: Story) -> Ids:
    """The table and the phone tell the same: each message once, in order, delivered."""

    def told() -> list[str]:
        messages, bubbles = world.records.messages(), world.phone.look()
        phone = world.phone
        return differences(messages, bubbles, ordered=phone.ordered, receipts=phone.receipts)

    world.watch.until(
        lambda: None if told() else True,
        within_s=world.plan.patience_s,
        expected="the table and the phone to hold the same messages, once each, delivered",
        seen=lambda: "; ".join(told()),
        look_in=world.log("gateway"),
    )
    return {"messages": len(world.phone.look())}


STEPS: Final = (
    Step("start_call", "the agent calls", start_call),
    Step("call_ends", "the call is over", call_ends),
    Step("opener_arrives", "the WhatsApp message arrives", opener_arrives),
    Step("person_asks", "the person asks about the call", person_asks),
    Step("agent_answers", "the agent's answer has the fact", agent_answers),
    Step("socket_closes", "the socket is closed", socket_closes),
    Step("person_asks_again", "the person asks again", person_asks_again),
    Step("agent_still_knows", "a new session still knows", agent_still_knows),
    Step("table_matches_phone", "table and phone tell the same", table_matches_phone),
)


def _ask(world: World, story: Story, question: str) -> Ids:
    story.before = frozenset(bubble.sid for bubble in world.phone.look())
    story.question = world.phone.write(question)
    return {"message_sid": story.question, "text": question}


def _answered(world: World, story: Story) -> Ids:
    fact = world.plan.fact

    def answers() -> list[Bubble]:
        return [b for b in _from_agent(world.phone.look()) if b.sid not in story.before]

    bubbles = world.watch.until(
        lambda: found if holds(_joined(found := answers()), fact) else None,
        within_s=world.plan.patience_s,
        expected=f"an answer with the fact «{fact}»",
        seen=lambda: _answers_told(world, story.question, answers()),
        look_in=world.log("connector-1"),
    )
    reply = world.watch.until(
        lambda: _reply_of(world.records.messages(), bubbles),
        within_s=world.plan.patience_s,
        expected="the answer in the table, with the session that gave it",
        seen=lambda: f"no reply there with one of {', '.join(b.sid for b in bubbles)}",
        look_in=world.log("gateway"),
    )
    story.sessions.append(str(reply.session))
    return {
        "conversation_id": reply.session,
        "message_sids": [bubble.sid for bubble in bubbles],
        "text": _joined(bubbles),
    }


def _reply_of(messages: list[Message], bubbles: list[Bubble]) -> Message | None:
    sids = {bubble.sid for bubble in bubbles}
    replies = (m for m in messages if m.kind is Kind.REPLY and m.twilio_message_id in sids)
    return next((m for m in replies if m.session), None)


def _from_agent(bubbles: list[Bubble]) -> list[Bubble]:
    return [bubble for bubble in bubbles if bubble.side is Side.AGENT]


def _joined(bubbles: list[Bubble]) -> str:
    return "\n".join(bubble.text for bubble in bubbles)


def _is_open(world: World, session: str) -> bool:
    """Open as far as anyone knows: ElevenLabs, or the table."""
    state, there = world.records.state(), world.calls.open_sessions()
    mine = state is not None and state.elevenlabs_conversation_id == session
    return bool(mine and state and state.open_on is not None) or session in (there or ())


def _sockets_told(world: World) -> str:
    state, there = world.records.state(), world.calls.open_sessions()
    table = f"open on shard {state.open_on}" if state and state.open_on is not None else "closed"
    known = "not known" if there is None else ", ".join(sorted(there)) or "none"
    return f"in the table {table}; open at ElevenLabs: {known}"


def _openers_told(world: World) -> str:
    state, messages = world.records.state(), world.records.messages()
    if state is None:
        return "the table has no conversation with this person"
    return f"the table has {_listed([m for m in messages if m.kind is Kind.OPENER])}"


def _answers_told(world: World, question: str, bubbles: list[Bubble]) -> str:
    messages = world.records.messages()
    asked = next((m.message_key for m in messages if m.twilio_message_id == question), None)
    later = [m for m in messages if asked is not None and m.message_key >= asked]
    said = f"«{_joined(bubbles)}»" if bubbles else "no answer on the phone"
    return f"{said}; the table has {_listed(later)}"


def _listed(messages: list[Message]) -> str:
    told = (
        f"{'a' if m.direction is Direction.INBOUND else 'our'} {m.kind} {m.state}"
        + (f" ({m.reason})" if m.reason else "")
        for m in messages
    )
    return ", ".join(told) or "nothing"
