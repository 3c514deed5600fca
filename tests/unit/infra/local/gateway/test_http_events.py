"""Events and responses of API Gateway's HTTP API, as AWS documents payload format 2.0."""

import base64
from datetime import UTC, datetime

import pytest

from infra.local.gateway.functions import Http
from infra.local.gateway.http_events import Request, http_event, response_from

WEBHOOK = Http("POST", "/twilio/whatsapp")
NOW = datetime(2020, 3, 12, 19, 3, 58, tzinfo=UTC)


def an_event(body=b"", query="", headers=(), method="POST"):
    request = Request(
        method=method,
        raw_path="/twilio/whatsapp",
        raw_query=query,
        headers=(("Host", "api.example.com"), *headers),
        body=body,
        client_ip="192.0.2.1",
    )
    return http_event(request, WEBHOOK, now=NOW, request_id="id-1")


def test_an_event_has_the_shape_that_aws_documents():
    event = an_event(
        body=b'{"a": 1}',
        query="parameter1=value1&parameter1=value2&parameter2=value",
        headers=(
            ("Content-Type", "application/json"),
            ("User-Agent", "agent"),
            ("Header1", "value1"),
            ("header1", "value2"),
            ("Cookie", "cookie1=a; cookie2=b"),
        ),
    )

    assert event == {
        "version": "2.0",
        "routeKey": "POST /twilio/whatsapp",
        "rawPath": "/twilio/whatsapp",
        "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=value",
        "cookies": ["cookie1=a", "cookie2=b"],
        "headers": {
            "host": "api.example.com",
            "content-type": "application/json",
            "user-agent": "agent",
            "header1": "value1,value2",
        },
        "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "value"},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "api.example.com",
            "domainPrefix": "api",
            "http": {
                "method": "POST",
                "path": "/twilio/whatsapp",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "agent",
            },
            "requestId": "id-1",
            "routeKey": "POST /twilio/whatsapp",
            "stage": "$default",
            "time": "12/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1584039838000,
        },
        "body": '{"a": 1}',
        "isBase64Encoded": False,
    }


def test_a_form_travels_in_base64():
    form = b"Body=+hola+%2B+%F0%9F%98%80&Empty="

    event = an_event(form, headers=(("content-type", "application/x-www-form-urlencoded"),))

    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == form


def test_a_query_is_kept_as_it_was_written():
    event = an_event(query="id=a%2Fb+c&blank=")

    assert event["rawQueryString"] == "id=a%2Fb+c&blank="
    assert event["queryStringParameters"] == {"id": "a/b c", "blank": ""}


def test_what_calls_itself_text_and_is_none_travels_in_base64():
    event = an_event(b"\xff\xfe", headers=(("content-type", "text/plain"),))

    assert event["isBase64Encoded"] is True


@pytest.mark.parametrize("absent", ["body", "cookies", "queryStringParameters"])
def test_what_a_request_has_not_is_absent(absent):
    assert absent not in an_event()


def test_a_result_with_a_status_is_the_response():
    response = response_from(
        {
            "statusCode": 200,
            "headers": {"Content-Type": "text/xml"},
            "cookies": ["a=1", "b=2"],
            "body": "<Response/>",
        }
    )

    assert (response.status, response.body) == (200, b"<Response/>")
    assert response.headers == (
        ("content-type", "text/xml"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
    )


def test_a_result_in_base64_is_decoded():
    result = {"statusCode": "201", "body": base64.b64encode(b"\x00\xff").decode()}

    response = response_from(result | {"isBase64Encoded": True})

    assert (response.status, response.body) == (201, b"\x00\xff")


@pytest.mark.parametrize(
    ("result", "body"), [({"a": 1}, b'{"a": 1}'), ("text", b"text"), (None, b"null")]
)
def test_a_result_without_a_status_is_the_body(result, body):
    response = response_from(result)

    assert (response.status, response.body) == (200, body)
    assert response.headers == (("content-type", "application/json"),)


@pytest.mark.parametrize(
    "broken",
    [
        {"statusCode": "many"},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "body": "%%%", "isBase64Encoded": True},
    ],
)
def test_a_malformed_result_is_an_internal_error(broken):
    response = response_from(broken)

    assert (response.status, response.body) == (500, b'{"message":"Internal Server Error"}')
