"""The WebSocket route: who may come in, and which dialect is spoken."""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.websockets import WebSocket, WebSocketDisconnect

from infra.local.elevenlabs import frames
from infra.local.elevenlabs.classic import ClassicSession
from infra.local.elevenlabs.convai import ConvaiSession
from infra.local.elevenlabs.conversation_documents import Beginning, conversation_document
from infra.local.elevenlabs.initiation import CONTRACT, OPERATIONAL, Opening, ViolationError
from infra.local.elevenlabs.problems import Shape, injected
from infra.local.elevenlabs.shapes import Json, UnreadableError, as_object
from infra.local.elevenlabs.text_records import TextRecord
from infra.local.elevenlabs.wire import GoneError, SessionLog, Wire

if TYPE_CHECKING:
    from infra.local.elevenlabs.agents import Agent
    from infra.local.elevenlabs.simulator import Simulator

_SUBPROTOCOL = "convai"


@dataclass(frozen=True, slots=True)
class _Guest:
    agent: Agent
    method: str
    conversation_id: str | None = None


async def converse(websocket: WebSocket) -> None:
    """``/v1/convai/conversation``: from the handshake to the close."""
    world: Simulator = websocket.app.state.world
    agent_id = websocket.query_params.get("agent_id", "")
    await asyncio.sleep(world.faults.seconds("latency_s", agent_id))
    if await _turned_away(websocket, world, agent_id):
        return
    offered = websocket.scope.get("subprotocols", [])
    await websocket.accept(_SUBPROTOCOL if _SUBPROTOCOL in offered else None)
    try:
        guest = _admit(websocket, world, agent_id)
    except ViolationError as refusal:
        await _refuse(websocket, refusal)
        return
    name = guest.conversation_id or world.ids.new("conv")
    log = SessionLog(name, agent_id, opened_at=world.clock())
    await _talk(Wire(websocket, log, world.clock), guest, world)


async def _turned_away(websocket: WebSocket, world: Simulator, agent_id: str) -> bool:
    status = world.faults.take("handshake_status", agent_id)
    limit, code = world.settings.concurrency_limit, None
    if status is None and limit is not None and len(world.open_sessions) >= limit:
        status, code = 429, "too_many_concurrent_requests"
    if not isinstance(status, int):
        return False
    await websocket.send_denial_response(injected(status, code, Shape.LEGACY))
    return True


def _admit(websocket: WebSocket, world: Simulator, agent_id: str) -> _Guest:
    """Who comes with a key, a signature, or to a public agent. Else ViolationError.

    With which status or code the provider refuses here is not published; the AsyncAPI counts
    authorisation among the reasons of 1008.
    """
    agent = world.agent(agent_id)
    if agent is None:
        raise ViolationError(
            "value_error", f"The AI agent you are trying to reach does not exist: {agent_id}"
        )
    signature = websocket.query_params.get("conversation_signature")
    if signature is not None:
        grant = world.signed_urls.redeem(signature, agent_id)
        if grant is None:
            raise ViolationError("value_error", "Invalid conversation signature")
        return _Guest(agent, "signed_url", grant.conversation_id)
    key = websocket.headers.get("xi-api-key")
    if key is not None:
        if not hmac.compare_digest(key.encode(), world.settings.api_key.encode()):
            raise ViolationError("value_error", "Invalid API key")
        return _Guest(agent, "authorization_header")
    if agent.enable_auth:
        raise ViolationError("value_error", "This agent requires authentication")
    return _Guest(agent, "public")


async def _refuse(websocket: WebSocket, refusal: ViolationError) -> None:
    try:
        await websocket.send_json(frames.error(refusal.code, refusal.error_type, refusal.message))
        await websocket.close(refusal.code, refusal.message[:120])
    except (WebSocketDisconnect, RuntimeError):
        return  # the client left first


async def _talk(wire: Wire, guest: _Guest, world: Simulator) -> None:
    first = await _first_frame(wire, world)
    if first is None:
        return
    classic = first["type"] == "conversation_initiation"
    wire.log.dialect = "classic" if classic else "convai"
    session = _classic(wire, guest, first, world) if classic else _convai(wire, guest, world)
    world.opened(wire.log, session)
    try:
        await session.reach("connected")
        await session.run(first)
    finally:
        world.closed(wire.log)


async def _first_frame(wire: Wire, world: Simulator) -> Json | None:
    """The initiation; whatever else comes first is refused."""
    try:
        first = await asyncio.wait_for(wire.receive(), world.settings.first_frame_timeout_s)
    except GoneError:
        return None
    except TimeoutError:
        await wire.close(OPERATIONAL, "No conversation initiation received")
        return None
    except UnreadableError as error:
        first = {"unreadable": str(error)}
    if first.get("type") in {"conversation_initiation_client_data", "conversation_initiation"}:
        return first
    message = "Invalid message received: conversation_initiation_client_data is expected first"
    await wire.send(frames.error(CONTRACT, "invalid_message", message))
    await wire.close(CONTRACT, message)
    return None


def _convai(wire: Wire, guest: _Guest, world: Simulator) -> ConvaiSession:
    def begin(opening: Opening, first: Json) -> TextRecord:
        return _record(wire, guest, first, world, text_only=opening.text_only)

    return ConvaiSession(world=world, wire=wire, agent=guest.agent, begin=begin)


def _classic(wire: Wire, guest: _Guest, first: Json, world: Simulator) -> ClassicSession:
    record = _record(wire, guest, first, world, text_only=True)
    return ClassicSession(world=world, wire=wire, agent=guest.agent, record=record)


def _record(
    wire: Wire, guest: _Guest, first: Json, world: Simulator, *, text_only: bool
) -> TextRecord:
    source = as_object(first.get("source_info")).get("source")
    beginning = Beginning(
        conversation_id=wire.log.session_id,
        agent=guest.agent,
        started_at=world.clock(),
        status="in-progress",
        source=source if isinstance(source, str) else "unknown",
        authorization=guest.method,
        text_only=text_only,
        initiation=first,
    )
    return TextRecord(conversation_document(beginning), world.store, world.clock)
