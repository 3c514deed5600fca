"""Who is where: what is looked for in the lists, and how they go on."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from conversation.doorbells import shard_of
from conversation.names import folded, initial
from tests.integration.functions.panel.visits import OWNER


@pytest.mark.parametrize(
    "written",
    ["+573138539155", "573138539155", "+57 313 853-9155", "(+57) 313.853.9155", "00573138539155"],
)
def test_a_number_is_found_however_it_is_written(panel, a_conversation, written):
    a_conversation(status="closed")

    answer = panel.enter().get(f"/panel/api/conversations?{urlencode({'q': written})}")

    (row,) = json.loads(answer["body"])["list"]["rows"]
    assert row["contact_id"] == OWNER


def names_found(panel, q, tab="needs_attention", **more):
    query = urlencode({"q": q, "tab": tab} | more)
    found = json.loads(panel.enter().get(f"/panel/api/conversations?{query}")["body"])["list"]
    return [row["name"] for row in found["rows"]], found["cursor"]


def found_by(name):
    return {"name_initial": initial(name), "name_folded": folded(name)}


@pytest.mark.parametrize("prefix", ["ana", "ANA", "aná  ri", "  an"])
@pytest.mark.parametrize("tab", ["needs_attention", "active"])
def test_a_name_is_found_by_how_it_begins_in_whatever_list_it_is(
    panel, a_conversation, prefix, tab
):
    a_conversation(**found_by("Ana Ríos"))
    a_conversation("+573138539156", "Mariana", **found_by("Mariana"))

    assert names_found(panel, prefix, tab) == (["Ana Ríos"], None)


def test_names_are_found_a_page_at_a_time_in_their_order(panel, a_conversation):
    for n in range(30):
        name = f"Ana {n:02}"
        a_conversation(f"+5731385391{n:02}", name, **found_by(name))

    first, cursor = names_found(panel, "ana")
    rest, end = names_found(panel, "ana", cursor=cursor)

    assert [*first, *rest] == [f"Ana {n:02}" for n in range(30)]
    assert (len(first), end) == (25, None)


@pytest.mark.parametrize("prefix", ["rios", "Ríos"])
def test_a_second_name_is_found_among_the_latest_of_the_list(panel, a_conversation, prefix):
    a_conversation(**found_by("Ana Ríos"))

    assert names_found(panel, prefix) == (["Ana Ríos"], None)
    assert names_found(panel, prefix, "active") == ([], None)


def test_a_list_goes_on_where_it_ended(panel, a_conversation):
    for n in range(27):
        a_conversation(f"+5731385391{n:02}", f"P{n}")
    panel.enter()

    first = json.loads(panel.get("/panel/api/conversations?tab=needs_attention")["body"])["list"]
    query = urlencode({"tab": "needs_attention", "cursor": first["cursor"]})
    second = json.loads(panel.get(f"/panel/api/conversations?{query}")["body"])["list"]

    names = [row["name"] for row in first["rows"] + second["rows"]]
    assert len(first["rows"]) == 25
    assert sorted(names) == sorted(f"P{n}" for n in range(27))
    assert second["cursor"] is None


def test_a_list_shows_what_was_said_last_of_all_at_once(panel, tables, a_conversation):
    owners = [a_conversation(number=f"+57313853{n:04d}", text=f"texto {n}") for n in range(3)]
    for owner in owners[:2]:  # of the third a release before stored no key
        *_, last = tables.messages.query(owner)
        key = tables.state.last_message_key
        tables.state(contact_id=owner).update([key.set(last.message_key)])
    panel.enter()

    found = json.loads(panel.get("/panel/api/conversations?tab=needs_attention")["body"])

    said = {row["contact_id"]: row["last"]["text"] for row in found["list"]["rows"]}
    assert said == {owner: f"texto {n}" for n, owner in enumerate(owners)}


def test_who_has_waited_too_long_has_a_list(panel, tables, a_conversation):
    owner = a_conversation(text="¿Hay alguien?")
    (message,) = [m for m in tables.messages.query(owner) if m.direction == "inbound"]
    pending = f"in#{shard_of(owner, 4)}"
    message.update(
        [
            tables.messages.state.set("NEW"),
            tables.messages.pending.set(pending),
            tables.messages.pending_since.set(message.sent_at),
        ]
    )
    panel.enter()

    page = panel.get("/panel/conversations?tab=late")

    assert "¿Hay alguien?" in page["body"]


def test_a_place_in_another_list_is_refused(panel, a_conversation):
    for n in range(27):
        a_conversation(f"+5731385391{n:02}")
    panel.enter()
    cursor = json.loads(panel.get("/panel/api/conversations?tab=needs_attention")["body"])["list"][
        "cursor"
    ]

    for wrong in (cursor, "nonsense", "e30="):
        query = urlencode({"tab": "closed", "cursor": wrong})
        assert panel.get(f"/panel/conversations?{query}")["statusCode"] == 400


def cursor_of(**key):
    plain = {
        name: value if isinstance(value, dict) else {"S": value} for name, value in key.items()
    }
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"contact_id": None},
        {"last_message_at": None},
        {"contact_id": {"N": "1"}},
        {"contact_id": {"S": "A", "N": "1"}},
        {"contact_id": ""},
        {"contact_id": "A" * 3000},
        {"else": "x"},
        {"status": "closed"},
    ],
)
def test_a_place_that_somebody_made_up_is_refused(panel, changes):
    key = {"status": "active", "contact_id": OWNER, "last_message_at": "2026-11-27T12:00:00+0000"}
    made_up = {name: value for name, value in (key | changes).items() if value is not None}
    panel.enter()

    good, bad = (
        panel.get(
            f"/panel/conversations?{urlencode({'tab': 'active', 'cursor': cursor_of(**each)})}"
        )
        for each in (key, made_up)
    )

    assert (good["statusCode"], bad["statusCode"]) == (200, 400)


@pytest.mark.parametrize(
    "path",
    [f"/panel/people/{'A' * 3000}", f"/panel/people/{'A' * 65}/transcript"],
)
def test_an_id_that_is_too_long_for_one_is_nobodys(panel, path):
    assert panel.enter().get(path)["statusCode"] == 404


@pytest.mark.parametrize("path", ["/panel/people/{}?before={}", "/panel/notices?cursor={1}"])
def test_a_place_that_is_too_long_for_one_is_only_a_place(panel, a_conversation, path):
    owner = a_conversation()

    assert panel.enter().get(path.format(owner, "x" * 3000))["statusCode"] == 200


@pytest.mark.parametrize("digits", ["12345678", "+999999999999999", "9" * 300])
@pytest.mark.parametrize("page", ["conversations", "sockets"])
def test_digits_that_are_nobodys_number_find_nobody(panel, a_conversation, page, digits):
    a_conversation(open_on="0", session_opened_at=datetime.now(UTC), epoch=3)

    answer = panel.enter().get(f"/panel/{page}?{urlencode({'q': digits, 'lang': 'en'})}")

    assert answer["statusCode"] == 200
    assert "data-row" not in answer["body"]
