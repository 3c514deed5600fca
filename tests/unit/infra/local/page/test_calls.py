"""The campaign: what is asked of ElevenLabs, and what is made of its answers."""

import asyncio
import json

import httpx
import pytest

from conversation.errors import Permanent, Refused, Transient
from infra.local.page.calls import Callee, Campaign, Phase, called, read_callees
from infra.local.page.reach import Simulator


def a_simulator(answer):
    return Simulator("http://e", {"xi-api-key": "k"}, httpx.MockTransport(answer))


def a_recipient(status="completed", **variables):
    return {
        "phone_number": "+12025550143",
        "status": status,
        "conversation_id": "conv_1",
        "conversation_initiation_client_data": {"dynamic_variables": {"name": "Ana"} | variables},
    }


def test_people_are_called_with_their_name_and_facts_as_variables():
    seen = []

    def answer(request):
        seen.append((request.url.path, request.headers["xi-api-key"], json.loads(request.content)))
        return httpx.Response(200, json={"id": "btcal_1"})

    people = [Callee("Ana", "+12025550143", {"pedido": "7431"})]
    asyncio.run(Campaign(a_simulator(answer)).call("agent_1", people))

    ((path, key, document),) = seen
    assert (path, key) == ("/v1/convai/batch-calling/submit", "k")
    assert document["agent_id"] == "agent_1"
    assert document["recipients"] == [
        {
            "phone_number": "+12025550143",
            "conversation_initiation_client_data": {
                "dynamic_variables": {"pedido": "7431", "name": "Ana"}
            },
        }
    ]


@pytest.mark.parametrize(
    ("status", "conversation", "phase"),
    [
        ("pending", {}, Phase.WAITING),
        ("dispatched", {}, Phase.DIALING),
        ("initiated", {"status": "initiated"}, Phase.DIALING),
        ("in_progress", {"status": "in-progress"}, Phase.TALKING),
        ("completed", {"status": "processing"}, Phase.PROCESSING),
        ("completed", {"status": "done"}, Phase.ENDED),
        ("voicemail", {"status": "done"}, Phase.VOICEMAIL),
        ("failed", {}, Phase.UNANSWERED),
        ("cancelled", {}, Phase.CANCELLED),
        ("something new", {}, Phase.WAITING),
    ],
)
def test_a_call_is_told_in_words_of_people(status, conversation, phase):
    assert called("+1", a_recipient(status), conversation).phase is phase


def test_the_transcript_and_the_summary_are_shown_when_they_are_there():
    conversation = {
        "status": "done",
        "metadata": {"call_duration_secs": 48},
        "analysis": {"transcript_summary": "Se habló del pedido."},
        "transcript": [
            {"role": "agent", "message": "Hola"},
            {"role": "agent", "message": None},
            {"role": "user", "message": "Dígame"},
        ],
    }

    found = called("+1", a_recipient(), conversation)

    assert found.lines == (("agent", "Hola"), ("user", "Dígame"))
    assert (found.seconds, found.summary, found.name) == (48, "Se habló del pedido.", "Ana")


def test_of_two_campaigns_to_one_number_the_newest_counts_and_the_finished_is_asked_once():
    asked = []
    batches = {"new": [a_recipient(pedido="2")], "old": [a_recipient("failed")]}

    def answer(request):
        asked.append(request.url.path)
        name = request.url.path.rpartition("/")[2]
        if name == "workspace":
            return httpx.Response(200, json={"batch_calls": [{"id": one} for one in batches]})
        if name in batches:
            return httpx.Response(200, json={"recipients": batches[name]})
        return httpx.Response(200, json={"status": "done", "transcript": []})

    async def look_twice():
        campaign = Campaign(a_simulator(answer))
        return await campaign.progress(), await campaign.progress()

    first, second = asyncio.run(look_twice())

    assert [one.phase for one in first] == [Phase.ENDED]
    assert first == second
    assert asked.count("/v1/convai/conversations/conv_1") == 1


def test_numbers_are_taken_as_people_write_them():
    (callee,) = read_callees([{"name": " Ana ", "number": "+1 (202) 555-0143", "facts": {}}])

    assert (callee.name, callee.number) == ("Ana", "+12025550143")


def test_a_fact_without_a_value_is_no_fact():
    (callee,) = read_callees(
        [{"number": "+12025550143", "facts": {"mi pedido": " 7431 ", "nada": ""}}]
    )

    assert callee.facts == {"mi_pedido": "7431"}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (None, "people"),
        ([], "people"),
        ([{}] * 21, "people"),
        (["Ana"], "people"),
        ([{"number": "hola"}], "number"),
        ([{"number": "US.13491208655302741918"}], "number"),
        ([{"number": "+12025550143", "facts": {"a-b": "1"}}], "facts"),
        ([{"number": "+12025550143", "facts": {"a": "x" * 201}}], "facts"),
        ([{"number": "+12025550143", "facts": ["a"]}], "facts"),
    ],
)
def test_what_cannot_be_called_is_refused_with_its_reason(document, reason):
    with pytest.raises(Refused) as refusal:
        read_callees(document)

    assert refusal.value.reason == reason


def refusing_to_connect(_request):
    raise httpx.ConnectError("nobody there")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusing_to_connect, Transient),
        (lambda _: httpx.Response(503), Transient),
        (lambda _: httpx.Response(422, json={}), Permanent),
    ],
)
def test_a_simulator_in_trouble_is_told_by_the_remedy(answer, error):
    with pytest.raises(error):
        asyncio.run(Campaign(a_simulator(answer)).agents())
