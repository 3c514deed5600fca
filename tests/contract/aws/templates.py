"""The templates as tests read them: short tags resolved to the long functions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]


class _Loader(yaml.SafeLoader):
    """Reads ``!GetAtt A.B`` as ``{"Fn::GetAtt": "A.B"}``."""


def _function(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}  # type: ignore[arg-type]  # the third kind of node


_Loader.add_multi_constructor("!", _function)


def load(path: str) -> dict[str, Any]:
    """One template, by its path in the project."""
    return yaml.load((ROOT / path).read_text(), Loader=_Loader)  # noqa: S506 - a SafeLoader


def functions() -> dict[str, dict[str, Any]]:
    """The Lambdas' properties, by the name of their folder."""
    resources = load("template.yaml")["Resources"]
    return {
        each["Properties"]["Handler"].split(".")[1]: each["Properties"] | {"LogicalId": logical_id}
        for logical_id, each in resources.items()
        if each["Type"] == "AWS::Serverless::Function"
    }


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    """All statements of a role."""
    return [
        statement
        for policy in role["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def listed(value: Any) -> list[Any]:
    """One or several, as a list."""
    return value if isinstance(value, list) else [value]
