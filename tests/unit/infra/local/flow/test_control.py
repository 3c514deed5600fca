"""Asking a simulator's control API."""

import httpx
import pytest

from conversation.errors import Permanent, Transient
from infra.local.flow.control import Control


def control(answer):
    transport = httpx.MockTransport(answer)
    return Control(httpx.Client(base_url="http://simulator", transport=transport))


def refuse(_request):
    raise httpx.ConnectError("refused")


def test_what_is_asked_goes_to_the_control_path():
    seen = []

    def answer(request):
        seen.append((request.method, request.url.path, request.content))
        return httpx.Response(200, json={"ok": True})

    asked = control(answer)

    assert asked.get("/people") == {"ok": True}
    assert asked.post("/people/1/say", {"body": "hola"}) == {"ok": True}
    assert seen == [
        ("GET", "/_sim/people", b""),
        ("POST", "/_sim/people/1/say", b'{"body":"hola"}'),
    ]


def test_a_refusal_is_told_with_the_simulators_words():
    with pytest.raises(Permanent, match="404: no such person"):
        control(lambda _: httpx.Response(404, text="no such person")).get("/people/1")


def test_a_broken_connection_may_come_right():
    with pytest.raises(Transient):
        control(refuse).get("/people")


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        (lambda _: httpx.Response(200, json={"faults": []}), True),
        (lambda _: httpx.Response(404, json={"code": 20404}), False),
        (lambda _: httpx.Response(200, json=[]), False),
        (lambda _: httpx.Response(200, text="<html>"), False),
        (refuse, False),
    ],
)
def test_any_other_server_is_told_from_a_simulator(answer, known):
    assert control(answer).answers() is known
