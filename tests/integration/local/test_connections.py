"""``hilo connections``: the open sockets, read from the tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from conversation.adapters.tables.leases import LeaseTable
from conversation.contacts import contact_id_of
from conversation.doorbells import shard_of
from infra.cli.__main__ import application

NUMBER = "+573138539155"
PEPPER = "pepper"
ANA = contact_id_of(NUMBER, PEPPER)


@pytest.fixture
def a_connection(tables, monkeypatch):
    """Ana's socket, held by one connector under the present epoch of her shard."""
    monkeypatch.setenv("HILO_PEPPER", PEPPER)
    leases = LeaseTable(tables, shards=4)
    leases.found()
    shard = shard_of(ANA, 4)
    held = leases.take(leases.read(datetime.now(UTC)).leases[shard], "connector-a")
    tables.state(contact_id=ANA).update(
        [
            tables.state.phone_number.set(NUMBER),
            tables.state.agent_id.set("agent_1"),
            tables.state.elevenlabs_conversation_id.set("conv_1"),
            tables.state.epoch.set(held.epoch),
            tables.state.open_on.set(str(shard)),
            tables.state.session_opened_at.set(datetime.now(UTC)),
        ]
    )
    return held


def ask(tmp_path, *arguments):
    where = ["--data", str(tmp_path / "none"), "--env", str(tmp_path / "absent.env")]
    done = CliRunner().invoke(application(), ["connections", *arguments, *where])
    assert done.exit_code == 0, done.output
    return json.loads(done.output.strip().splitlines()[-1]), done.output


def test_open_sockets_are_shown_without_the_number(a_connection, tmp_path):
    said, shown = ask(tmp_path)

    (one,) = said["connections"]
    assert (one["session"], one["connector"], one["live"]) == ("conv_1", "connector-a", True)
    assert NUMBER not in shown


def test_one_person_can_be_asked_for_by_number(a_connection, tmp_path):
    said, _ = ask(tmp_path, NUMBER, "--json")

    assert said["has_active_connection"] is True
    assert said["connection"]["session"] == "conv_1"


def test_a_person_without_a_socket_has_none(a_connection, tmp_path):
    said, _ = ask(tmp_path, "+573138539156", "--json")

    assert (said["has_active_connection"], said["connection"]) == (False, None)


def test_the_socket_of_an_owner_that_is_gone_is_not_live(a_connection, tables, tmp_path):
    LeaseTable(tables, shards=4).take(a_connection, "connector-b")

    said, _ = ask(tmp_path)

    assert said["connections"][0]["live"] is False


def test_before_anything_ran_nothing_is_open(tables, tmp_path):
    said, shown = ask(tmp_path)

    assert said == {"ok": True, "count": 0, "connections": []}
    assert "No socket is open." in shown
