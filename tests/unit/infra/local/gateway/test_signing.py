"""The examples of ``tests/events``, signed by the providers' own words when they are used."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from conversation.adapters.gateway import read_request
from conversation.adapters.twilio.signature import Gate
from conversation.callbacks import read_report
from conversation.doorbells import read_doorbell
from conversation.errors import MisconfiguredError
from functions.post_call_webhook.signature import HEADER, verify
from infra.local import sam
from infra.local.gateway.functions import FUNCTIONS, Http
from infra.local.gateway.signing import UNSIGNED, signed

ROOT = Path(__file__).parents[5]
EVENTS = ROOT / "tests" / "events"
NOW = datetime(2026, 11, 23, 15, 4, 5, tzinfo=UTC)
ACCOUNT = "AC" + "a" * 32
VALUES = {
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": "the token",
    "TWILIO_WHATSAPP_NUMBER": "whatsapp:+5215500000000",
    "PUBLIC_BASE_URL": "https://hilo.test",
    "ELEVENLABS_WEBHOOK_SECRET": "wsec_1",
    "AWS_REGION": "us-east-1",
}


def an_event(name):
    return json.loads((EVENTS / f"{name}.json").read_text())


def test_there_is_one_event_a_function_and_nothing_else():
    assert {path.stem for path in EVENTS.glob("*.json")} == set(FUNCTIONS)


@pytest.mark.parametrize(
    "function", [f for f in FUNCTIONS.values() if isinstance(f.trigger, Http)], ids=lambda f: f.name
)
def test_an_event_is_for_the_route_of_its_function(function):
    event = an_event(function.name)

    assert event["routeKey"] == function.trigger.route_key
    assert event["requestContext"]["http"]["path"] == event["rawPath"] == function.trigger.path


@pytest.mark.parametrize(("name", "ours"), [("twilio_webhook", "To"), ("delivery_status", "From")])
def test_twilios_are_signed_for_our_address_account_and_sender(name, ours):
    event = signed(an_event(name), VALUES, NOW)

    gate = Gate("https://hilo.test", event["rawPath"], ACCOUNT, ("the token",))
    params = gate.admit(read_request(event))
    assert params[ours] == "whatsapp:+5215500000000"


def test_the_report_names_a_message_of_ours():
    event = signed(an_event("delivery_status"), VALUES, NOW)
    gate = Gate("https://hilo.test", event["rawPath"], ACCOUNT, ("the token",))

    report = read_report(event["rawQueryString"], gate.admit(read_request(event)))

    assert report.contact_id
    assert report.key


def test_elevenlabs_is_signed_for_now():
    request = read_request(signed(an_event("post_call_webhook"), VALUES, NOW))

    verify(request.header(HEADER), request.body, secret="wsec_1", now=NOW)


def test_the_doorbell_is_one_that_the_sender_reads():
    (record,) = an_event("reply_sender")["Records"]

    assert read_doorbell(record["body"]).contact_id == record["attributes"]["MessageGroupId"]


@pytest.mark.parametrize("name", ["reply_sender", "sweeper", "batch_monitor"])
def test_what_nobody_signs_is_left_as_it_is(name):
    assert signed(an_event(name), {}, NOW) == an_event(name)


def test_a_signature_of_ones_own_is_left_as_it_is():
    event = an_event("twilio_webhook")
    event["headers"]["x-twilio-signature"] = "mine"

    assert signed(event, VALUES, NOW) == event


def test_without_an_account_it_says_what_is_missing():
    with pytest.raises(MisconfiguredError, match="TWILIO_AUTH_TOKEN is missing"):
        signed(an_event("twilio_webhook"), {}, NOW)


def test_no_secret_is_kept_in_the_examples():
    for name in ("twilio_webhook", "delivery_status", "post_call_webhook"):
        assert UNSIGNED in an_event(name)["headers"].values()


# --- sam local invoke


class Tagged(yaml.SafeLoader):
    """Reads CloudFormation's own tags as nothing."""


Tagged.add_multi_constructor("!", lambda *_: None)


def test_sam_is_asked_for_a_function_by_its_name_in_the_template():
    template = yaml.load((ROOT / "template.yaml").read_text(), Tagged)  # noqa: S506 - a safe loader

    handlers = {
        name: resource["Properties"]["Handler"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == sam.FUNCTION
    }
    known = {sam.logical_id(f.name): f"{f.module}.handler" for f in FUNCTIONS.values()}
    assert handlers
    assert handlers.items() <= known.items()


BUILT = """
Transform: AWS::Serverless-2016-10-31
Parameters: {PythonRuntime: {Type: String, Default: python3.13}}
Globals: {Function: {Runtime: {Ref: PythonRuntime}}}
Resources:
  State: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: State/template.yaml}}
  SweeperFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: functions.sweeper.handler.handler
      CodeUri: SweeperFunction
      Role: {Fn::GetAtt: [Role, Arn]}
      Environment: {Variables: {HILO_SECRET_ARN: {Ref: HiloSecret}}}
"""


@pytest.fixture
def project(tmp_path):
    """A project that is built."""
    file = tmp_path / sam.BUILT
    file.parent.mkdir(parents=True)
    file.write_text(BUILT)
    return tmp_path


def test_the_container_is_told_our_settings_and_no_more(project, tmp_path):
    values = VALUES | {"HOME": "/root", "SENDER_NAME": "x"}

    command = sam.Sam("sam", project).command("sweeper", Path("e.json"), values, tmp_path)

    document = json.loads(Path(command[command.index("--template") + 1]).read_text())
    (function,) = document["Resources"].values()
    told = function["Properties"]["Environment"]["Variables"]
    assert command[:4] == ["sam", "local", "invoke", "SweeperFunction"]
    assert told["TWILIO_AUTH_TOKEN"] == "the token"
    assert told["HILO_SECRET_ARN"] == ""
    assert not {"HOME", "AWS_REGION"} & set(told)
    assert function["Properties"]["CodeUri"] == str(project / ".aws-sam/build/SweeperFunction")


@pytest.fixture
def on_path(tmp_path, monkeypatch):
    """Only these commands are installed; each ends with the status given."""

    def install(**commands):
        for name, status in commands.items():
            program = tmp_path / name
            program.write_text(f"#!/bin/sh\nexit {status}\n")
            program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        return sam.found(tmp_path)

    return install


@pytest.mark.parametrize(
    ("commands", "usable"),
    [
        ({"sam": 0, "docker": 0}, True),
        ({"sam": 0, "docker": 1, "finch": 0}, True),
        ({"sam": 0, "docker": 1}, False),
        ({"sam": 0}, False),
        ({"docker": 0}, False),
    ],
)
def test_sam_is_used_only_with_an_engine_that_answers(on_path, commands, usable):
    assert (on_path(**commands) is not None) is usable


def test_auto_takes_the_handler_where_no_container_can_run(monkeypatch):
    from infra.cli import invoke

    monkeypatch.setattr(invoke, "sam", SimpleNamespace(found=lambda _: None))

    assert invoke._runner(invoke.By.AUTO) is None
    with pytest.raises(Exception, match="docker or finch"):
        invoke._runner(invoke.By.SAM)
