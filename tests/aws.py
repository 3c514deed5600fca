"""An AWS in this process (moto) with the tables and queues that ``infra/aws/state.yaml`` declares.

The template itself is read, so that tests cannot drift from what is deployed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml

STATE_TEMPLATE = Path(__file__).parents[1] / "infra/aws/state.yaml"
REGION = "eu-west-1"
PREFIX = "hilo"


@dataclass(frozen=True)
class Queues:
    """The URLs of the queues."""

    inbox: tuple[str, ...]
    outbox: str
    dead_letters: tuple[str, ...] = ()


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short tags as the plain functions that they stand for."""


def _function(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        return value.replace("${Prefix}", PREFIX) if suffix == "Sub" else {suffix: value}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node)}
    return {suffix: loader.construct_mapping(node)}  # type: ignore[arg-type]  # the third kind of node


_Loader.add_multi_constructor("!", _function)


def template() -> dict[str, Any]:
    """The template of the tables and queues."""
    return yaml.load(STATE_TEMPLATE.read_text(), Loader=_Loader)  # noqa: S506 - a SafeLoader


def create_all() -> Queues:
    """Create the tables and queues; to be called within ``moto.mock_aws``."""
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    sqs = boto3.client("sqs", region_name=REGION)
    urls: dict[str, str] = {}
    for name, resource in template()["Resources"].items():
        properties = dict(resource["Properties"])
        if resource["Type"] == "AWS::DynamoDB::Table":
            for later in ("TimeToLiveSpecification", "PointInTimeRecoverySpecification"):
                properties.pop(later, None)
            properties["SSESpecification"] = {"Enabled": True}
            dynamodb.create_table(**properties)
        else:
            attributes = {
                key: str(value).lower() if isinstance(value, bool) else str(value)
                for key, value in properties.items()
                if key not in {"QueueName", "RedrivePolicy", "SqsManagedSseEnabled"}
            }
            made = sqs.create_queue(QueueName=properties["QueueName"], Attributes=attributes)
            urls[name] = made["QueueUrl"]
    inbox = tuple(urls[f"InboxQueue{n}"] for n in range(4))
    dead = (urls["InboxDeadLetters"], urls["OutboxDeadLetters"])
    return Queues(inbox, urls["OutboxQueue"], dead)
