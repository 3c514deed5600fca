"""What stands in the templates and costs by being there: counted in the files that are deployed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from conversation.metrics import METRICS

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATES: Final = (
    "template.yaml",
    "infra/aws/state.yaml",
    "infra/aws/connector.yaml",
    "infra/aws/alarms.yaml",
    "infra/aws/dashboard.yaml",
)


WORDS_APART: Final = 6
"""How many words a metric with a dimension is told apart by: why sockets are lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How much of it there is. ``alarm_metrics``: an alarm costs by the metrics it looks at."""

    alarm_metrics: int
    custom_metrics: int
    dashboards: int
    secrets: int
    schedules: int
    shards: int
    vcpus: float
    memory_gb: float


class _Reader(yaml.SafeLoader):
    """Reads CloudFormation's short tags as what they stand in front of."""


def _plain(loader: yaml.SafeLoader, _tag: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return loader.construct_scalar(node)  # type: ignore[arg-type]  # a scalar: the third kind


_Reader.add_multi_constructor("!", _plain)


def standing(root: Path) -> Standing:
    """What is in the templates below ``root``."""
    documents = [_read(root / name) for name in TEMPLATES]
    resources = [each for one in documents for each in one["Resources"].values()]
    connector = _read(root / "infra/aws/connector.yaml")["Parameters"]
    return Standing(
        alarm_metrics=sum(map(_metrics, _of(resources, "AWS::CloudWatch::Alarm"))),
        custom_metrics=len(_of(resources, "AWS::Logs::MetricFilter")) + _measured(),
        dashboards=len(_of(resources, "AWS::CloudWatch::Dashboard")),
        secrets=len(_of(resources, "AWS::SecretsManager::Secret")),
        schedules=sum(map(_schedules, _of(resources, "AWS::Serverless::Function"))),
        shards=sum(_is_shard(queue) for queue in _of(resources, "AWS::SQS::Queue")),
        vcpus=int(connector["Cpu"]["Default"]) / 1024,
        memory_gb=int(connector["Memory"]["Default"]) / 1024,
    )


def _measured() -> int:
    """The metrics that processes write themselves, as if each were used in every hour."""
    return sum(WORDS_APART if metric.by else 1 for metric in METRICS)


def _read(file: Path) -> dict[str, Any]:
    return dict(yaml.load(file.read_text(encoding="utf-8"), _Reader))  # noqa: S506 - a safe loader


def _of(resources: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [each for each in resources if each["Type"] == kind]


def _metrics(alarm: dict[str, Any]) -> int:
    several = alarm["Properties"].get("Metrics", [])
    return max(1, sum("MetricStat" in each for each in several if isinstance(each, dict)))


def _schedules(function: dict[str, Any]) -> int:
    events = function["Properties"].get("Events", {})
    return sum(event["Type"] == "Schedule" for event in events.values())


def _is_shard(queue: dict[str, Any]) -> bool:
    return "inbox" in (name := queue["Properties"]["QueueName"]) and "dead" not in name
