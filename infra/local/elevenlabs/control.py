"""``/_sim``: what a test, a page or a developer may do to the simulator. No key is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.elevenlabs.agents import agent_from, definition_of
from infra.local.elevenlabs.call_phases import Outcome
from infra.local.elevenlabs.conversation_documents import listed
from infra.local.elevenlabs.doors import answering
from infra.local.elevenlabs.problems import legacy
from infra.local.elevenlabs.requests import body
from infra.local.elevenlabs.settings import changed, shown

if TYPE_CHECKING:
    from starlette.requests import Request

    from infra.local.elevenlabs.session import Session
    from infra.local.elevenlabs.shapes import Json
    from infra.local.elevenlabs.simulator import Simulator


async def overview(request: Request) -> Response:
    """``GET /_sim``: settings, faults, and how much there is."""
    world = _world(request)
    counts = {kind: len(world.store.all(kind)) for kind in ("batch", "call", "conversation")}
    answer = {
        "settings": shown(world.settings),
        "faults": world.faults.shown(),
        "open_sockets": len(world.open_sessions),
        "stored": counts,
    }
    return JSONResponse(answer)


async def change_settings(request: Request) -> Response:
    """``POST /_sim/settings`` with any of SimulatorSettings' fields."""
    world = _world(request)
    world.settings = changed(world.settings, await body(request))
    return JSONResponse(shown(world.settings))


async def list_agents(request: Request) -> Response:
    """``GET /_sim/agents``: the definitions."""
    return JSONResponse([definition_of(agent) for agent in _world(request).agents()])


async def define_agent(request: Request) -> Response:
    """``PUT /_sim/agents/{id}`` with Agent's fields; those of an existing agent stay if absent."""
    world, agent_id = _world(request), request.path_params["agent_id"]
    existing = world.agent(agent_id)
    before = definition_of(existing) if existing else {}
    try:
        agent = agent_from({**before, **await body(request)}, agent_id)
    except (TypeError, KeyError) as error:
        raise ValueError(f"the definition is wrong: {error}") from error
    world.define(agent)
    return JSONResponse(definition_of(agent))


async def wish_outcome(request: Request) -> Response:
    """``POST /_sim/outcomes {"phone_number": "+…" or "*", "outcome": …}``, for calls to come."""
    wish = await body(request)
    number, outcome = str(wish.get("phone_number", "*")), Outcome(wish.get("outcome", ""))
    _world(request).store.put("outcome", number, {"phone_number": number, "outcome": outcome})
    return JSONResponse({"phone_number": number, "outcome": outcome})


async def list_calls(request: Request) -> Response:
    """``GET /_sim/calls``: every call and its phase."""
    return JSONResponse(_world(request).store.all("call"))


async def end_call(request: Request) -> Response:
    """``POST /_sim/calls/{conversation_id}/end``: the person hangs up now."""
    world = _world(request)
    name = request.path_params["conversation_id"]
    if not world.calls.end(name, world.clock(), "Call ended by remote party"):
        raise legacy(409, "not_talking", "No such call is being talked")
    world.tick()
    return JSONResponse({"conversation_id": name})


async def show_faults(request: Request) -> Response:
    """``GET /_sim/faults``."""
    return JSONResponse(_world(request).faults.shown())


async def switch_faults(request: Request) -> Response:
    """``POST /_sim/faults {"agent_id"?, "<fault>": value | {"value", "times"} | null, …}``."""
    world, wishes = _world(request), await body(request)
    agent_id = str(wishes.pop("agent_id", "") or "")
    for name, setting in wishes.items():
        world.faults.switch(name, setting, agent_id)
    return JSONResponse(world.faults.shown())


async def clear_faults(request: Request) -> Response:
    """``DELETE /_sim/faults``."""
    _world(request).faults.clear()
    return JSONResponse({})


async def list_sockets(request: Request) -> Response:
    """``GET /_sim/sockets``: those that are open."""
    sessions = _world(request).open_sessions.values()
    return JSONResponse([session.wire.log.shown(with_frames=False) for session in sessions])


async def list_sessions(request: Request) -> Response:
    """``GET /_sim/sessions``: all of them, ``?frames=true`` with every frame and its time."""
    frames = request.query_params.get("frames") == "true"
    logs = _world(request).sessions.values()
    return JSONResponse([log.shown(with_frames=frames) for log in logs])


async def show_session(request: Request) -> Response:
    """``GET /_sim/sessions/{conversation_id}``: one, with its frames."""
    log = _world(request).sessions.get(request.path_params["conversation_id"])
    if log is None:
        raise legacy(404, "not_found", "No such session")
    return JSONResponse(log.shown(with_frames=True))


async def close_socket(request: Request) -> Response:
    """``POST /_sim/sockets/{conversation_id}/close {"code", "reason", "error_type"}``."""
    session, words = _session(request), await _optional(request)
    error_type = str(words.get("error_type", ""))
    code, reason = int(words.get("code", 1000)), str(words.get("reason", ""))
    if error_type:
        await session.refuse(code, error_type, reason)
    else:
        await session.wire.close(code, reason)
    return JSONResponse({})


async def drop_socket(request: Request) -> Response:
    """``POST /_sim/sockets/{conversation_id}/drop``: a reset, no close frame."""
    _session(request).wire.drop()
    return JSONResponse({})


async def say(request: Request) -> Response:
    """``POST /_sim/sockets/{conversation_id}/say {"text"}``: the agent speaks unasked."""
    await _session(request).say(str((await body(request)).get("text", "")))
    return JSONResponse({})


async def list_conversations(request: Request) -> Response:
    """``GET /_sim/conversations``."""
    every = _world(request).store.all("conversation")
    return JSONResponse([listed(conversation, with_summary=True) for conversation in every])


async def list_webhooks(request: Request) -> Response:
    """``GET /_sim/webhooks``: what was sent, and the statuses answered."""
    rows = [
        {"type": d.event_type, "conversation_id": d.conversation_id, "statuses": d.statuses}
        for d in _world(request).webhooks.deliveries
    ]
    return JSONResponse(rows)


async def reset(request: Request) -> Response:
    """``POST /_sim/reset``: forget everything but open sockets and the settings."""
    _world(request).reset()
    return JSONResponse({})


def _world(request: Request) -> Simulator:
    world: Simulator = request.app.state.world
    return world


def _session(request: Request) -> Session:
    session = _world(request).open_sessions.get(request.path_params["conversation_id"])
    if session is None:
        raise legacy(404, "not_found", "No such open socket")
    return session


async def _optional(request: Request) -> Json:
    return await body(request) if await request.body() else {}


_SOCKET = "/_sim/sockets/{conversation_id}"

ROUTES = [
    Route("/_sim", answering(overview), methods=["GET"]),
    Route("/_sim/settings", answering(change_settings), methods=["POST"]),
    Route("/_sim/agents", answering(list_agents), methods=["GET"]),
    Route("/_sim/agents/{agent_id}", answering(define_agent), methods=["PUT"]),
    Route("/_sim/outcomes", answering(wish_outcome), methods=["POST"]),
    Route("/_sim/calls", answering(list_calls), methods=["GET"]),
    Route("/_sim/calls/{conversation_id}/end", answering(end_call), methods=["POST"]),
    Route("/_sim/faults", answering(show_faults), methods=["GET"]),
    Route("/_sim/faults", answering(switch_faults), methods=["POST"]),
    Route("/_sim/faults", answering(clear_faults), methods=["DELETE"]),
    Route("/_sim/sockets", answering(list_sockets), methods=["GET"]),
    Route(f"{_SOCKET}/close", answering(close_socket), methods=["POST"]),
    Route(f"{_SOCKET}/drop", answering(drop_socket), methods=["POST"]),
    Route(f"{_SOCKET}/say", answering(say), methods=["POST"]),
    Route("/_sim/sessions", answering(list_sessions), methods=["GET"]),
    Route("/_sim/sessions/{conversation_id}", answering(show_session), methods=["GET"]),
    Route("/_sim/conversations", answering(list_conversations), methods=["GET"]),
    Route("/_sim/webhooks", answering(list_webhooks), methods=["GET"]),
    Route("/_sim/reset", answering(reset), methods=["POST"]),
]
