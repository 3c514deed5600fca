"""Sessions, sign-ins under way and links: each is what it says, for as long as it says."""

from datetime import UTC, datetime, timedelta

import pytest

from conversation.errors import Refused
from functions.panel.roles import Role
from functions.panel.sessions import Sessions, session_key, ticket

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
KEY, LINK_KEY = session_key("the pepper"), "the key of links"


@pytest.fixture
def sessions():
    return Sessions(KEY, hours=10, link_key=LINK_KEY)


def test_a_session_says_who_one_is_until_it_ends(sessions):
    cookie = sessions.begin("ana", Role.OPERATOR, NOW)

    visitor = sessions.visitor(cookie, NOW + timedelta(hours=9, minutes=59))

    assert (visitor.who, visitor.role) == ("ana", Role.OPERATOR)
    with pytest.raises(Refused):
        sessions.visitor(cookie, NOW + timedelta(hours=10))


def test_every_session_has_a_token_of_its_own(sessions):
    one, other = (sessions.visitor(sessions.begin("ana", Role.ADMIN, NOW), NOW) for _ in "12")

    assert one.csrf != other.csrf


def test_a_session_that_was_changed_is_none(sessions):
    head, _, tail = sessions.begin("ana", Role.VIEWER, NOW).partition(".")

    for wrong in ("", "x", "a.b.c", f"{head}x.{tail}", f"{head}.{tail[:-4]}AAAA", "é"):
        with pytest.raises(Refused):
            sessions.visitor(wrong, NOW)


def test_an_unsigned_session_is_none(sessions):
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoic2Vzc2lvbiJ9.eyJzdWIiOiJhIiwicm9sZSI6ImFkbWluIn0."

    with pytest.raises(Refused):
        sessions.visitor(unsigned, NOW)


def test_what_is_signed_for_one_purpose_serves_no_other(sessions):
    flow = sessions.begin_flow({"state": "s", "sub": "ana", "role": "admin", "csrf": "c"}, NOW)

    with pytest.raises(Refused):
        sessions.visitor(flow, NOW)
    with pytest.raises(Refused):
        sessions.flow(sessions.begin("ana", Role.ADMIN, NOW), NOW)


def test_a_link_is_for_whom_it_was_made(sessions):
    who, role, _ = sessions.opened(ticket(LINK_KEY, "ana", Role.VIEWER, NOW), NOW)

    assert (who, role) == ("ana", Role.VIEWER)


def test_without_a_key_of_links_there_are_none():
    closed = Sessions(KEY, hours=1, link_key=None)

    with pytest.raises(Refused):
        closed.opened(ticket(LINK_KEY, "ana", Role.ADMIN, NOW), NOW)


def test_the_key_of_sessions_is_not_the_pepper():
    assert "the pepper" not in KEY
    assert session_key("another") != KEY
