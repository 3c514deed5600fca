"""Doorbells: who and which key, and nothing else."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from conversation.doorbells import BellKind, Doorbell, read_doorbell, shard_of
from conversation.errors import Refused

ANA = "A" * 26
KEY = "01J00000000000000000000001"


@pytest.mark.parametrize("kind", BellKind)
@pytest.mark.parametrize("key", [KEY, f"{KEY}~001"])
def test_a_doorbell_is_read_as_it_was_rung(kind, key):
    bell = Doorbell(kind, ANA, key)

    assert read_doorbell(bell.to_json()) == bell


def test_a_doorbell_can_call_a_whole_shard():
    bell = Doorbell(BellKind.COMMAND, "shard#3", KEY)

    assert read_doorbell(bell.to_json()) == bell


def test_a_doorbell_says_who_and_which_key_and_nothing_else():
    assert set(json.loads(Doorbell(BellKind.INBOX, ANA, KEY).to_json())) == {
        "v", "kind", "contact", "key",
    }  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hola",
        "[]",
        "{}",
        "null",
        '{"kind":"inbox"}',
        json.dumps({"kind": "letter", "contact": ANA, "key": KEY}),
        json.dumps({"kind": "inbox", "contact": "+573138539155", "key": KEY}),
        json.dumps({"kind": "inbox", "contact": ANA, "key": "hola, ¿qué tal?"}),
        json.dumps({"kind": "inbox", "contact": [ANA], "key": KEY}),
        "[" * 100_000,
    ],
)
def test_anything_else_is_refused(body):
    with pytest.raises(Refused) as refused:
        read_doorbell(body)

    assert refused.value.reason == "bad_doorbell"


def test_a_contact_keeps_its_shard_and_shards_fill_evenly():
    contacts = [f"{n:026}" for n in range(4000)]
    homes = Counter(shard_of(contact, 4) for contact in contacts)

    assert homes == Counter(shard_of(contact, 4) for contact in contacts)
    assert set(homes) == {0, 1, 2, 3}
    assert min(homes.values()) > 800
