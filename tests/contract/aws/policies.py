"""What each part may do, by the templates, and how that differs from what it does."""

from __future__ import annotations

import re

from tests.contract.aws.templates import functions, listed, load, statements

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
        (
            "dynamodb:ConditionCheckItem",
            "conversation_state",
        ): "and whether they have left what began under the other one",
        ("dynamodb:UpdateItem", "operator_alerts"): "POLL_TWILIO: a failure operators must mend",
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


def by_part(noted):
    """The noted calls, by the part that made them."""
    calls = {}
    for part, action, resource in noted:
        calls.setdefault(part, set()).add((action, resource.removeprefix("hilo-")))
    return calls


def missing(part, made):
    """What a part does and may not do."""
    return {call for call in made if not call[0].startswith("secretsmanager:")} - allowed(part)


def unused(part, made):
    """What a part may do and does not."""
    done = _with_all_shards(made) | LAMBDA_ITSELF.get(part, set())
    return allowed(part) - done - set(BESIDE_THE_TESTS.get(part, ()))


def faults(noted):
    """Every difference between the templates and what was noted, a line each."""
    calls = by_part(noted)
    return [
        f"{part} {word}: {' '.join(call)}"
        for part in PARTS
        for word, judged in (("may not, and does", missing), ("may, and does not", unused))
        for call in sorted(judged(part, calls.get(part, set())))
    ]


def allowed(part):
    """The actions and resources of a part's role, apart from logs and settings."""
    return {
        (action, resource)
        for statement in statements_of(part)
        for action in listed(statement["Action"])
        if action.startswith(("dynamodb:", "sns:", "sqs:"))
        for resource in map(named, listed(statement["Resource"]))
    }


def statements_of(part):
    if part == "connector":
        return statements(load("infra/aws/connector.yaml")["Resources"]["TaskRole"])
    role = functions()[part]["Role"]["Fn::GetAtt"].partition(".")[0]
    return statements(load("template.yaml")["Resources"][role])


def named(resource):
    """``!GetAtt State.Outputs.KnownIdsArn`` is the table known_ids."""
    ((_, told),) = resource.items()
    if told == "Alarms.Outputs.Topic":
        return "alarms"
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
