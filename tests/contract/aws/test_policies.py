"""Each part may do what it does, and nothing else.

The calls that each part makes while its own tests run (``recording.py``) are compared with its
policy in the templates.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from tests.contract.aws.recording import CALLS, SUITES, Session
from tests.contract.aws.templates import ROOT, functions, listed, load, statements

PARTS = [*functions(), "connector"]

LAMBDA_ITSELF = {
    "reply_sender": {
        ("sqs:ReceiveMessage", "outbox.fifo"),
        ("sqs:DeleteMessage", "outbox.fifo"),
        ("sqs:GetQueueAttributes", "outbox.fifo"),
    }
}
"""What the event source mapping does in the function's name."""

BESIDE_THE_TESTS = {
    "reply_sender": {
        (
            "dynamodb:PutItem",
            "conversation_messages",
        ): "a refusal for a closed window: the template",
        ("sqs:SendMessage", "outbox.fifo"): "and its doorbell",
        ("sqs:SendMessage", "outbox-dead-letters.fifo"): "what cannot be read",
    },
    "batch_monitor": {
        ("dynamodb:GetItem", "conversation_messages"): "a call that was started by an earlier run",
        ("dynamodb:UpdateItem", "known_ids"): "OPENERS_A_DAY: what the day still allows",
        ("dynamodb:UpdateItem", "operator_alerts"): "there is no template: operators are told",
    },
    "post_call_webhook": {
        ("dynamodb:UpdateItem", "known_ids"): "OPENERS_A_DAY: what the day still allows",
        ("dynamodb:UpdateItem", "operator_alerts"): "there is no template: operators are told",
    },
    "sweeper": {
        ("dynamodb:GetItem", "conversation_state"): "POLL_TWILIO: a report that needs the template",
        ("dynamodb:UpdateItem", "known_ids"): "a person who shows a second address: the alias",
    },
    "connector": {
        ("dynamodb:ConditionCheckItem", "conversation_messages"): "a notice: its message is open",
        ("dynamodb:PutItem", "connector_leases"): "the first start: the number of shards",
        ("dynamodb:GetItem", "connector_leases"): "a later start: compare the number of shards",
        ("sqs:SendMessage", "inbox-dead-letters"): "what cannot be read",
        ("dynamodb:GetItem", "commands"): "an operator's command is read",
        ("dynamodb:UpdateItem", "commands"): "and marked as done",
        ("dynamodb:UpdateItem", "operator_alerts"): "a socket is lost: operators are told",
        **{
            ("sqs:ChangeMessageVisibility", f"inbox-{n}"): "a doorbell of a shard that moved"
            for n in range(4)
        },
    },
}
"""What a part does where no handler's test leads, and when. The rehearsal runs most of it."""

OTHER_SHARDS = {f"inbox-{n}" for n in range(4)}
"""Contacts of a test fall into few shards; a part that may use one queue of them may use all."""


@pytest.fixture(scope="session")
def recorded(tmp_path_factory):
    noted = CALLS if Session.recorded else run_alone(tmp_path_factory.mktemp("recorded"))
    calls = {}
    for part, action, resource in noted:
        calls.setdefault(part, set()).add((action, resource.removeprefix("hilo-")))
    return calls


def run_alone(folder):
    """The suites, in a session of their own: this one does not run them."""
    file = folder / "calls.json"
    command = [sys.executable, "-m", "pytest", "-q", *SUITES, f"--record-calls={file}"]
    done = subprocess.run(  # noqa: S603 - our own tests
        [*command, "-p", "no:cacheprovider"],
        cwd=ROOT, capture_output=True, text=True, check=False, env=dict(os.environ),
    )  # fmt: skip
    assert file.exists(), done.stdout[-4000:]
    return json.loads(file.read_text())


def allowed(part):
    """The actions and resources of a part's role, apart from logs and settings."""
    return {
        (action, resource)
        for statement in _statements_of(part)
        for action in listed(statement["Action"])
        if action.startswith(("dynamodb:", "sqs:"))
        for resource in map(named, listed(statement["Resource"]))
    }


def _statements_of(part):
    if part == "connector":
        return statements(load("infra/aws/connector.yaml")["Resources"]["TaskRole"])
    role = functions()[part]["Role"]["Fn::GetAtt"].partition(".")[0]
    return statements(load("template.yaml")["Resources"][role])


def named(resource):
    """``!GetAtt State.Outputs.KnownIdsArn`` is the table known_ids."""
    ((_, told),) = resource.items()
    output, _, rest = (
        told.replace("${", "").replace("}", "").removeprefix("State.Outputs.").partition("/")
    )
    name = output.removesuffix("Arn")
    suffix = f"/{rest}" if rest else ""
    if name == "OutboxQueue":
        return "outbox.fifo"
    if name.endswith("DeadLetters"):
        suffix = ".fifo" if name.startswith("Outbox") else ""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower() + suffix
    if name.startswith("InboxQueue"):
        return f"inbox-{name[-1]}"
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() + suffix


def _with_all_shards(calls):
    rest = {(action, name) for action, name in calls if name not in OTHER_SHARDS}
    shards = {action for action, name in calls if name in OTHER_SHARDS}
    return rest | {(action, name) for action in shards for name in OTHER_SHARDS}


@pytest.mark.parametrize("part", PARTS)
def test_nothing_that_a_part_does_is_missing_in_its_policy(part, recorded):
    assert recorded[part], "nothing was recorded"
    made = {call for call in recorded[part] if call[0].startswith(("dynamodb:", "sqs:"))}

    assert made - allowed(part) == set()


@pytest.mark.parametrize("part", PARTS)
def test_nothing_in_the_policy_is_unused(part, recorded):
    made = _with_all_shards(recorded[part]) | LAMBDA_ITSELF.get(part, set())

    assert allowed(part) - made - set(BESIDE_THE_TESTS.get(part, ())) == set()


@pytest.mark.parametrize("part", sorted(BESIDE_THE_TESTS))
def test_every_exception_is_still_in_the_policy(part):
    assert set(BESIDE_THE_TESTS[part]) <= allowed(part)


@pytest.mark.parametrize("part", PARTS)
def test_no_policy_has_a_wildcard(part):
    for statement in _statements_of(part):
        for action in listed(statement["Action"]):
            assert "*" not in action
        assert "*" not in listed(statement["Resource"])


SECRETS = {"HILO_SECRET_ARN": "HiloSecret", "HILO_PEPPER_ARN": "PepperSecret"}


@pytest.mark.parametrize("part", sorted(functions()))
def test_a_function_may_read_the_secrets_that_it_is_told_of_and_no_other(part):
    shared = load("template.yaml")["Globals"]["Function"]["Environment"]["Variables"]
    told = shared | functions()[part]["Environment"]["Variables"]
    may = [
        resource
        for statement in _statements_of(part)
        if statement["Action"] == ["secretsmanager:GetSecretValue"]
        for resource in statement["Resource"]
    ]

    assert may == [told[name] for name in SECRETS if name in told]


def test_the_connector_may_read_the_secret_that_it_is_told_of_and_no_other():
    may = [
        each["Resource"]
        for each in _statements_of("connector")
        if each["Action"] == "secretsmanager:GetSecretValue"
    ]

    assert may == [{"Ref": "SecretArn"}]
