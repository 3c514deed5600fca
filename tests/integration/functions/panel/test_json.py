"""The JSON beneath the pages, against its description."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import jsonschema
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from ulid import ULID

from functions.panel.rooms import DESCRIPTION
from tests.integration.functions.described import ANSWERS, described
from tests.integration.functions.panel.visits import OWNER


def test_every_route_of_the_api_is_described(panel):
    from functions.panel.wiring import application

    described = json.loads(panel.enter().get("/panel/api/openapi.json")["body"])["paths"]

    there = {
        (method.lower(), path.replace("<", "{").replace(">", "}"))
        for method, path in application().routes()
        if path.startswith("/panel/api")
    }
    assert {(method, path) for path, methods in described.items() for method in methods} == there


def test_the_schemas_are_those_of_the_records():
    """``python -m tests.integration.functions.described`` writes them anew."""
    assert json.loads(DESCRIPTION.read_text(encoding="utf-8")) == described()


def test_what_is_described_is_a_valid_document():
    validate(described())


@pytest.mark.parametrize("path", sorted(ANSWERS))
def test_every_answer_is_as_it_is_described(panel, tables, a_conversation, path):
    now = datetime.now(UTC)
    a_conversation(
        call_id="conv_1", call_ended_at=now, call_duration_secs=9, open_on="0",
        session_opened_at=now, epoch=1, dynamic_variables={"debt": 12},
    )  # fmt: skip
    tables.alerts(
        part="told", name=str(ULID()), subject="drops#", events=7, first_at=now, last_at=now,
        claimed_at=now, sent_to={"sns"},
    ).save()  # fmt: skip
    visitor = panel.enter()
    where = path.replace("{contact_id}", OWNER).replace("{action}", "reveal")
    where = where.replace("{deed}", "replay")

    if path.endswith(("{action}", "{deed}")):
        answer = visitor.post(where, {"csrf": visitor.csrf(), "id": f"{OWNER}:none"})
    else:
        answer = visitor.get(where)

    document = described()
    schema = {"$defs": document["components"]["schemas"], **ANSWERS[path]}
    plain = json.loads(json.dumps(schema).replace("#/components/schemas/", "#/$defs/"))
    assert answer["statusCode"] == 200
    jsonschema.validate(json.loads(answer["body"]), plain, Draft202012Validator)
