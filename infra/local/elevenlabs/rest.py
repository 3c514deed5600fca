"""The provider's REST routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.elevenlabs import batches, listing, requests
from infra.local.elevenlabs.agent_documents import agent_document, agent_summary
from infra.local.elevenlabs.call_records import AGENT_NUMBER, PHONE_NUMBER_ID
from infra.local.elevenlabs.calls import Wanted
from infra.local.elevenlabs.conversation_documents import in_short, listed
from infra.local.elevenlabs.doors import guarded
from infra.local.elevenlabs.problems import newer

if TYPE_CHECKING:
    from starlette.requests import Request

    from infra.local.elevenlabs.agents import Agent
    from infra.local.elevenlabs.shapes import Json
    from infra.local.elevenlabs.simulator import Simulator


async def submit_batch(request: Request) -> Response:
    """``POST …/batch-calling/submit``."""
    world, wanted = _world(request), await requests.body(request)
    requests.check_batch(wanted)
    agent = _agent(world, wanted["agent_id"])
    batch = world.batches.submit(wanted, agent, world.settings, world.clock())
    return JSONResponse(batches.summary(batch))


async def list_batches(request: Request) -> Response:
    """``GET …/batch-calling/workspace``, newest first."""
    limit = requests.number(request, "limit", 100, smallest=1, greatest=1000)
    agent_id = request.query_params.get("agent_id")
    found = [
        batch
        for batch in reversed(_world(request).store.all("batch"))
        if agent_id in (None, batch["agent_id"])
    ]
    page = listing.page(found, "id", request.query_params.get("last_doc"), limit)
    rows = [batches.summary(batch) for batch in page.rows]
    return JSONResponse({"batch_calls": rows, "next_doc": page.next, "has_more": page.has_more})


async def show_batch(request: Request) -> Response:
    """``GET …/batch-calling/{id}``: with all recipients."""
    return JSONResponse(batches.detail(_batch(request)))


async def cancel_batch(request: Request) -> Response:
    """``POST …/{id}/cancel``."""
    world, batch = _world(request), _batch(request)
    world.batches.cancel(batch, world.clock())
    return JSONResponse(batches.summary(batch))


async def retry_batch(request: Request) -> Response:
    """``POST …/{id}/retry``."""
    world, batch = _world(request), _batch(request)
    agent = world.agent_of_a_call(batch["agent_id"])
    world.batches.retry(batch, agent, world.settings, world.clock())
    return JSONResponse(batches.summary(batch))


async def delete_batch(request: Request) -> Response:
    """``DELETE …/{id}``: its conversations stay."""
    _world(request).store.delete("batch", _batch(request)["id"])
    return Response(status_code=204)


async def list_conversations(request: Request) -> Response:
    """``GET /v1/convai/conversations``."""
    size = requests.number(request, "page_size", 30, smallest=1, greatest=100)
    found = listing.conversations(_world(request).store.all("conversation"), request.query_params)
    page = listing.page(found, "conversation_id", request.query_params.get("cursor"), size)
    with_summary = request.query_params.get("summary_mode") == "include"
    rows = [listed(conversation, with_summary=with_summary) for conversation in page.rows]
    answer = {"conversations": rows, "next_cursor": page.next, "has_more": page.has_more}
    return JSONResponse(answer)


async def show_conversation(request: Request) -> Response:
    """``GET /v1/convai/conversations/{id}``."""
    return JSONResponse(_conversation(request))


async def delete_conversation(request: Request) -> Response:
    """``DELETE /v1/convai/conversations/{id}``."""
    _world(request).store.delete("conversation", _conversation(request)["conversation_id"])
    return JSONResponse({})


async def summarise_conversation(request: Request) -> Response:
    """``GET …/{id}/summary``."""
    most = requests.number(request, "max_messages", 40, smallest=0, greatest=1000)
    return JSONResponse(in_short(_conversation(request), most))


async def sign_url(request: Request) -> Response:
    """``GET /v1/convai/conversation/get-signed-url``."""
    world = _world(request)
    agent = _agent(world, requests.query(request, "agent_id"))
    wanted = request.query_params.get("include_conversation_id", "false").lower() == "true"
    signature, conversation_id = world.signed_urls.issue(agent.agent_id, with_conversation=wanted)
    scheme = "wss" if request.url.scheme == "https" else "ws"
    url = (
        f"{scheme}://{request.url.netloc}/v1/convai/conversation"
        f"?agent_id={agent.agent_id}&conversation_signature={signature}"
    )
    named = {"conversation_id": conversation_id} if conversation_id else {}
    return JSONResponse({"signed_url": url, **named})


async def list_agents(request: Request) -> Response:
    """``GET /v1/convai/agents``."""
    size = requests.number(request, "page_size", 30, smallest=1, greatest=100)
    rows = [agent_summary(agent) for agent in _world(request).agents()]
    page = listing.page(rows, "agent_id", request.query_params.get("cursor"), size)
    answer = {"agents": page.rows, "next_cursor": page.next, "has_more": page.has_more}
    return JSONResponse(answer)


async def show_agent(request: Request) -> Response:
    """``GET /v1/convai/agents/{id}``."""
    return JSONResponse(agent_document(_agent(_world(request), request.path_params["agent_id"])))


async def call_out(request: Request) -> Response:
    """``POST /v1/convai/twilio/outbound-call``: one call, at once."""
    world, wanted = _world(request), await requests.body(request)
    requests.check_fields(wanted, "agent_id", "agent_phone_number_id", "to_number")
    call = Wanted(
        agent=_agent(world, wanted["agent_id"]),
        number=wanted["to_number"],
        initiation=wanted.get("conversation_initiation_client_data") or {},
        outcome=world.next_outcome(wanted["to_number"]),
        not_before=world.clock(),
        at_once=True,
    )
    placed = world.calls.place([call], world.settings)[0]
    world.tick()
    answer = {
        "success": True,
        "message": "Success",
        "conversation_id": placed["conversation_id"],
        "callSid": world.ids.sid("CA"),
    }
    return JSONResponse(answer)


async def list_numbers(request: Request) -> Response:
    """``GET /v1/convai/phone-numbers``."""
    agent = _world(request).agents()[0]
    number = {
        "phone_number": AGENT_NUMBER,
        "label": "Simulated",
        "supports_inbound": True,
        "supports_outbound": True,
        "phone_number_id": PHONE_NUMBER_ID,
        "assigned_agent": {"agent_id": agent.agent_id, "agent_name": agent.name},
        "provider": "twilio",
    }
    return JSONResponse([number])


async def show_subscription(request: Request) -> Response:
    """``GET /v1/user/subscription``: the plan."""
    return JSONResponse({"tier": _world(request).settings.tier, "status": "active"})


def _world(request: Request) -> Simulator:
    world: Simulator = request.app.state.world
    return world


def _agent(world: Simulator, agent_id: str) -> Agent:
    agent = world.agent(agent_id)
    if agent is None:
        raise newer(404, "agent_not_found", f"Agent {agent_id} not found", param="agent_id")
    return agent


def _batch(request: Request) -> Json:
    batch_id = request.path_params["batch_id"]
    batch = _world(request).store.get("batch", batch_id)
    if batch is None:
        raise newer(404, "batch_call_not_found", f"Batch call {batch_id} not found")
    return batch


def _conversation(request: Request) -> Json:
    conversation_id = request.path_params["conversation_id"]
    conversation = _world(request).store.get("conversation", conversation_id)
    if conversation is None:
        raise newer(404, "conversation_not_found", f"Conversation {conversation_id} not found")
    return conversation


_BATCH = "/v1/convai/batch-calling"
_ONE = "/v1/convai/conversations/{conversation_id}"

ROUTES = [
    Route(f"{_BATCH}/submit", guarded(submit_batch), methods=["POST"]),
    Route(f"{_BATCH}/workspace", guarded(list_batches), methods=["GET"]),
    Route(f"{_BATCH}/{{batch_id}}", guarded(show_batch), methods=["GET"]),
    Route(f"{_BATCH}/{{batch_id}}", guarded(delete_batch), methods=["DELETE"]),
    Route(f"{_BATCH}/{{batch_id}}/cancel", guarded(cancel_batch), methods=["POST"]),
    Route(f"{_BATCH}/{{batch_id}}/retry", guarded(retry_batch), methods=["POST"]),
    Route("/v1/convai/conversations", guarded(list_conversations), methods=["GET"]),
    Route(_ONE, guarded(show_conversation), methods=["GET"]),
    Route(_ONE, guarded(delete_conversation), methods=["DELETE"]),
    Route(f"{_ONE}/summary", guarded(summarise_conversation), methods=["GET"]),
    Route("/v1/convai/conversation/get-signed-url", guarded(sign_url), methods=["GET"]),
    Route("/v1/convai/conversation/get_signed_url", guarded(sign_url), methods=["GET"]),
    Route("/v1/convai/agents", guarded(list_agents), methods=["GET"]),
    Route("/v1/convai/agents/{agent_id}", guarded(show_agent), methods=["GET"]),
    Route("/v1/convai/twilio/outbound-call", guarded(call_out), methods=["POST"]),
    Route("/v1/convai/phone-numbers", guarded(list_numbers), methods=["GET"]),
    Route("/v1/user/subscription", guarded(show_subscription), methods=["GET"]),
]
