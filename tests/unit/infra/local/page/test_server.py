"""The page's server: what it serves, and whom it refuses."""

import asyncio
import json

import httpx
import pytest

from infra.local.page.server import HEADERS, create_app
from infra.local.page.site import PageSettings, Site


def a_site(logs, **words):
    settings = PageSettings("k", "pepper", "whatsapp:+14155238886", "Hilo", "agent_1")
    return Site(logs=logs, settings=settings, **words)


def asked(app, method="GET", path="/", host="127.0.0.1", **more):
    async def ask():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            return await client.request(method, path, **more)

    return asyncio.run(ask())


@pytest.fixture
def app(tmp_path):
    return create_app(a_site(tmp_path, elevenlabs_url="http://e", twilio_url="http://t"))


@pytest.fixture
def real(tmp_path):
    return create_app(a_site(tmp_path, calls_simulated=False, phones_simulated=False))


@pytest.mark.parametrize("path", ["/", "/static/main.js", "/static/nothing.js", "/api/nothing"])
def test_every_answer_carries_the_strict_policy(app, path):
    policy = asked(app, path=path).headers["content-security-policy"]

    assert policy == HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")


def test_another_name_that_leads_here_is_refused(app):
    assert asked(app, host="evil.example").status_code == 400
    assert asked(app, host="localhost").status_code == 200


def test_a_page_of_another_origin_cannot_make_anybody_write(app):
    """What a form or a script elsewhere can post without asking first is never JSON."""
    answer = asked(
        app,
        "POST",
        "/api/phones/+12025550143/say",
        content=json.dumps({"text": "hola"}),
        headers={"content-type": "text/plain"},
    )

    assert (answer.status_code, answer.json()) == (400, {"error": "json"})


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"x" * 70_000])
def test_what_is_no_object_is_refused(app, body):
    answer = asked(
        app, "POST", "/api/calls", content=body, headers={"content-type": "application/json"}
    )

    assert answer.json() == {"error": "json"}


def test_a_real_provider_is_said_to_be_real(real):
    about = asked(real, path="/api/about").json()

    assert (about["calls_simulated"], about["phones_simulated"]) == (False, False)
    assert about["sender"] == "+14155238886"


def test_nobody_is_called_or_written_as_where_the_provider_is_real(real):
    person = {"number": "+12025550143"}

    call = asked(real, "POST", "/api/calls", json={"agent_id": "a", "people": [person]})
    say = asked(real, "POST", "/api/phones/+12025550143/say", json={"text": "hola"})

    assert [call.json(), say.json()] == [{"error": "real"}, {"error": "real"}]
