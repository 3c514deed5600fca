"""How people are looked for."""

import pytest

from conversation.identifiers import ContactId
from conversation.overview import Row
from conversation.state import Status
from functions.panel.look import as_number, named


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
