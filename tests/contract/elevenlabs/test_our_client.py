"""Our REST client against the simulator, over real sockets: every question it can ask."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from conversation.adapters.elevenlabs.client import Callee, ElevenLabs
from conversation.adapters.elevenlabs.rest import Rest
from conversation.batches import Stage
from conversation.calls import CallResult, CallState
from conversation.eligibility import Why
from conversation.errors import Permanent, Transient
from conversation.variables import ElevenLabsSettings
from tests.contract.elevenlabs.conftest import AGENT, KEY

NUMBER = "+573001234567"


@pytest.fixture
def client(live):
    return ElevenLabs(ElevenLabsSettings(KEY, live.url, 5.0))


@contextmanager
def a_host(answer):
    """A host that answers each GET with what ``answer`` makes of its path and query."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked = urlsplit(self.path)
            status, body = answer(asked.path, parse_qs(asked.query))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *words):
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield ElevenLabs(ElevenLabsSettings(KEY, f"http://127.0.0.1:{server.server_port}", 5.0))
        server.shutdown()


def callee(number=NUMBER, **variables):
    return Callee(number=number, variables=variables, recipient_id="r1")


def finished(client, live, batch):
    return live.until(lambda: (b := client.batch(batch.batch_id)).finished and b)


def test_a_batch_is_submitted_listed_and_its_call_read(client, live):
    submitted = client.submit_batch("Prueba", AGENT, [callee(nombre="Ana")])
    done = finished(client, live, submitted)

    assert done.batch_id in {b.batch_id for page in client.batches() for b in page}
    (recipient,) = client.recipients(done.batch_id)
    assert (recipient.recipient_id, recipient.stage) == ("r1", Stage.COMPLETED)
    call = live.until(lambda: (c := client.call(recipient.call_id)).state is CallState.DONE and c)
    assert (call.number, call.result) == (NUMBER, CallResult.ANSWERED)
    assert (call.batch_id, call.recipient_id) == (done.batch_id, "r1")
    assert call.dynamic_variables["nombre"] == "Ana"
    assert call.summary
    assert abs(call.ended_at.timestamp() - time.time()) < 120
    assert client.transcript(recipient.call_id)
    listed = [row for page in client.calls(after_unix=0) for row in page]
    assert recipient.call_id in {row.call_id for row in listed}


def test_lists_are_read_page_by_page(client, live, monkeypatch):
    monkeypatch.setattr("conversation.adapters.elevenlabs.client.PAGE", 1)
    made = {client.submit_batch(f"b{n}", AGENT, [callee()]).batch_id for n in range(3)}

    pages = list(client.batches())

    assert len(pages) >= 3
    assert made <= {batch.batch_id for page in pages for batch in page}


AROUND = {"a": "b", "b": "a"}


@pytest.mark.parametrize(
    ("pages", "rows", "cursor", "following"),
    [
        (lambda client: client.batches(), "batch_calls", "last_doc", "next_doc"),
        (lambda client: client.calls(after_unix=0), "conversations", "cursor", "next_cursor"),
    ],
)
def test_a_list_that_goes_in_circles_comes_to_an_end(pages, rows, cursor, following):
    def answer(_path, query):
        here = query.get(cursor, ["b"])[0]
        return 200, {rows: [], "has_more": True, following: AROUND[here]}

    with a_host(answer) as client:
        read = list(zip(range(9), pages(client), strict=False))

    assert len(read) == 3


def test_a_batch_that_is_gone_has_no_recipients():
    with a_host(lambda *_: (404, {"detail": {"status": "batch_call_not_found"}})) as client:
        assert client.recipients("btcal_1") == []


def test_our_own_text_session_is_no_call(client, live):
    with live.talk() as talk:
        metadata = talk.receive()["conversation_initiation_metadata_event"]
        session = metadata["conversation_id"]

    assert client.call(session) is Why.NOT_A_PHONE_CALL
    assert session not in {c.call_id for page in client.calls(after_unix=0) for c in page}


def test_what_does_not_exist_is_gone(client):
    assert client.call("conv_../..?x=1") is Why.CALL_GONE


def test_a_signed_url_and_an_agent_are_read(client, live):
    url = client.signed_url(AGENT)
    agent = client.agent(AGENT)

    assert "conversation_signature=" in url
    assert agent.agent_id == AGENT
    assert agent.can_chat


def test_another_key_is_refused_with_the_remedy(live):
    client = ElevenLabs(ElevenLabsSettings("sk_other", live.url, 5.0))

    with pytest.raises(Permanent, match="ELEVENLABS_API_KEY"):
        next(client.batches())


def test_a_host_that_is_not_there_cannot_be_reached():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        rest = Rest(ElevenLabsSettings(KEY, f"http://127.0.0.1:{port}", 1.0))

        with pytest.raises(Transient) as told:
            rest.get("/")

    assert (told.value.reason, told.value.may_have_happened) == ("unreachable", False)


def test_a_host_that_says_nothing_is_given_up_and_may_have_done_it():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        rest = Rest(ElevenLabsSettings(KEY, f"http://127.0.0.1:{port}", 0.2))

        with pytest.raises(Transient) as told:
            rest.post("/", {})

    assert (told.value.reason, told.value.may_have_happened) == ("timeout", True)
