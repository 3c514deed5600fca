"""What is posted to our webhook for a person whose Twilio cannot be told what they write."""

from urllib.parse import urlencode

import httpx
import pytest

from conversation.adapters.gateway import Request
from conversation.adapters.twilio.signature import Gate
from conversation.errors import Refused, Transient
from conversation.inbound import read_inbound
from conversation.variables import TwilioAccountSettings
from infra.local.flow.door import PATH, WebhookDoor
from infra.local.flow.ports import StepFailedError
from infra.local.twilio.records import Person

ACCOUNT = TwilioAccountSettings("AC" + "a" * 32, "whatsapp:+14155238886", "token", None)
NUMBER = "+573138539155"


@pytest.fixture
def webhook(monkeypatch):
    """Our webhook's place: what came there, answered with ``webhook.status``."""

    class Webhook:
        status = 200
        posts = []  # noqa: RUF012 - made anew for each test

    def post(url, *, data, headers, **_):
        Webhook.posts.append((url, data, headers))
        if Webhook.status is None:
            raise httpx.ReadTimeout("nothing")
        return httpx.Response(Webhook.status)

    monkeypatch.setattr(httpx, "post", post)
    return Webhook


def a_door(public_base_url="https://hilo.example.com/"):
    person = Person(key=NUMBER, number=NUMBER, bsuid="", profile_name="Ana")
    return WebhookDoor(
        account=ACCOUNT, public_base_url=public_base_url, gateway="http://127.0.0.1:1",
        person=person, look_in="/logs/gateway.jsonl",
    )  # fmt: skip


def admitted(data, headers):
    gate = Gate(
        base_url="https://hilo.example.com", path=PATH, account_sid=ACCOUNT.account_sid,
        auth_tokens=ACCOUNT.auth_tokens,
    )  # fmt: skip
    told = {name.lower(): value for name, value in headers.items()}
    told["content-type"] = "application/x-www-form-urlencoded"
    return gate.admit(Request("POST", PATH, "", told, urlencode(data).encode()))


def test_the_product_takes_it_for_twilios(webhook):
    sid = a_door().post("¿Qué tal? 🙂 + ")

    ((url, data, headers),) = webhook.posts
    inbound = read_inbound(admitted(data, headers))
    assert url == f"http://127.0.0.1:1{PATH}"
    assert (inbound.sid, inbound.content) == (sid, "¿Qué tal? 🙂 + ")
    assert data["From"] == f"whatsapp:{NUMBER}"


def test_it_is_signed_for_the_public_address(webhook):
    a_door("https://elsewhere.example.com").post("hola")

    ((_, data, headers),) = webhook.posts
    with pytest.raises(Refused):
        admitted(data, headers)


def test_a_refusal_is_a_failed_step(webhook):
    webhook.status = 403

    with pytest.raises(StepFailedError, match="it answered 403"):
        a_door().post("hola")


def test_no_answer_is_told(webhook):
    webhook.status = None

    with pytest.raises(Transient, match="no answer"):
        a_door().post("hola")
