"""How people are looked for."""

from datetime import UTC, datetime, timedelta

import pytest

from conversation.identifiers import ContactId
from conversation.overview import Row
from conversation.state import Status
from functions.panel.look import Looking, as_number, named
from functions.panel.shown import Tab


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+57 313 853 9155", "+57 313 853 9155"),
        ("573138539155", "+573138539155"),
        ("0057 3138539155", "+57 3138539155"),
        ("whatsapp:+573138539155", "+573138539155"),
        ("Ana", None),
        ("Ana 3138539155", None),
        ("123", None),
        ("", None),
    ],
)
def test_a_number_is_told_from_a_name(text, number):
    assert as_number(text) == number


def test_any_of_a_persons_names_may_be_searched_for():
    rows = [
        Row(contact_id=ContactId(name), status=Status.ACTIVE, client_name=name)
        for name in ("Ana Ríos", "Mariana Gil", "Luis Ana", "")
    ]

    assert [row.client_name for row in named(rows, "ana")] == ["Ana Ríos", "Luis Ana"]


class Counted:
    """Lists of so many, and how often each was counted."""

    def __init__(self, **many):
        self.many, self.asked = many, []

    def count(self, status):
        self.asked.append(status.value)
        return self.many.get(status.value, 0)

    def waiting(self, _shards, _before, *, limit):
        self.asked.append("late")
        return dict.fromkeys(range(limit and self.many.get("late", 0)))


def test_a_short_list_is_counted_again_soon_and_a_long_one_later():
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    shelf = Counted(waiting_person=1000, needs_attention=3)
    looking = Looking(shelf=shelf, desk=None, audit=None, shards=4, pepper="p")

    first = looking.counts(now)
    shelf.asked.clear()
    shelf.many["needs_attention"] = 4
    again = looking.counts(now + timedelta(seconds=3))
    later = set(shelf.asked)
    looking.counts(now + timedelta(minutes=2))

    assert (first[Tab.NEEDS_ATTENTION], again[Tab.NEEDS_ATTENTION]) == (3, 4)
    assert set(first) == set(Tab)
    assert "waiting_person" not in later
    assert "waiting_person" in shelf.asked
