"""A handler is called as Lambda calls it."""

from datetime import UTC, datetime

import pytest

from conversation.errors import Permanent
from infra.local.gateway.functions import FUNCTIONS, Function, Http
from infra.local.gateway.invocation import Failed, Returned, invoke, load
from infra.local.gateway.schedule import schedule_event

FUNCTION = Function("echo", Http("POST", "/echo"), timeout_s=10, memory_mb=256)


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def called(handler, event=None, clock=None):
    return invoke(
        FUNCTION,
        event,
        request_id="request-1",
        region="us-east-1",
        handler_of=lambda _: handler,
        now=clock or Clock(),
    )


def test_what_a_handler_returns_is_the_outcome():
    assert called(lambda event, _: {"got": event}, {"a": 1}) == Returned({"got": {"a": 1}})


def test_a_handler_gets_its_context():
    seen = []

    called(lambda _, context: seen.append(context))

    (context,) = seen
    assert context.function_name == "hilo-echo"
    assert context.aws_request_id == "request-1"
    assert context.memory_limit_in_mb == "256"
    assert context.invoked_function_arn.endswith(":us-east-1:000000000000:function:hilo-echo")
    assert context.get_remaining_time_in_millis() == 10_000


def test_the_remaining_time_runs_out():
    clock = Clock()
    left = []

    def slow(_, context):
        clock.now += 11
        left.append(context.get_remaining_time_in_millis())

    outcome = called(slow, clock=clock)

    assert left == [0]
    assert isinstance(outcome, Failed)
    assert outcome.error == "Sandbox.Timedout"


def raising(error):
    def handler(_event, _context):
        raise error

    return handler


def test_an_error_is_told_by_its_name_and_place_alone():
    outcome = called(raising(ValueError("+573138539155 wrote: hola")))

    assert (outcome.error, outcome.message) == ("ValueError", "")
    assert "test_invocation.py" in outcome.where[-1]


def test_an_error_of_ours_is_told_with_its_message():
    outcome = called(raising(Permanent("set X", reason="x")))

    assert outcome.message == "set X"


@pytest.mark.parametrize("result", [b"bytes", object(), {1, 2}])
def test_a_result_that_is_no_json_is_a_failure(result):
    assert isinstance(called(lambda _event, _context: result), Failed)


def test_an_event_reaches_a_handler_as_json():
    assert called(lambda event, _: event, {"pair": (1, 2)}) == Returned({"pair": [1, 2]})


def test_a_handler_that_cannot_be_imported_is_a_failure():
    outcome = invoke(
        Function("no_such", Http("GET", "/")), {}, request_id="1", region="r", handler_of=load
    )

    assert outcome.error == "ModuleNotFoundError"


def test_every_function_has_its_own_module():
    modules = {function.module for function in FUNCTIONS.values()}

    assert len(modules) == len(FUNCTIONS)
    assert "functions.twilio_webhook.handler" in modules


def test_a_scheduled_event_has_the_shape_that_aws_documents():
    event = schedule_event(
        "my-schedule",
        region="us-east-1",
        now=datetime(2015, 10, 8, 16, 53, 6, tzinfo=UTC),
        event_id="53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
    )

    assert event == {
        "version": "0",
        "account": "000000000000",
        "region": "us-east-1",
        "detail": {},
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "time": "2015-10-08T16:53:06Z",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "resources": ["arn:aws:events:us-east-1:000000000000:rule/my-schedule"],
    }
