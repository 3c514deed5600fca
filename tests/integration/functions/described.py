"""The schemas of the panel's JSON, made from the records that it is made of.

``python -m tests.integration.functions.described`` writes them into the panel's ``openapi.json``; a
test says when that is due.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from conversation.findings import Finding
from conversation.leases import Lease
from conversation.overview import Audited, SocketEvent
from functions.panel import bulk, checks, examined, given_up, shown, told
from functions.panel.look import Search
from functions.panel.rooms import DESCRIPTION

STRING, WHOLE, YES = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
TIME = {"type": "string", "format": "date-time"}
PLAIN = {str: STRING, int: WHOLE, float: {"type": "number"}, bool: YES, datetime: TIME}
PLAIN |= {type(None): {"type": "null"}}
WORDS = {"type": "object", "additionalProperties": STRING}

NAMES = {
    "datetime": datetime, "Mapping": Mapping, "Sequence": typing.Sequence, "MessageKey": str,
    "ContactId": str, "WorkerId": str, "SessionId": str, "AgentId": str,
}  # fmt: skip
"""What annotations name that is only imported for a checker's eyes."""

RECORDS = (
    shown.ShownMessage, shown.ShownRow, shown.ShownList, shown.ShownSocket, shown.Happening,
    shown.ShownSession, shown.ShownPerson, told.ShownAlert, checks.Check, SocketEvent,
    examined.ShownFindings, Finding, given_up.ShownDeadLetter, bulk.Alike, bulk.Bulk,
    Audited, Lease, Search,
)  # fmt: skip


def ref(record: type) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{record.__name__}"}


def listed(schema: object) -> dict[str, object]:
    return {"type": "array", "items": schema}


def thing(**properties: object) -> dict[str, object]:
    return {"type": "object", "required": sorted(properties), "properties": properties}


def schema_of(hint: Any) -> dict[str, object]:
    if hint in PLAIN:
        return dict(PLAIN[hint])
    if dataclasses.is_dataclass(hint):
        return ref(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {"enum": [each.value for each in hint]}
    return schema_of_many(typing.get_origin(hint), typing.get_args(hint))


def schema_of_many(origin: Any, arguments: tuple[Any, ...]) -> dict[str, object]:
    if origin in {typing.Union, types.UnionType}:
        return {"anyOf": [schema_of(each) for each in arguments]}
    if origin in {tuple, list}:
        return listed(schema_of(arguments[0]))
    if origin is Mapping:
        return {"type": "object", "additionalProperties": schema_of(arguments[1])}
    return {}


def record(kind: type) -> dict[str, object]:
    names = NAMES | {each.__name__: each for each in RECORDS}
    hints = typing.get_type_hints(kind, localns=names)
    return thing(**{field.name: schema_of(hints[field.name]) for field in dataclasses.fields(kind)})


COUNTS = thing(**{tab.value: WHOLE for tab in shown.Tab})
HELD = thing(shard=WHOLE, connector={"anyOf": [STRING, {"type": "null"}]}, epoch=WHOLE)
NULLABLE = {"anyOf": [STRING, {"type": "null"}]}

ANSWERS = {
    "/panel/api/home": thing(
        counts=COUNTS, open_sockets=WHOLE, cap=WHOLE, connectors=listed(HELD),
        alerts=listed(ref(told.ShownAlert)),
    ),
    "/panel/api/conversations": thing(
        search=ref(Search), counts=COUNTS, list=ref(shown.ShownList)
    ),
    "/panel/api/people/{contact_id}": thing(
        person=ref(shown.ShownPerson), view=STRING, revealed=NULLABLE
    ),
    "/panel/api/people/{contact_id}/transcript": thing(
        contact_id=STRING, turns=listed(thing(role=STRING, text=STRING)), problem=NULLABLE
    ),
    "/panel/api/sockets": thing(
        shards=listed(
            thing(
                lease=ref(Lease), count=WHOLE,
                page=thing(items=listed(ref(shown.ShownSocket)), cursor=NULLABLE),
            )
        ),
        only={"anyOf": [WHOLE, {"type": "null"}]}, text=STRING, wanted=NULLABLE,
        events=listed(ref(SocketEvent)),
    ),
    "/panel/api/notices": thing(alerts=listed(ref(told.ShownAlert)), cursor=NULLABLE),
    "/panel/api/dead-letters": thing(
        messages=listed(ref(given_up.ShownDeadLetter)), cursor=NULLABLE,
        letters=listed(ref(given_up.ShownDeadLetter)), problem=NULLABLE,
        alike=listed(ref(bulk.Alike)),
    ),
    "/panel/api/dead-letters/{deed}": {
        "anyOf": [
            thing(action=STRING, outcome=STRING),
            {"allOf": [thing(action=STRING), ref(bulk.Bulk)]},
        ]
    },
    "/panel/api/health": thing(
        connectors=listed(HELD), checks=listed(ref(checks.Check)),
        doctor=ref(examined.ShownFindings), limits=WORDS, versions=WORDS,
        audited={"anyOf": [listed(ref(Audited)), {"type": "null"}]},
    ),
    "/panel/api/people/{contact_id}/{action}": thing(action=STRING, outcome=STRING)
    | {"properties": {"action": STRING, "outcome": STRING, "number": NULLABLE}},
}  # fmt: skip
"""What each answers with 200."""


def described() -> dict[str, Any]:
    """The document as it should be: its paths as they are, its schemas anew."""
    document: dict[str, Any] = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    document["components"]["schemas"] = {each.__name__: record(each) for each in RECORDS}
    for path, schema in ANSWERS.items():
        for method in document["paths"][path].values():
            method["responses"]["200"]["content"]["application/json"]["schema"] = schema
    return document


if __name__ == "__main__":
    DESCRIPTION.write_text(json.dumps(described(), indent=2, ensure_ascii=False) + "\n")
