"""One turn of the agent as a list of steps; whoever performs them has the socket and the clock.

A turn is one ``event_id``. It may hold several utterances (before and after a tool), each with a
``response_id`` of its own, each streamed, whole, or both.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.local.elevenlabs import frames
from infra.local.elevenlabs.agents import AnswerOrder, Tool, ToolKind

if TYPE_CHECKING:
    from infra.local.elevenlabs.ids import Ids
    from infra.local.elevenlabs.persona import Reply
    from infra.local.elevenlabs.shapes import Json

_WORDS_A_PART = 4
_END_CALL = Tool("end_call", ToolKind.SYSTEM)
MALFORMED = '{"type":"agent_response","agent_response_event":{"agent_resp'


@dataclass(frozen=True, slots=True)
class Send:
    """Send a frame, if the agent's client events hold it."""

    frame: Json


@dataclass(frozen=True, slots=True)
class SendRaw:
    """Send this text, whatever it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Reach:
    """A point at which a fault may drop or close the connection."""

    point: str


@dataclass(frozen=True, slots=True)
class AwaitTool:
    """Wait for the client's result of this call; the performer gives it back, or None."""

    call_id: str


@dataclass(frozen=True, slots=True)
class Leave:
    """The agent ends the conversation: close 1000."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What the client's tool gave."""

    text: str
    failed: bool


Step = Send | SendRaw | Pause | Reach | AwaitTool | Leave
Steps = Generator[Step, ToolResult | None, None]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a turn is played: the agent's order of frames, the pace, and the faults that strike."""

    order: AnswerOrder
    thinking_s: float = 0.0
    delta_delay_s: float = 0.0
    silent: bool = False
    empty_stream: bool = False
    duplicate: bool = False
    malformed: str | None = None
    unknown_frames: bool = False


def turn(reply: Reply, event_id: int, manner: Manner, ids: Ids) -> Steps:
    """The agent's answer to what was said."""
    yield from _before(event_id, manner)
    if manner.silent:
        return
    text = reply.text
    if reply.tool is not None:
        yield from utterance(reply.interim, event_id, manner, ids.new("resp"))
        result = yield from _run(reply.tool, event_id, ids)
        text = reply.failure if result.failed else text.replace("{result}", result.text)
    yield from utterance(text, event_id, manner, ids.new("resp"))
    yield Reach("after_answer")
    yield Send(frames.response_complete(event_id))
    yield Send(frames.context_usage(event_id, 900 + 40 * event_id))
    if reply.leaves:
        yield Send(frames.tool_response(_END_CALL, ids.new("toolcall"), event_id))
        yield Leave()


def greeting(text: str, event_id: int, manner: Manner, ids: Ids) -> Steps:
    """The agent's first message; no ``agent_response_complete`` follows a scripted one."""
    yield from utterance(text, event_id, manner, ids.new("resp"))


def classic_turn(reply: Reply, manner: Manner) -> Steps:
    """The same in the dialect of the original document: whole answers, nothing else."""
    yield from _before(0, manner)
    if manner.silent or manner.empty_stream:
        return
    text = reply.text
    if reply.tool is not None:
        yield Send(frames.classic_response(reply.interim))
        yield Pause(reply.tool.delay_s)
        text = text.replace("{result}", reply.tool.result)
    for _ in range(2 if manner.duplicate else 1):
        yield Send(frames.classic_response(text))
    yield Reach("after_answer")
    if reply.leaves:
        yield Leave()


def delayed(steps: Steps, seconds: float) -> Steps:
    """The same turn, beginning later."""
    yield Pause(seconds)
    yield from steps


def utterance(text: str, event_id: int, manner: Manner, response_id: str) -> Steps:
    """One utterance in the order that the agent keeps."""
    if manner.empty_stream:
        yield Send(frames.part("start", "", event_id, response_id))
        yield Send(frames.part("stop", "", event_id, response_id))
        return
    whole = [Send(frames.agent_response(text, event_id, response_id))]
    whole *= 2 if manner.duplicate else 1
    stop = [Send(frames.part("stop", "", event_id, response_id))]
    if manner.order is not AnswerOrder.RESPONSE_ONLY:
        yield from _streamed(text, event_id, manner, response_id)
    else:
        yield Reach("mid_answer")
    yield Send(frames.audio(event_id))
    yield from {
        AnswerOrder.PARTS_THEN_RESPONSE: [*stop, *whole],
        AnswerOrder.RESPONSE_BEFORE_STOP: [*whole, *stop],
        AnswerOrder.RESPONSE_ONLY: whole,
        AnswerOrder.PARTS_ONLY: stop,
    }[manner.order]


def pieces(text: str) -> Iterator[str]:
    """Cut a text into the parts in which it is streamed; joined they are the text."""
    words = text.split(" ")
    for start in range(0, len(words), _WORDS_A_PART):
        piece = " ".join(words[start : start + _WORDS_A_PART])
        yield piece if start == 0 else f" {piece}"


def _streamed(text: str, event_id: int, manner: Manner, response_id: str) -> Steps:
    yield Send(frames.part("start", "", event_id, response_id))
    for number, piece in enumerate(pieces(text)):
        yield Send(frames.part("delta", piece, event_id, response_id))
        if number == 0:
            yield Reach("mid_answer")
        if manner.unknown_frames:
            yield Send(frames.unknown(event_id))
        yield Pause(manner.delta_delay_s)


def _before(event_id: int, manner: Manner) -> Steps:
    yield Pause(manner.thinking_s)
    yield Reach("before_answer")
    if manner.malformed is not None:
        yield SendRaw(manner.malformed)
    if manner.unknown_frames:
        yield Send(frames.unknown(event_id))


def _run(tool: Tool, event_id: int, ids: Ids) -> Generator[Step, ToolResult | None, ToolResult]:
    call_id = ids.new("toolcall")
    yield Send(frames.tool_request(tool, call_id, event_id))
    if tool.kind is ToolKind.CLIENT:
        yield Send(frames.client_tool_call(tool, call_id, event_id))
        result = (yield AwaitTool(call_id)) or ToolResult("", failed=True)
    else:
        yield Pause(tool.delay_s)
        result = ToolResult(tool.result, failed=False)
    yield Send(frames.tool_response(tool, call_id, event_id, failed=result.failed))
    return result
