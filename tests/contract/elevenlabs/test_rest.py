"""Keys, errors, faults, webhooks and the life of the process."""

import asyncio
import json
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from elevenlabs import ElevenLabs

from infra.local.elevenlabs.server import create_app
from tests.contract.elevenlabs.conftest import AGENT, FAST, KEY

ROOT = Path(__file__).parents[3]
PLACE = {"agent_id": AGENT, "agent_phone_number_id": "phnum_1", "to_number": "+57300"}


def test_a_key_is_asked_for_and_must_be_right(live):
    answers = [
        httpx.get(f"{live.url}/v1/convai/agents", headers=headers, trust_env=False)
        for headers in ({}, {"xi-api-key": "sk_wrong"}, {"xi-api-key": KEY})
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 200]
    assert answers[0].json()["detail"]["status"] == "needs_authorization"
    assert answers[1].json()["detail"]["status"] == "invalid_api_key"


def test_what_does_not_exist_is_told_as_the_provider_tells_it(live):
    assert live.http.get("/v1/nothing").json() == {"detail": "Not Found"}
    assert live.http.put("/v1/convai/agents").json() == {"detail": "Method Not Allowed"}
    assert live.http.get("/v1/convai/agents/agent_nobody").json()["detail"]["request_id"]


@pytest.mark.parametrize(
    ("method", "path", "body", "location"),
    [
        ("POST", "/batch-calling/submit", {"call_name": "c"}, ["body", "agent_id"]),
        ("POST", "/batch-calling/submit", [], ["body", 0]),
        ("POST", "/twilio/outbound-call", {**PLACE, "to_number": 5}, ["body", "to_number"]),
        ("GET", "/conversation/get-signed-url", None, ["query", "agent_id"]),
        ("GET", "/conversations?page_size=101", None, ["query", "page_size"]),
        ("GET", "/batch-calling/workspace?limit=x", None, ["query", "limit"]),
    ],
)
def test_a_wrong_request_is_refused_with_its_place(live, method, path, body, location):
    answer = live.http.request(method, f"/v1/convai{path}", json=body)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == location


@pytest.mark.parametrize(
    ("fault", "status", "detail"),
    [
        (503, 503, {"status": "system_busy", "message": "Simulated: system_busy"}),
        ({"status": 429, "shape": "string"}, 429, "Simulated: rate_limit_exceeded"),
    ],
)
def test_rest_fails_as_often_as_wished(live, fault, status, detail):
    live.faults(rest_error={"value": fault, "times": 1})

    broken, whole = live.http.get("/v1/convai/agents"), live.http.get("/v1/convai/agents")

    assert (broken.status_code, broken.json()["detail"]) == (status, detail)
    assert whole.status_code == 200


def test_the_sdk_gets_over_a_failure_by_itself(live):
    live.faults(rest_error={"value": {"status": 503, "path": "/agents"}, "times": 1})

    sdk = ElevenLabs(api_key=KEY, base_url=live.url, httpx_client=live.http)

    assert sdk.conversational_ai.agents.get(AGENT).agent_id == AGENT


def test_a_late_answer_of_rest_has_already_done_its_work(live):
    live.faults(rest_late_s={"value": 1, "times": 1})
    with pytest.raises(httpx.ReadTimeout):
        live.http.post("/v1/convai/twilio/outbound-call", json=PLACE, timeout=0.2)

    assert len(live.control("GET", "/calls")) == 1


def test_a_call_that_is_talked_can_be_ended(live):
    live.settings(call_seconds=60)
    name = live.http.post("/v1/convai/twilio/outbound-call", json=PLACE).json()["conversation_id"]
    live.until(lambda: _phase(live, name) == "in_progress")

    live.control("POST", f"/calls/{name}/end")

    live.until(lambda: _phase(live, name) == "over")
    call = live.http.get(f"/v1/convai/conversations/{name}").json()
    assert call["metadata"]["termination_reason"] == "Call ended by remote party"
    assert live.http.post(f"/_sim/calls/{name}/end").status_code == 409


def _phase(live, name):
    calls = {call["conversation_id"]: call["phase"] for call in live.control("GET", "/calls")}
    return calls[name]


def test_the_control_refuses_what_it_does_not_know(live):
    wrong = [
        live.http.post("/_sim/faults", json={"no_such_fault": True}),
        live.http.post("/_sim/settings", json={"no_such_setting": 1}),
        live.http.post("/_sim/outcomes", json={"outcome": "eaten"}),
        live.http.put("/_sim/agents/agent_x", json={"no_such_field": 1}),
        live.http.post("/_sim/faults", content=b"{"),
    ]

    assert [answer.status_code for answer in wrong] == [400, 400, 400, 400, 422]


def test_reset_forgets_everything(live):
    live.agent()
    live.faults(silence=True)
    live.http.post("/v1/convai/twilio/outbound-call", json=PLACE)

    live.control("POST", "/reset")

    overview = live.control("GET", "")
    assert overview["stored"] == {"batch": 0, "call": 0, "conversation": 0}
    assert overview["faults"] == {}
    assert len(live.control("GET", "/agents")) == 3


@pytest.fixture
def receiver():
    """A server that keeps what is posted to it and answers 200."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append((self.headers["elevenlabs-signature"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hook", got
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_call_that_is_analysed_is_told_by_a_webhook_that_the_sdk_accepts(live, receiver):
    url, got = receiver
    live.settings(webhook_url=url, webhook_secret="wsec_test")
    live.faults(webhook_copies=2)
    name = live.http.post("/v1/convai/twilio/outbound-call", json=PLACE).json()["conversation_id"]

    live.until(lambda: len(got) == 2)

    signature, body = got[0]
    sdk = ElevenLabs(api_key=KEY, base_url=live.url, httpx_client=live.http)
    event = sdk.webhooks.construct_event(body.decode(), signature, "wsec_test")
    stored = live.http.get(f"/v1/convai/conversations/{name}").json()
    assert event["type"] == "post_call_transcription"
    assert event["data"] == stored
    assert live.until(lambda: [row["statuses"] for row in live.control("GET", "/webhooks")])


def test_a_call_that_nobody_takes_is_told_as_a_failed_initiation(live, receiver):
    url, got = receiver
    live.settings(webhook_url=url)
    live.control("POST", "/outcomes", {"outcome": "busy"})
    live.http.post("/v1/convai/twilio/outbound-call", json=PLACE)

    live.until(lambda: got)

    event = json.loads(got[0][1])
    assert event["type"] == "call_initiation_failure"
    assert event["data"]["failure_reason"] == "busy"
    assert event["data"]["metadata"]["body"]["To"] == "+57300"


def test_a_text_session_is_told_too_but_without_a_phone_call(live, receiver):
    url, got = receiver
    live.settings(webhook_url=url)
    with live.talk(live.agent(first_message="")) as talk:
        talk.ask("hola")

    live.until(lambda: got)

    event = json.loads(got[0][1])
    assert event["type"] == "post_call_transcription"
    assert event["data"]["metadata"]["phone_call"] is None


def test_the_application_also_answers_without_a_server():
    app = create_app(FAST)

    async def answered():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sim") as client:
            return await client.get(f"/v1/convai/agents/{AGENT}", headers={"xi-api-key": KEY})

    answer = asyncio.run(answered())
    app.state.world.store.close()

    assert answer.json()["agent_id"] == AGENT


def started(folder):
    command = [sys.executable, "-m", "infra.local.elevenlabs", "--port", "0", "--api-key", KEY]
    command += ["--state-dir", str(folder), "--call-seconds", "0.2"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)  # noqa: S603  # ourselves
    return process, json.loads(process.stdout.readline())["listening"]


def stopped(process, number):
    process.send_signal(number)
    code = process.wait(10)
    process.stdout.close()
    return code


def test_the_process_says_where_it_listens_keeps_its_data_and_stops_when_told(tmp_path):
    process, url = started(tmp_path)
    headers = {"xi-api-key": KEY}
    assert url.startswith("http://127.0.0.1:")
    path = "/v1/convai/twilio/outbound-call"
    placed = httpx.post(url + path, json=PLACE, headers=headers, trust_env=False).json()
    assert stopped(process, signal.SIGTERM) == 0

    process, url = started(tmp_path)
    path = f"/v1/convai/conversations/{placed['conversation_id']}"
    kept = httpx.get(url + path, headers=headers, trust_env=False)

    assert kept.json()["metadata"]["phone_call"]["external_number"] == "+57300"
    assert stopped(process, signal.SIGINT) == 0
