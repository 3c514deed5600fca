"""A link: what its end means, and that an older one is nobody's."""

from __future__ import annotations

from connector.closed import Closed, Kind, Refusal
from connector.link import Link, lost_of
from connector.session.words import Lost, Opened, Received


class Wire:
    def __init__(self):
        self.sent, self.closes = [], []

    def send(self, text):
        self.sent.append(text)

    def close(self, code=1000, reason=""):
        self.closes.append((code, reason))


def a_link():
    told = []
    return Link(
        "a line", lambda _line, event: told.append(event), lambda raw: f"event of {raw}"
    ), told


def test_what_happens_on_the_socket_is_told_in_the_dialogues_words():
    link, told = a_link()

    link.opened()
    link.text("{}")
    link.closed(Closed(Kind.REMOTE, "close_frame", 1000, "bye"))

    assert told == [Opened(), Received("event of {}"), Lost(1000, "bye")]


def test_a_dropped_link_tells_nothing_and_is_closed():
    link, told = a_link()
    wire = Wire()
    link.attach(wire)

    link.drop()
    link.text("{}")
    link.closed(Closed(Kind.LOCAL, "closed"))

    assert told == []
    assert wire.closes == [(1001, "")]


def test_a_link_closed_before_its_dial_is_not_wanted_any_more():
    link, _ = a_link()

    assert not link.close(1000, "idle")
    assert link.unwanted


def test_a_link_closes_its_connection_once_there_is_one():
    link, _ = a_link()
    wire = Wire()
    link.attach(wire)
    link.send("{}")

    assert link.close(1000, "idle")
    assert (wire.sent, wire.closes) == (["{}"], [(1000, "idle")])


def test_a_refused_upgrade_is_told_with_what_the_server_said():
    refusal = Refusal(429, retry_after_s=3.0, body="too many")

    assert lost_of(Closed(Kind.REFUSED, "http_429", refusal=refusal)) == Lost(
        reason="too many", http_status=429, retry_after_s=3.0
    )


def test_our_own_words_are_not_taken_for_the_servers():
    assert lost_of(Closed(Kind.TIMEOUT, "connect")) == Lost()
