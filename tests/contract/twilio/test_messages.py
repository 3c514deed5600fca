"""Our own client of Twilio's REST API against the stand-in, and against connections that break."""

import socket
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from requests.exceptions import ReadTimeout

from conversation.adapters.twilio.messages import TwilioMessages
from conversation.errors import Transient
from conversation.outbox import Outgoing, Rejected
from conversation.variables import TwilioAccountSettings, TwilioApiSettings

ANA = "whatsapp:+5215512345678"
SENDER = "whatsapp:+14155238886"
ACCOUNT = "AC" + "a" * 32
TEMPLATE = "HX" + "d" * 32


@pytest.fixture
def messages_at():
    """Our client for an address."""
    made = []

    def make(url, *, token="12345", timeout_s=2.0):
        account = TwilioAccountSettings(ACCOUNT, SENDER, token, None)
        made.append(TwilioMessages(account, TwilioApiSettings(url, timeout_s)))
        return made[-1]

    yield make
    for messages in made:
        messages.close()


@pytest.fixture
def messages(sim, messages_at):
    return messages_at(sim.url)


def a_text(body="hola", **known):
    return Outgoing(
        **{
            "to": ANA, "body": body, "content_sid": None, "content_variables": None,
            "status_callback": "https://hilo.example.com/twilio/status?c=A&k=1",
        } | known
    )  # fmt: skip


def long_ago():
    return datetime.now(UTC) - timedelta(hours=1)


def test_a_text_is_posted_as_it_is_with_the_address_of_its_callback(messages, sim):
    sid = messages.send(a_text("  *¡Hola!* 👋\n1+1  "))

    posted = sim.get("/log")["requests"][-1]["form"]
    assert sid.startswith("SM")
    assert posted["Body"] == "  *¡Hola!* 👋\n1+1  "
    assert (posted["To"], posted["From"]) == (ANA, SENDER)
    assert posted["StatusCallback"] == "https://hilo.example.com/twilio/status?c=A&k=1"


def test_a_template_is_posted_without_a_text(messages, sim):
    messages.send(a_text("shown", content_sid=TEMPLATE, content_variables='{"1":"Ana","2":"X"}'))

    posted = sim.get("/log")["requests"][-1]["form"]
    assert posted["ContentSid"] == TEMPLATE
    assert posted["ContentVariables"] == '{"1":"Ana","2":"X"}'
    assert "Body" not in posted


def test_what_was_sent_is_listed_with_all_that_finding_it_takes(messages):
    sid = messages.send(a_text("uno"))

    (entry,) = messages.sent_to(ANA, long_ago())

    assert (entry.sid, entry.body, entry.to, entry.inbound) == (sid, "uno", ANA, False)
    assert abs(datetime.now(UTC) - entry.created_at) < timedelta(seconds=5)
    assert [each.sid for each in messages.sent(long_ago())] == [sid]


def test_the_list_ends_where_it_is_told_to(messages):
    messages.send(a_text())

    assert messages.sent_to(ANA, datetime.now(UTC) + timedelta(minutes=1)) == []
    assert messages.sent_to("whatsapp:+573001112233", long_ago()) == []


def test_a_list_of_several_pages_is_read_to_its_end(messages):
    sids = [messages.send(a_text(f"n {n}")) for n in range(60)]

    assert [each.sid for each in messages.sent_to(ANA, long_ago())] == sids[::-1]


def test_what_people_wrote_is_listed_without_what_we_sent(messages, sim):
    sim.say("+5215512345678", "buenas")
    messages.send(a_text())

    (entry,) = messages.received(long_ago())

    assert (entry.body, entry.from_, entry.inbound, entry.media) == ("buenas", ANA, True, 0)


def test_typing_is_shown_for_what_a_person_wrote(messages, sim):
    sim.say("+5215512345678", "buenas")
    (entry,) = messages.received(long_ago())

    messages.show_typing(entry.sid)

    assert sim.get("/log")["requests"][-1]["path"] == "/v2/Indicators/Typing.json"


@pytest.mark.parametrize(
    ("outgoing", "code"),
    [(a_text(" "), 21619), (a_text("x" * 1601), 21617), (a_text(to="whatsapp:+1"), 21211)],
)
def test_a_refusal_carries_twilios_code(messages, outgoing, code):
    with pytest.raises(Rejected) as refusal:
        messages.send(outgoing)

    assert refusal.value.code == code
    assert ANA not in str(refusal.value)


def test_wrong_credentials_are_a_refusal(sim, messages_at):
    with pytest.raises(Rejected) as refusal:
        messages_at(sim.url, token="wrong").send(a_text())

    assert (refusal.value.code, refusal.value.reason) == (20003, "bad_credentials")


@pytest.mark.parametrize(
    ("kind", "reason", "taken"),
    [
        ("too_many", "twilio_busy", False),
        ("error_before", "twilio_fault", True),
        ("error_after", "twilio_fault", True),
        ("reset", "twilio_unreachable", True),
        ("reset_after", "twilio_unreachable", True),
    ],
)
def test_each_fault_says_whether_the_message_may_have_been_taken(
    messages, sim, kind, reason, taken
):
    sim.faults({"kind": kind})

    with pytest.raises(Transient) as fault:
        messages.send(a_text())

    assert (fault.value.reason, fault.value.may_have_happened) == (reason, taken)
    assert len([r for r in sim.get("/log")["requests"] if r["method"] == "POST"]) == 1


def test_an_answer_that_takes_too_long_is_not_waited_for(sim, messages_at):
    sim.faults({"kind": "accept_then_timeout", "delay_s": 3})
    messages = messages_at(sim.url, timeout_s=1.0)

    with pytest.raises(Transient) as fault:
        messages.send(a_text("uno"))

    assert fault.value.may_have_happened
    assert isinstance(fault.value.__cause__, ReadTimeout)
    assert [each.body for each in messages.sent_to(ANA, long_ago())] == ["uno"]


def test_a_refused_connection_took_nothing(messages_at):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(Transient) as fault:
        messages_at(f"http://127.0.0.1:{port}").send(a_text())

    assert not fault.value.may_have_happened


@pytest.mark.parametrize("body", [b"<html>", b'{"status": "queued"}'])
def test_an_answer_that_makes_no_sense_may_mean_that_it_was_taken(messages_at, body):
    with _answering(b"HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n" + body) as url:
        messages = messages_at(url)

        with pytest.raises(Transient) as fault:
            messages.send(a_text())

    assert fault.value.reason == "twilio_unreadable"
    assert fault.value.may_have_happened


def test_nothing_of_a_request_is_logged(messages, caplog):
    caplog.set_level("DEBUG", logger="twilio")

    messages.send(a_text("un secreto"))
    messages.sent_to(ANA, long_ago())

    assert caplog.messages == []


class _answering:  # noqa: N801 - reads as the words of the test
    """A server that answers one request with these bytes."""

    def __init__(self, answer):
        self._answer = answer
        self._server = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self._thread.start()
        return f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def __exit__(self, *_):
        self._thread.join()
        self._server.close()

    def _serve(self):
        connection, _ = self._server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(self._answer)
