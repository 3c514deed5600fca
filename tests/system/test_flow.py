"""The main test of the original, `hilo flow`, as its users run it."""

import json
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import httpx
import pytest

from infra.local.flow.steps import STEPS
from tests.system.conftest import a_hilo, processes_of, until

pytestmark = pytest.mark.system

KEY = "sk_given_by_hand"
ACCOUNT = "AC" + "7" * 32
TOKEN = "a token given by hand"
SENDER = "whatsapp:+14155238886"


NUMBER = "+573138539155"
FACT = f"la clave {random.SystemRandom().randrange(10**8, 10**9)} de Ñandú, 50 %"


@pytest.fixture(scope="module")
def remembered(plain_environment, tmp_path_factory):
    """One whole run: the command that ended, and its folder."""
    hilo = a_hilo(plain_environment, tmp_path_factory.mktemp("flow") / "stack")
    return hilo("flow", "--to", NUMBER, "--fact", FACT, "--name", "Teófila"), hilo.folder


def test_the_agent_remembers_any_fact_after_its_socket_was_closed(remembered):
    ended, _ = remembered

    assert ended.status == 0, ended
    assert set(ended.last) == {"ok", "steps"}
    assert ended.last["ok"] is True
    assert [step["name"] for step in ended.last["steps"]] == [step.name for step in STEPS]
    assert all(step["ok"] and step["ms"] >= 0 for step in ended.last["steps"])
    assert sum(FACT in line for line in ended.lines if "«" in line) == 2, "in both answers"


def test_every_step_tells_the_providers_ids(remembered):
    ended, _ = remembered

    first, second = ended.step("agent_answers"), ended.step("agent_still_knows")
    assert ended.step("start_call")["batch_id"].startswith("btcal_")
    assert ended.step("call_ends")["conversation_id"].startswith("conv_")
    assert ended.step("opener_arrives")["message_sid"].startswith("SM")
    assert first["conversation_id"] != second["conversation_id"], "a new socket"
    assert ended.step("socket_closes")["conversation_id"] == first["conversation_id"]
    assert not set(first["message_sids"]) & set(second["message_sids"])


@pytest.mark.parametrize("service", ["gateway", "connector-1"])
def test_what_people_say_and_their_numbers_are_in_no_log_of_the_product(remembered, service):
    """Law 6."""
    _, folder = remembered

    lines = (folder / "logs" / f"{service}.jsonl").read_text().splitlines()
    logged = "\n".join(json.dumps(json.loads(line), ensure_ascii=False) for line in lines)

    assert logged
    for private in (NUMBER[1:], NUMBER[3:], FACT, "Ñandú", "Teófila"):
        assert private not in logged


def test_one_chain_of_ids_leads_from_the_batchs_recipient_to_twilios_sids(remembered):
    """docs/observing.md: each event carries what the one before it is found by."""
    ended, folder = remembered
    events = [
        json.loads(line)
        for name in ("gateway", "connector-1")
        for line in (folder / "logs" / f"{name}.jsonl").read_text().splitlines()
    ]

    def found(name, **known):
        return [e for e in events if e.get("event") == name and known.items() <= e.items()]

    (start,) = found("conversation_started", batch_id=ended.step("start_call")["batch_id"])
    contact = {"contact_id": start["contact_id"]}
    opener = found("reply_sent", **contact, message_key=start["message_key"])
    sockets = found("socket_opened", **contact, call_id=start["call_id"])
    turns = found("turn_asked", **contact)

    assert start["recipient_id"]
    assert start["call_id"] == ended.step("call_ends")["conversation_id"]
    assert [event["sid"] for event in opener] == [ended.step("opener_arrives")["message_sid"]]
    assert {turn["session"] for turn in turns} <= {socket["session"] for socket in sockets}
    assert len(turns) == 2
    for turn, step in zip(turns, ("agent_answers", "agent_still_knows"), strict=True):
        (stored,) = found("message_stored", **contact, message_key=turn["turn"])
        answers = found("answer_stored", **contact, turn=turn["turn"], session=turn["session"])
        parts = [
            event
            for event in found("reply_sent", **contact)
            if event["message_key"].startswith(f"{turn['turn']}~")
        ]
        assert stored["sid"].startswith("SM")
        assert sum(answer["parts"] for answer in answers) == len(parts)
        assert [part["sid"] for part in parts] == ended.step(step)["message_sids"]
        for part in parts:
            assert found("delivery_updated", sid=part["sid"], message_key=part["message_key"])


def test_the_dialect_of_the_original_does_it_too(hilo):
    ended = hilo("flow", "--dialect", "classic", "--json")

    assert ended.status == 0, ended
    assert len(ended.lines) == 1, "with --json the result stands alone"
    assert ended.last["ok"] is True


def test_servers_given_by_address_are_used_and_no_simulator_starts(hilo, by_hand):
    elevenlabs = by_hand("infra.local.elevenlabs", f"--api-key={KEY}")
    twilio = by_hand(
        "infra.local.twilio", f"--account-sid={ACCOUNT}", f"--auth-token={TOKEN}",
        f"--sender={SENDER}",
    )  # fmt: skip

    ended = hilo(
        "flow", ELEVENLABS_API_URL=elevenlabs, ELEVENLABS_API_KEY=KEY, TWILIO_API_URL=twilio,
        TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_AUTH_TOKEN=TOKEN,
    )  # fmt: skip

    assert ended.status == 0, ended
    logs = {path.name for path in (hilo.folder / "logs").iterdir()}
    assert logs == {"aws.jsonl", "gateway.jsonl", "connector-1.jsonl"}
    calls = httpx.get(f"{elevenlabs}/_sim/calls", trust_env=False).json()
    call_id = ended.step("call_ends")["conversation_id"]
    assert [call["conversation_id"] for call in calls] == [call_id]
    sockets = httpx.get(f"{elevenlabs}/_sim/sessions", trust_env=False).json()
    assert ended.step("agent_answers")["conversation_id"] in {
        socket["conversation_id"] for socket in sockets
    }
    posts = httpx.get(f"{twilio}/_sim/log", trust_env=False).json()["requests"]
    sids = {post["sid"] for post in posts if post["method"] == "POST"}
    assert ended.step("opener_arrives")["message_sid"] in sids


@pytest.fixture
def plain_twilio():
    """A server that takes messages as Twilio does, and knows nothing else: not one of ours."""

    taken = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            if not self.path.endswith("/Messages.json"):
                self._answer(404, {"code": 20404, "message": "not found", "status": 404})
                return
            sid = f"SM{len(taken):032x}"
            taken.append((sid, form))
            self._answer(201, {"sid": sid, "status": "queued", "account_sid": ACCOUNT})

        def do_GET(self):
            self._answer(404, {"code": 20404, "message": "not found", "status": 404})

        def _answer(self, status, document):
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", taken
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_twilio_that_is_not_ours_is_enough(hilo, plain_twilio):
    url, taken = plain_twilio

    ended = hilo("flow", TWILIO_API_URL=url, TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_AUTH_TOKEN=TOKEN)

    assert ended.status == 0, ended
    assert len(taken) == 3, "the opener and two answers"
    assert not (hilo.folder / "logs" / "twilio.jsonl").exists()


def test_a_step_that_fails_says_what_was_expected_what_was_seen_and_where_to_look(hilo):
    ended = hilo("flow", "--timeout", "8", OPENERS="dry-run")

    assert ended.status == 1
    assert ended.last["ok"] is False
    failed = ended.last["steps"][-1]
    assert (failed["name"], failed["ok"]) == ("opener_arrives", False)
    assert "within 8 s" in failed["expected"]
    assert "SKIPPED (dry_run)" in failed["seen"]
    assert failed["look_in"] == str(hilo.folder / "logs" / "gateway.jsonl")


def test_ctrl_c_ends_it_and_leaves_no_process(start):
    flow = start("flow")
    until(lambda: "the agent calls" in flow.printed())

    status = flow.interrupt()

    assert status == 130
    assert json.loads(flow.lines[-1])["ok"] is False
    assert processes_of(start.folder) == []
