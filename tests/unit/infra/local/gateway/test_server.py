"""The gateway answers as API Gateway does."""

import asyncio
import base64
import threading

import httpx
import pytest

from infra.local.gateway import server as module
from infra.local.gateway.functions import FUNCTIONS
from infra.local.gateway.http_events import MAX_BODY_BYTES
from infra.local.gateway.invocation import Failed, Returned
from infra.local.gateway.server import Application


def asked(call, method="POST", path="/twilio/whatsapp", **more):
    async def ask():
        transport = httpx.ASGITransport(Application(call))
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            return await client.request(method, path, **more)

    return asyncio.run(ask())


def echoing(seen):
    def call(function, event):
        seen.append((function, event))
        return Returned({"statusCode": 200, "body": "<Response/>"})

    return call


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/twilio/whatsapp", "twilio_webhook"),
        ("/twilio/status", "delivery_status"),
        ("/elevenlabs/post-call", "post_call_webhook"),
    ],
)
def test_each_path_calls_its_function(path, name):
    seen = []

    response = asked(echoing(seen), path=path, data={"Body": "hola"})

    assert (response.status_code, response.text) == (200, "<Response/>")
    assert seen[0][0] is FUNCTIONS[name]


def test_a_form_and_its_query_reach_the_function_as_they_were_sent():
    seen = []

    asked(echoing(seen), path="/twilio/whatsapp?id=a%2Fb", data={"Body": " + 😀 ", "Empty": ""})

    event = seen[0][1]
    assert event["rawQueryString"] == "id=a%2Fb"
    assert base64.b64decode(event["body"]) == b"Body=+%2B+%F0%9F%98%80+&Empty="


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/twilio/whatsapp"), ("POST", "/"), ("POST", "/twilio/whatsapp/"), ("GET", "/x")],
)
def test_any_other_route_is_not_found(method, path):
    response = asked(echoing([]), method, path)

    assert (response.status_code, response.json()) == (404, {"message": "Not Found"})


def test_a_function_that_fails_is_an_internal_error():
    response = asked(lambda *_: Failed("ValueError", "", ()))

    assert (response.status_code, response.json()) == (500, {"message": "Internal Server Error"})


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 5_000_000])
def test_what_is_too_large_is_refused_and_reaches_no_function(size):
    # 5 MB are within API Gateway's limit and, in base64, beyond Lambda's.
    seen = []

    response = asked(echoing(seen), content=b"x" * size)

    assert response.status_code == 413
    assert seen == []


def test_a_function_is_not_waited_for_longer_than_api_gateway_waits(monkeypatch):
    monkeypatch.setattr(module, "INTEGRATION_TIMEOUT_S", 0.01)
    answered = threading.Event()

    def slow(*_):
        answered.wait(0.2)
        return Returned(None)

    response = asked(slow)
    answered.set()

    assert (response.status_code, response.json()) == (503, {"message": "Service Unavailable"})
