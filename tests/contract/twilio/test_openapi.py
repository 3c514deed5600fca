"""What the stand-in answers is what Twilio's own OpenAPI describes."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft4Validator

FACTS = Path(__file__).parents[4] / "shared" / "facts" / "data" / "twilio"
PATH = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
ONE = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"
TYPING = "/v2/Indicators/Typing.json"
ANA = "whatsapp:+5215512345678"
AUTH = ("AC" + "a" * 32, "12345")

pytestmark = pytest.mark.skipif(not FACTS.is_dir(), reason="Twilio's OpenAPI is not at hand")


@pytest.fixture(scope="module")
def faults_in():
    """The faults of an answer, by the schema of its path, method and status."""
    messages = json.loads((FACTS / "twilio_api_v2010_messages.openapi.json").read_text())
    typing = json.loads((FACTS / "twilio_messaging_v2_typing.openapi.json").read_text())
    schemas = strict(messages["components"]["schemas"])

    def check(path, method, answer):
        document = typing if path == TYPING else messages
        found = document["paths"][path][method]["responses"][str(answer.status_code)]
        schema = strict(found["content"]["application/json"]["schema"])
        validator = Draft4Validator({**schema, "components": {"schemas": schemas}})
        return [error.message for error in validator.iter_errors(answer.json())]

    return check


def strict(schema):
    """OpenAPI's `nullable` in JSON Schema's words, and every described field required."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: strict(value) for name, value in schema.items() if name != "example"}
    if "properties" in plain and plain.get("type") == "object":
        plain |= {"required": sorted(plain["properties"]), "additionalProperties": False}
    if plain.pop("nullable", False) and isinstance(plain.get("type"), str):
        plain["type"] = [plain["type"], "null"]
    return plain


def test_a_created_message_is_as_described(sim, faults_in):
    assert faults_in(PATH, "post", sim.send(ANA)) == []


def test_a_message_of_a_service_is_as_described(sim, faults_in):
    answer = sim.send(ANA, From=None, MessagingServiceSid="MG" + "c" * 32)

    assert faults_in(PATH, "post", answer) == []


def test_a_fetched_failure_is_as_described(sim, faults_in):
    url = sim.send(ANA).json()["uri"]
    sim.eventually(lambda: sim.http.get(url, auth=AUTH).json()["error_code"])

    assert faults_in(ONE, "get", sim.http.get(url, auth=AUTH)) == []


def test_every_page_of_a_list_is_as_described(sim, faults_in):
    for number in range(3):
        sim.say("+5215512345678", f"n {number}")
    url = PATH.format(AccountSid=AUTH[0]) + "?PageSize=2"

    first = sim.http.get(url, auth=AUTH)
    second = sim.http.get(first.json()["next_page_uri"], auth=AUTH)

    assert faults_in(PATH, "get", first) == []
    assert faults_in(PATH, "get", second) == []
    assert second.json()["previous_page_uri"] is not None


def test_typing_is_as_described(sim, faults_in):
    sid = sim.say("+5215512345678")["sid"]
    form = {"channel": "whatsapp", "messageId": sid}

    answer = sim.http.post(TYPING, data=form, auth=AUTH)

    assert faults_in(TYPING, "post", answer) == []


def test_the_check_itself_finds_a_wrong_answer(sim, faults_in):
    answer = sim.send(ANA)
    wrong = answer.json() | {"status": "dispatched", "sid": "nope"}

    class Wrong:
        status_code = 201

        def json(self):
            return wrong

    assert len(faults_in(PATH, "post", Wrong())) == 3
