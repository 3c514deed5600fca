"""What the connector is doing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from conversation.doorbells import shard_of
from tests.integration.functions.panel.visits import NUMBER, OWNER


def test_looking_at_sockets_asks_their_owner_how_they_are(panel, tables, a_conversation, rung):
    from conversation.adapters.tables.commands import CommandTable
    from conversation.doorbells import shard_of
    from conversation.overview import Reported

    now, shard = datetime.now(UTC), shard_of(OWNER, 4)
    tables.leases(fleet="connectors", name=f"shard#{shard}", owner="c-1", epoch=3).save()
    a_conversation(open_on=str(shard), session_opened_at=now, epoch=3)

    panel.enter().get("/panel/api/sockets")
    ((target, key),) = rung("inbox")
    told = Reported(contact_id=OWNER, state="ready", age_s=1.0, ping_s=2.0, turns=5, sessions=2)
    CommandTable(tables).done(target, key, "done", now, [told])
    panel.get("/panel/api/sockets")
    shards = json.loads(panel.get("/panel/api/sockets")["body"])["shards"]

    assert target == f"shard#{shard}"
    assert rung("inbox") == [], "it is not asked again at once"
    (socket,) = (item for each in shards for item in each["page"]["items"])
    assert (socket["turns"], socket["reconnects"], socket["live"]) == (5, 1, True)


def test_a_socket_is_found_by_its_number_however_many_are_open(panel, tables, a_conversation):
    now, shard = datetime.now(UTC), shard_of(OWNER, 4)
    tables.leases(fleet="connectors", name=f"shard#{shard}", owner="c-1", epoch=3).save()
    for n in range(27):  # open for longer, and so before it in the shard's list
        at = now - timedelta(minutes=30 - n)
        tables.state(
            contact_id=f"{n:026}", open_on=str(shard), session_opened_at=at, epoch=3,
        ).save()  # fmt: skip
    a_conversation(open_on=str(shard), session_opened_at=now, epoch=3)
    panel.enter()

    told = json.loads(panel.get(f"/panel/api/sockets?{urlencode({'q': NUMBER})}")["body"])

    (found,) = (item for each in told["shards"] for item in each["page"]["items"])
    assert (found["contact_id"], found["live"]) == (OWNER, True)
    assert [each["count"] for each in told["shards"]] == [28]
