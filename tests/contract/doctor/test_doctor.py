"""``hilo doctor`` against the simulators: every check passes, and every check can fail."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from typer.testing import CliRunner

from conversation.adapters.tables.examined import ExaminedTable
from conversation.adapters.tables.leases import LeaseTable
from conversation.contacts import contact_id_of
from conversation.errors import Permanent
from conversation.findings import HIDDEN, Verdict
from infra.cli import doctor as command
from infra.cli.__main__ import application
from infra.doctor.deployed import values_of
from infra.doctor.webhook import OVERRIDES
from tests.contract.doctor.conftest import CONNECTOR, KEY, PEPPER, TEMPLATE

NUMBER = "+573138539155"


def dead_letter(d, suffix):
    sqs = d.sqs()
    url = next(u for u in sqs.list_queues()["QueueUrls"] if u.endswith(suffix))
    fifo = {"MessageGroupId": "a", "MessageDeduplicationId": "1"} if "fifo" in suffix else {}
    sqs.send_message(QueueUrl=url, MessageBody="{}", **fifo)


def flood(d):
    entries = [{"Id": str(n), "MessageBody": "{}"} for n in range(10)]
    for _ in range(60):
        d.sqs().send_message_batch(QueueUrl=d.aws.inbox[0], Entries=entries)


def spoil(d, status, code, path):
    fault = {"status": status, "code": code, "path": path}
    d.elevenlabs.ask("POST", "/_sim/faults", {"rest_error": fault})


def webhook(d, url, **more):
    d.twilio.post("/config", webhook_url=url, **more)


def publish(d, url):
    """Twilio knows us by a public name."""
    d.set(PUBLIC_BASE_URL="https://hilo.example.com")
    webhook(d, url, public_base_url="")


def template(d, **changes):
    known = {"sid": TEMPLATE, "body": "Hola {{1}}, de {{2}}."}
    d.twilio.post("/templates", **(known | changes))


def store(d, number):
    at = datetime.now(UTC)
    contact = contact_id_of(number, PEPPER)
    d.tables.state(contact, phone_number=number, last_message_at=at).save()


def shards(d):
    model = d.tables.leases
    model("connectors", "~deployment").update([model.shards.set(3)])


def gone(d):
    LeaseTable(d.tables, shards=4).sign_off(CONNECTOR)


def orphaned(d):
    leases = LeaseTable(d.tables, shards=4)
    leases.give(leases.read(datetime.now(UTC)).leases[2])


def clock(d, off_s):
    d.now = lambda: datetime.now(UTC) + timedelta(seconds=off_s)


SICK = [
    ("settings", lambda d: d.unset("TWILIO_AUTH_TOKEN"), "TWILIO_AUTH_TOKEN is missing"),
    ("settings", lambda d: d.set(OPENERS="perhaps"), "OPENERS is wrong"),
    ("elevenlabs_key", lambda d: d.set(ELEVENLABS_API_KEY="sk_wrong"), "401"),
    ("elevenlabs_key", lambda d: d.set(ELEVENLABS_API_URL="http://127.0.0.1:9"), "no answer"),
    (
        "elevenlabs_permissions",
        lambda d: spoil(d, 401, "missing_permissions", "batch-calling"),
        "may not read Batch calling",
    ),
    ("agent_exists", lambda d: d.set(DEFAULT_AGENT_ID="agent_nobody"), "404 for agent_nobody"),
    ("agent_text_only", lambda d: d.elevenlabs.agent(overrides=[]), "no session without sound"),
    (
        "agent_overrides",
        lambda d: (
            d.elevenlabs.agent(custom_llm_extra_body=False),
            d.elevenlabs.call(custom_llm_extra_body={"temperature": 0.1}),
        ),
        "custom_llm_extra_body",
    ),
    ("agent_auth", lambda d: d.set(ELEVENLABS_AUTH="none"), "wants authorisation"),
    (
        "agent_events",
        lambda d: d.elevenlabs.agent(client_events=["agent_response_complete"]),
        "agent_response",
    ),
    (
        "agent_turn_events",
        lambda d: d.elevenlabs.agent(client_events=["agent_response", "agent_tool_request"]),
        "does not send agent_response_complete:",
    ),
    (
        "agent_max_duration",
        lambda d: d.elevenlabs.agent(max_duration_seconds=300),
        "MAX_SESSION_S is 600",
    ),
    ("agent_turn_timeout", lambda d: d.set(UNSOLICITED="deliver"), "after 7 s of silence"),
    (
        "agent_variables",
        lambda d: d.elevenlabs.agent(prompt="Debe {{debt}} desde {{since}}."),
        "needs since,",
    ),
    ("plan_concurrency", lambda d: d.set(ACCOUNT_SESSION_LIMIT="251"), "allows 250"),
    ("twilio_credentials", lambda d: d.set(TWILIO_AUTH_TOKEN="wrong"), "Twilio answers 401"),
    ("twilio_credentials", lambda d: d.set(TWILIO_API_URL="http://127.0.0.1:9"), "no answer"),
    ("twilio_sender", lambda d: d.set(TWILIO_WHATSAPP_NUMBER="+573000000000"), "no such"),
    ("opener_template", lambda d: d.unset("OPENER_CONTENT_SID"), "there is none"),
    ("opener_template", lambda d: d.set(OPENER_CONTENT_SID="HX" + "0" * 32), "404"),
    (
        "opener_template",
        lambda d: template(d, status="rejected", rejection_reason="TAG_CONTENT_MISMATCH"),
        "is not approved (rejected): TAG_CONTENT_MISMATCH",
    ),
    ("opener_template", lambda d: template(d, category="MARKETING"), "MARKETING"),
    ("opener_variables", lambda d: template(d, body="Hola {{1}} {{3}}"), "takes 1, 3, and gets"),
    ("twilio_webhook", lambda d: webhook(d, ""), "no webhook"),
    ("twilio_webhook", lambda d: webhook(d, "https://else.example.com/x"), "else.example.com"),
    (
        "twilio_webhook",
        lambda d: publish(d, "https://hilo.example.com/twilio/whatsapp#rc=2&rp=ct"),
        "connection overrides",
    ),
    ("signature_base", lambda d: d.set(PUBLIC_BASE_URL=f"{d.door.url}/?a=1"), "host and a path"),
    ("webhook_answers", lambda d: d.set(PUBLIC_BASE_URL="http://127.0.0.1:9"), "nothing answers"),
    (
        "webhook_answers",
        lambda d: d.set(PUBLIC_BASE_URL=d.door.url.replace("127.0.0.1", "localhost")),
        "does not take a signature",
    ),
    (
        "webhook_answers",
        lambda d: setattr(d.door, "answer", (503, b'{"message": "X is missing: x"}')),
        "X is missing",
    ),
    ("webhook_answers", lambda d: setattr(d.door, "answer", (404, b"")), "something else (404)"),
    ("tables", lambda d: d.set(TABLE_PREFIX="other"), ""),
    ("tables", shards, "has 3 shards"),
    ("connectors", gone, "0 run"),
    ("connectors", orphaned, "nobody holds the shards [2]"),
    ("queues", lambda d: d.set(OUTBOX_QUEUE_URL=f"{d.aws.outbox}x"), "cannot be looked at"),
    ("queues", lambda d: d.set(OUTBOX_QUEUE_URL=d.aws.inbox[0]), "no FIFO"),
    ("queues", flood, "600 doorbells wait"),
    ("dead_letters", lambda d: dead_letter(d, "inbox-dead-letters"), "1 doorbells"),
    ("dead_letters", lambda d: dead_letter(d, "outbox-dead-letters.fifo"), "1 doorbells"),
    ("pepper", lambda d: d.set(HILO_PEPPER="short"), "5 characters"),
    (
        "pepper",
        lambda d: (store(d, NUMBER), d.set(HILO_PEPPER="another that is long enough")),
        "stranger",
    ),
    ("clock", lambda d: clock(d, 3600), "ahead"),
    ("clock", lambda d: clock(d, -3600), "behind"),
]


def test_in_good_health_every_check_passes(healthy):
    store(healthy, NUMBER)

    checks = healthy.examine()

    assert [c for c in checks if c.verdict is not Verdict.OK] == []
    assert {c.name for c in checks} == {name for name, _, _ in SICK}


@pytest.mark.parametrize(
    ("name", "spoiling", "said"), SICK, ids=[f"{n}-{s[:20]}" for n, _, s in SICK]
)
def test_every_check_fails_with_one_line_that_mends_it(healthy, name, spoiling, said):
    spoiling(healthy)

    check = healthy.check(name)

    assert check.verdict is Verdict.FAILED
    assert said in check.detail
    assert check.remedy
    assert "\n" not in check.remedy


def all_of(healthy):
    return {check.name: check for check in healthy.examine()}


def test_before_deploying_what_is_not_there_is_not_missed(healthy):
    healthy.unset("INBOX_QUEUE_URLS", "OUTBOX_QUEUE_URL", "HILO_PEPPER", "PUBLIC_BASE_URL")

    found = all_of(healthy)

    assert {c.name for c in found.values() if c.verdict is Verdict.FAILED} == set()
    assert found["queues"].verdict is Verdict.UNTOLD
    assert found["settings"].verdict is Verdict.OK


def test_of_the_sandbox_it_says_what_cannot_be_checked(healthy, monkeypatch):
    healthy.set(TWILIO_WHATSAPP_NUMBER="+14155238886", TWILIO_SANDBOX="yes")
    healthy.unset("OPENER_CONTENT_SID")
    # An account of one's own does not list the sandbox' number; the stand-in's does.
    monkeypatch.setattr("infra.doctor.twilio.sender_of", lambda *_: None)

    found = all_of(healthy)

    assert found["twilio_sender"].verdict is Verdict.UNTOLD
    assert "3 days" in found["twilio_sender"].remedy
    assert found["twilio_webhook"].verdict is Verdict.UNTOLD
    assert found["twilio_webhook"].remedy.endswith(OVERRIDES)
    assert found["opener_template"].verdict is Verdict.OK


def test_who_polls_needs_no_webhook(healthy):
    webhook(healthy, "")
    healthy.set(POLL_TWILIO="yes", PUBLIC_BASE_URL="http://127.0.0.1:9")

    found = all_of(healthy)

    assert found["twilio_webhook"].verdict is Verdict.OK
    assert "webhook_answers" not in found


def test_without_a_call_it_says_what_the_prompt_will_need(healthy):
    healthy.elevenlabs.ask("POST", "/_sim/reset")
    healthy.elevenlabs.agent(prompt="Debe {{debt}}.")

    check = healthy.check("agent_variables")

    assert check.verdict is Verdict.UNTOLD
    assert "debt" in check.detail


def test_agents_that_nobody_names_are_found_by_their_calls(healthy):
    healthy.unset("DEFAULT_AGENT_ID")

    assert "agent_of_the_test" in healthy.check("agent_exists").detail


@pytest.mark.parametrize("tier", ["enterprise", ""])
def test_a_plan_that_is_not_known_is_to_be_compared_by_hand(healthy, tier):
    healthy.elevenlabs.ask("POST", "/_sim/settings", {"tier": tier})

    assert healthy.check("plan_concurrency").verdict is Verdict.UNTOLD


def test_asking_sends_nothing_and_stores_nothing(healthy):
    healthy.examine()

    assert healthy.twilio.sent() == []
    assert list(healthy.tables.state.scan()) == []
    assert list(healthy.tables.messages.scan()) == []


# --- the command


def run(healthy, monkeypatch, tmp_path, *arguments):
    for name, value in healthy.values.items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(
        application(), ["doctor", *arguments, "--env", str(tmp_path / "none")]
    )
    return done, json.loads(done.output.strip().splitlines()[-1])


def test_the_command_ends_with_one_line_of_json(healthy, monkeypatch, tmp_path):
    done, last = run(healthy, monkeypatch, tmp_path)

    assert done.exit_code == 0
    assert last["ok"] is True
    assert {tuple(check) for check in last["checks"]} == {("name", "ok", "detail", "remedy")}
    assert "agent_text_only" in done.output


def test_a_failure_is_told_by_the_exit_status_and_shown_with_its_remedy(
    healthy, monkeypatch, tmp_path
):
    healthy.set(ELEVENLABS_AUTH="none")

    done, last = run(healthy, monkeypatch, tmp_path)

    assert done.exit_code == 1
    assert last["ok"] is False
    assert "Set ELEVENLABS_AUTH=header." in done.output


def test_settings_that_have_faults_are_status_2(healthy, monkeypatch, tmp_path):
    healthy.set(TWILIO_ACCOUNT_SID="nonsense")

    done, _ = run(healthy, monkeypatch, tmp_path, "--json")

    assert done.exit_code == 2
    assert len(done.output.strip().splitlines()) == 1


def test_no_secret_is_ever_shown(healthy, monkeypatch, tmp_path):
    done, _ = run(healthy, monkeypatch, tmp_path)

    for secret in (KEY, healthy.values["TWILIO_AUTH_TOKEN"], PEPPER, NUMBER):
        assert secret not in done.output


def test_what_it_found_is_kept_for_the_panel_without_secrets_and_numbers(
    healthy, monkeypatch, tmp_path
):
    healthy.set(OPENERS="perhaps", PUBLIC_BASE_URL=f"https://hilo.example.com/{KEY}")

    done, last = run(healthy, monkeypatch, tmp_path)
    kept = ExaminedTable(healthy.tables).last()

    assert last["kept"] is True
    assert [each.name for each in kept.findings] == [each["name"] for each in last["checks"]]
    assert [each.verdict for each in kept.findings if each.name == "settings"] == [Verdict.FAILED]
    written = str(kept)
    assert HIDDEN in written
    for hidden in (KEY, healthy.values["TWILIO_AUTH_TOKEN"], PEPPER, NUMBER[1:]):
        assert hidden not in written
    assert "kept for the panel" in done.output


def test_what_cannot_be_kept_is_said_and_found_all_the_same(healthy, monkeypatch, tmp_path):
    healthy.set(TABLE_PREFIX="somebody-else")

    done, last = run(healthy, monkeypatch, tmp_path)

    assert last["kept"] is False
    assert len(last["checks"]) > 20
    assert "not kept for the panel" in done.output


def test_attached_to_nothing_it_says_so(tmp_path):
    with pytest.raises(Permanent, match="make up"):
        command._values(tmp_path, None, tmp_path / "none")


# --- a stack in AWS


class Formation:
    def describe_stacks(self, **_):
        outputs = {
            "InboxQueueUrls": "https://q/0,https://q/1", "OutboxQueueUrl": "https://q/o.fifo",
            "PublicUrl": "https://api.example.com", "SecretArn": "arn:s", "PepperArn": "arn:p",
        }  # fmt: skip
        return {
            "Stacks": [
                {
                    "Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in outputs.items()],
                    "Parameters": [{"ParameterKey": "Prefix", "ParameterValue": "mine"}],
                }
            ]
        }


class Vault:
    def get_secret_value(self, SecretId):  # noqa: N803 - boto3's own word
        held = {"arn:s": '{"TWILIO_AUTH_TOKEN": "t", "DEFAULT_AGENT_ID": ""}', "arn:p": "pepper\n"}
        return {"SecretString": held[SecretId]}


def test_a_stack_tells_its_settings_by_its_outputs_and_secrets(monkeypatch):
    clients = {"cloudformation": Formation(), "secretsmanager": Vault()}
    monkeypatch.setattr(boto3, "client", lambda name, **_: clients[name])

    assert values_of("hilo", {"AWS_REGION": "eu-west-1"}) == {
        "INBOX_QUEUE_URLS": "https://q/0,https://q/1",
        "OUTBOX_QUEUE_URL": "https://q/o.fifo",
        "PUBLIC_BASE_URL": "https://api.example.com",
        "TWILIO_AUTH_TOKEN": "t",
        "HILO_PEPPER": "pepper",
        "TABLE_PREFIX": "mine",
        "AWS_REGION": "eu-west-1",
    }
