"""The people's phones, and the switches of the faults."""

import asyncio
import json

import httpx
import pytest

from conversation.errors import Refused
from infra.local.page.phones import LONGEST_TEXT, PLACE, Phones
from infra.local.page.reach import Simulator
from infra.local.page.switches import Switches

ANA = "+12025550143"


class Recording:
    """Answers from a table and remembers what was asked."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = []

    def __call__(self, request):
        document = json.loads(request.content) if request.content else None
        self.asked.append((request.method, request.url.raw_path.decode(), document))
        return httpx.Response(200, json=self.answers.get(request.method, {}))

    def simulator(self):
        return Simulator("http://t", transport=httpx.MockTransport(self))


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"text": "¿Qué tal? 👋\n+"}, {"body": "¿Qué tal? 👋\n+"}),
        ({"kind": "picture"}, {"media": [{"content_type": "image/jpeg"}]}),
        ({"kind": "location"}, {"location": PLACE}),
    ],
)
def test_what_is_said_reaches_the_persons_phone(document, said):
    twilio = Recording(POST={"sid": "SM1"})

    sid = asyncio.run(Phones(twilio.simulator()).say("+1 202 555 0143", document | {"name": "Ana"}))

    assert sid == "SM1"
    expected = said | {"profile_name": "Ana"}
    assert twilio.asked == [("POST", "/_sim/people/%2B12025550143/say", expected)]


@pytest.mark.parametrize(
    "document",
    [{}, {"text": "  \n"}, {"text": "x" * (LONGEST_TEXT + 1)}, {"kind": "video", "text": "hola"}],
)
def test_what_whatsapp_would_not_send_is_refused(document):
    twilio = Recording()

    with pytest.raises(Refused):
        asyncio.run(Phones(twilio.simulator()).say(ANA, document))
    assert twilio.asked == []


def test_a_path_cannot_be_made_of_a_number():
    with pytest.raises(Refused):
        asyncio.run(Phones(Recording().simulator()).chat("../config"))


def test_a_chat_holds_what_a_phone_shows():
    message = {
        "sid": "MM1",
        "mine": True,
        "body": "",
        "at": 5.0,
        "status": "received",
        "ticks": "blue",
        "times": {},
        "template": False,
        "error_code": None,
        "form": {"MessageType": "location", "Label": "Zócalo", "WaId": "12025550143"},
    }
    person = {"number": ANA, "typing_until": 9.5, "window_open": True, "bsuid": "US.1"}
    twilio = Recording(GET={"person": person, "messages": [message]})

    chat = asyncio.run(Phones(twilio.simulator()).chat(ANA))

    (bubble,) = chat["messages"]
    assert (bubble["kind"], bubble["label"], bubble["ticks"]) == ("location", "Zócalo", "blue")
    assert chat["typing_until"] == 9.5


def switched(agent, twilio, name, *, on):
    asyncio.run(Switches(agent.simulator(), twilio.simulator()).switch(name, on=on))


def test_a_fault_of_the_agent_is_switched_by_itself():
    agent = Recording()

    switched(agent, Recording(), "agent_slow", on=True)
    switched(agent, Recording(), "agent_slow", on=False)

    assert [document for _, _, document in agent.asked] == [
        {"answer_delay_s": 18},
        {"answer_delay_s": None},
    ]


def test_switching_one_fault_of_twilio_keeps_the_others_that_are_on():
    duplicate = {"kind": "webhook_duplicate", "times": None, "fired": 3}
    twilio = Recording(GET={"faults": [duplicate]})

    switched(Recording(), twilio, "twilio_busy", on=True)

    kinds = [fault["kind"] for fault in twilio.asked[-1][2]["faults"]]
    assert sorted(kinds) == ["too_many", "webhook_duplicate"]


def test_a_fault_that_struck_its_last_is_shown_off():
    spent = {"kind": "too_many", "times": 2, "fired": 2}
    twilio, agent = Recording(GET={"faults": [spent]}), Recording(GET={"*": {"drop": {}}})

    shown = asyncio.run(Switches(agent.simulator(), twilio.simulator()).shown())

    assert shown == {
        "agent_slow": False,
        "agent_drops": True,
        "twilio_busy": False,
        "webhook_twice": False,
    }


def test_a_real_provider_has_no_switches():
    twilio = Recording(GET={"faults": []})

    assert set(asyncio.run(Switches(None, twilio.simulator()).shown())) == {
        "twilio_busy",
        "webhook_twice",
    }
    with pytest.raises(Refused):
        asyncio.run(Switches(None, twilio.simulator()).switch("agent_slow", on=True))
