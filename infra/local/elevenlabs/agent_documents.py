"""The agent as ``GET /v1/convai/agents/{id}`` shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.local.elevenlabs.agents import OVERRIDES, Agent, Tool, ToolKind

if TYPE_CHECKING:
    from infra.local.elevenlabs.shapes import Json

_CREATED = 1_760_000_000
_ACCESS = {
    "is_creator": True,
    "creator_name": "Local",
    "creator_email": "local@example.invalid",
    "role": "admin",
}


def agent_document(agent: Agent) -> Json:
    """The whole agent."""
    return {
        "agent_id": agent.agent_id,
        "name": agent.name,
        "conversation_config": _conversation_config(agent),
        "metadata": {"created_at_unix_secs": _CREATED, "updated_at_unix_secs": _CREATED},
        "platform_settings": _platform_settings(agent),
        "phone_numbers": [],
        "whatsapp_accounts": [],
        "access_info": _ACCESS,
        "tags": [],
        "branch_id": None,
        "main_branch_id": None,
        "version_id": None,
    }


def agent_summary(agent: Agent) -> Json:
    """The agent as it stands in the list."""
    return {
        "agent_id": agent.agent_id,
        "name": agent.name,
        "voice_id": "simulated",
        "tags": [],
        "created_at_unix_secs": _CREATED,
        "updated_at_unix_secs": _CREATED,
        "access_info": _ACCESS,
        "last_call_time_unix_secs": None,
        "archived": False,
    }


def _conversation_config(agent: Agent) -> Json:
    return {
        "asr": {"quality": "high", "provider": "elevenlabs", "keywords": []},
        "turn": {"turn_timeout": 7.0, "silence_end_call_timeout": -1.0, "mode": "turn"},
        "tts": {"model_id": "eleven_flash_v2_5", "voice_id": "simulated"},
        "conversation": {
            "text_only": agent.text_only,
            "max_duration_seconds": agent.max_duration_seconds,
            "client_events": list(agent.client_events),
        },
        "language_presets": {},
        "agent": {
            "first_message": agent.first_message,
            "language": agent.language,
            "dynamic_variables": {"dynamic_variable_placeholders": dict(agent.placeholders)},
            "max_conversation_duration_message": agent.max_duration_message,
            "prompt": _prompt(agent),
        },
    }


def _prompt(agent: Agent) -> Json:
    end_call = next((_system_tool(tool) for tool in agent.tools if tool.name == "end_call"), None)
    return {
        "prompt": agent.prompt,
        "llm": "gemini-2.5-flash",
        "temperature": 0.0,
        "tool_ids": [f"tool_{tool.name}" for tool in agent.tools if tool.kind != ToolKind.SYSTEM],
        "built_in_tools": {"end_call": end_call},
        "knowledge_base": [],
    }


def _system_tool(tool: Tool) -> Json:
    return {
        "type": "system",
        "name": tool.name,
        "description": "",
        "params": {"system_tool_type": tool.name},
    }


def _platform_settings(agent: Agent) -> Json:
    return {
        "auth": {"enable_auth": agent.enable_auth, "allowlist": []},
        "overrides": {
            "conversation_config_override": _toggles(agent),
            "custom_llm_extra_body": agent.custom_llm_extra_body,
            "enable_conversation_initiation_client_data_from_webhook": False,
        },
        "call_limits": {
            "agent_concurrency_limit": -1,
            "daily_limit": 100_000,
            "bursting_enabled": True,
        },
        "workspace_overrides": {"webhooks": {"post_call_webhook_id": None, "events": []}},
    }


def _toggles(agent: Agent) -> Json:
    tree: Json = {}
    for path in OVERRIDES:
        *parents, leaf = path.split(".")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = path in agent.overrides
    return tree
