"""Our schemas and answers against the provider's published ones, where those are at hand."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from infra.local.elevenlabs.initiation import CLIENT_FRAMES
from infra.local.elevenlabs.schemas import schemas
from tests.contract.elevenlabs.conftest import AGENT

FACTS = Path(__file__).parents[4] / "shared" / "facts" / "data" / "elevenlabs"
ASYNCAPI, OPENAPI = FACTS / "agent.asyncapi.yaml", FACTS / "openapi-trimmed.json"
# Published after the AsyncAPI file: the OpenAPI's ClientEvent enum has it.
NEWER = {"agent_response_complete"}

needs_asyncapi = pytest.mark.skipif(not ASYNCAPI.exists(), reason="the AsyncAPI file is not here")
needs_openapi = pytest.mark.skipif(not OPENAPI.exists(), reason="the OpenAPI file is not here")


def published():
    """The payload schemas of the AsyncAPI by the type of the frame."""
    every = yaml.safe_load(ASYNCAPI.read_text())["components"]["schemas"]
    by_type = {}
    for schema in every.values():
        kind = schema.get("properties", {}).get("type", {}).get("const")
        if kind:
            by_type[kind] = schema
    return by_type, every


def resolved(schema, every):
    while "$ref" in schema:
        schema = every[schema["$ref"].rpartition("/")[2]]
    return schema


def disagreements(ours, theirs, every, path=""):
    """Where a required field of theirs is not required by ours, or a field of theirs unknown."""
    theirs = resolved(theirs, every)
    if theirs.get("type") != "object" or "properties" not in theirs:
        return
    if "properties" not in ours:
        ours = next((option for option in ours.get("anyOf", []) if "properties" in option), ours)
    if "properties" not in ours:
        return  # an object that we pass on as it is
    if set(theirs.get("required", [])) != set(ours.get("required", [])):
        yield f"{path}: required {theirs.get('required')} against {ours.get('required')}"
    for name, field in theirs["properties"].items():
        if name not in ours["properties"]:
            yield f"{path}.{name}: unknown to us"
        else:
            yield from disagreements(ours["properties"][name], field, every, f"{path}.{name}")


@needs_asyncapi
@pytest.mark.parametrize("side", ["server", "client"])
def test_our_schemas_have_the_names_and_required_fields_of_the_asyncapi(side):
    by_type, every = published()

    found = [
        difference
        for kind, ours in schemas("convai", side).items()
        if kind not in NEWER
        for difference in disagreements(ours, by_type[kind], every, kind)
    ]

    assert found == []


@needs_asyncapi
def test_every_client_frame_of_the_asyncapi_is_known():
    document = yaml.safe_load(ASYNCAPI.read_text())
    messages = document["channels"]["AgentMessages"]["subscribe"]["message"]["oneOf"]
    every = document["components"]
    names = set()
    for message in messages:
        payload = every["messages"][message["$ref"].rpartition("/")[2]]["payload"]
        schema = resolved(payload, every["schemas"])
        names.add(schema["properties"].get("type", {}).get("const"))

    assert names - {None} == set(schemas("convai", "client"))


def test_what_the_server_demands_of_a_frame_is_what_the_schema_demands():
    demanded = {kind: {"type", *fields} for kind, fields in CLIENT_FRAMES.items()}

    ours = schemas("convai", "client")
    assert demanded == {kind: set(ours[kind]["required"]) for kind in demanded}
    assert set(ours) - set(demanded) == {"conversation_initiation_client_data"}


@pytest.mark.parametrize("dialect", ["convai", "classic"])
@pytest.mark.parametrize("side", ["server", "client"])
def test_our_schemas_are_schemas(dialect, side):
    for schema in schemas(dialect, side).values():
        jsonschema.Draft202012Validator.check_schema(schema)


@needs_openapi
def test_the_answers_fit_the_openapi(live):
    document = json.loads(OPENAPI.read_text())
    body = {"call_name": "c", "agent_id": AGENT, "recipients": [{"phone_number": "+57300"}]}
    batch = live.http.post("/v1/convai/batch-calling/submit", json=body).json()
    live.until(lambda: live.world.store.all("conversation"))
    live.until(lambda: not live.world.calls.running())
    detail = live.http.get(f"/v1/convai/batch-calling/{batch['id']}").json()
    name = detail["recipients"][0]["conversation_id"]
    get = {
        "BatchCallDetailedResponse": f"/batch-calling/{batch['id']}",
        "WorkspaceBatchCallsResponse": "/batch-calling/workspace",
        "GetConversationResponseModel": f"/conversations/{name}",
        "GetConversationsPageResponseModel": "/conversations",
        "GetConversationSummaryResponseModel": f"/conversations/{name}/summary",
        "ConversationSignedUrlResponseModel": f"/conversation/get-signed-url?agent_id={AGENT}",
    }

    jsonschema.validate(batch, part(document, "BatchCallResponse"))
    for schema, path in get.items():
        answer = live.http.get(f"/v1/convai{path}").json()
        jsonschema.validate(answer, part(document, schema))
    wrong = live.http.post("/v1/convai/batch-calling/submit", json={})
    assert wrong.status_code == 422
    jsonschema.validate(wrong.json(), part(document, "HTTPValidationError"))


def part(document, name):
    """One schema of the OpenAPI with all that it refers to."""
    return {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
