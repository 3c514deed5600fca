from __future__ import annotations

import pytest

from conversation.adapters.elevenlabs.agents import DEFAULT_CLIENT_EVENTS, agent_of


def test_an_agent_is_read_as_far_as_a_text_session_needs_it():
    agent = agent_of(
        {
            "agent_id": "a",
            "name": "Sofía",
            "conversation_config": {
                "conversation": {
                    "text_only": False,
                    "max_duration_seconds": 1800,
                    "client_events": ["agent_response", "agent_response_complete"],
                },
                "agent": {
                    "first_message": "Hola {{ name }}",
                    "language": "es",
                    "prompt": {"prompt": "Debe {{debt}} a {{system__time_utc}}."},
                },
                "turn": {"turn_timeout": 12},
            },
            "platform_settings": {
                "auth": {"enable_auth": True},
                "overrides": {
                    "custom_llm_extra_body": True,
                    "conversation_config_override": {
                        "conversation": {"text_only": True, "max_duration_seconds": False},
                        "agent": {"prompt": {"prompt": True}},
                    },
                },
            },
        }
    )

    assert agent.overrides == {"conversation.text_only", "agent.prompt.prompt"}
    assert agent.variables == {"name", "debt"}
    assert agent.can_chat
    assert agent.enable_auth
    assert agent.extra_body_allowed
    assert (agent.max_duration_s, agent.turn_timeout_s) == (1800, 12)


def test_what_an_agent_does_not_say_is_as_elevenlabs_has_it():
    agent = agent_of({"agent_id": "a", "platform_settings": None})

    assert agent.client_events == set(DEFAULT_CLIENT_EVENTS)
    assert (agent.max_duration_s, agent.turn_timeout_s) == (600, 7)
    assert not agent.can_chat


@pytest.mark.parametrize("nonsense", [-1, 0, 59, "600", None, [600], float("nan")])
def test_a_limit_that_cannot_be_set_is_elevenlabs_own(nonsense):
    agent = agent_of({"conversation_config": {"conversation": {"max_duration_seconds": nonsense}}})

    assert agent.max_duration_s == 600


def test_what_is_of_another_kind_than_elevenlabs_says_is_passed_over():
    conversation = {"client_events": [{"ping": True}, "ping"]}
    agent = agent_of(
        {"conversation_config": {"conversation": conversation, "turn": {"turn_timeout": "soon"}}}
    )

    assert "ping" in agent.client_events
    assert agent.turn_timeout_s == 7
