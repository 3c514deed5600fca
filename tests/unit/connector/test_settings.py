"""What the connector is told, and what it says about wrong settings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connector.choices import dialogue_policy, new_worker, room_for, session_policy, ways
from connector.settings import load
from conversation.errors import MisconfiguredError
from conversation.sitting import SittingLimits

GIVEN = {
    "AWS_REGION": "eu-west-1",
    "INBOX_QUEUE_URLS": "http://q/0,http://q/1",
    "OUTBOX_QUEUE_URL": "http://q/out",
    "ELEVENLABS_API_KEY": "key",
}


def faults(**changes):
    with pytest.raises(MisconfiguredError) as told:
        load({name: value for name, value in (GIVEN | changes).items() if value is not None})
    return "\n".join(told.value.faults)


def test_all_that_is_missing_is_named_at_once():
    said = faults(AWS_REGION=None, OUTBOX_QUEUE_URL=None, ELEVENLABS_API_KEY=None)

    for name in ("AWS_REGION", "OUTBOX_QUEUE_URL", "ELEVENLABS_API_KEY"):
        assert f"{name} is missing" in said


def test_a_lease_that_one_slow_answer_would_lose_is_refused():
    assert "LEASE_TTL_S is wrong" in faults(LEASE_TTL_S="5", LEASE_TICK_S="2")


def test_what_is_not_set_has_the_defaults_of_the_design():
    settings = load(GIVEN)

    assert (settings.leases.ttl_s, settings.leases.tick_s, settings.leases.drain_s) == (8, 2, 20)
    assert (settings.health.host, settings.health.port) == ("127.0.0.1", 8080)
    assert session_policy(settings).hard_deadline_s == 120
    assert dialogue_policy(settings).debounce_s == 0.3
    assert room_for(settings, 1).sockets == 50


def test_the_original_frames_show_no_ends_so_that_no_event_shortens_the_quiet():
    shown = frozenset({"agent_response_complete", "agent_tool_request", "agent_tool_response"})
    convai, classic = (
        replace(session_policy(load(GIVEN | {"ELEVENLABS_DIALECT": name})), client_events=shown)
        for name in ("convai", "classic")
    )

    assert (convai.quiet_s, classic.quiet_s) == (1.5, 4.0)
    assert (convai.shows_tool_ends, classic.shows_tool_ends) == (True, False)


def test_the_limits_of_a_sitting_and_the_signs_of_life_are_off_unless_they_are_set():
    default = load(GIVEN)
    given = {"SITTING_MAX_TURNS": "20", "SITTING_MAX_H": "2", "USER_ACTIVITY_S": "30"}
    limited = load(GIVEN | given)

    assert dialogue_policy(default).sitting == SittingLimits(None, None)
    assert session_policy(default).keep_alive_s is None
    assert dialogue_policy(limited).sitting == SittingLimits(20, 7200)
    assert session_policy(limited).keep_alive_s == 30


def test_no_two_processes_are_one_worker_even_under_one_name():
    settings = load(GIVEN | {"CONNECTOR_ID": "blue"})

    one, other = (new_worker(settings, unique) for unique in ("01ABCDEFGH", "01ABCDEFGI"))

    assert one != other
    assert one.startswith("blue-")


class Signing:
    def signed_url(self, agent_id, *, branch_id, environment):
        return f"wss://signed/{agent_id}?b={branch_id}&e={environment}"


@pytest.mark.parametrize(
    ("auth", "url", "headers"),
    [
        ("header", "wss://api.elevenlabs.io/v1/convai/conversation?agent_id=a+1",
         {"xi-api-key": "key"}),
        ("none", "wss://api.elevenlabs.io/v1/convai/conversation?agent_id=a+1", {}),
        ("signed_url", "wss://signed/a 1?b=b1&e=None", {}),
    ],
)  # fmt: skip
def test_agents_are_reached_as_the_setting_says(auth, url, headers):
    settings = load(GIVEN | {"ELEVENLABS_AUTH": auth})

    way = ways(settings, Signing(), lambda: "key").find("a 1", branch_id="b1", environment=None)

    assert (way.url, way.headers) == (url, headers)
    assert "key" not in repr(way)
