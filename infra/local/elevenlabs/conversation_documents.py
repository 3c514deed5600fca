"""Conversations as the provider's REST shows them: one by one, in the list, and in short."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.local.elevenlabs.agents import Agent
    from infra.local.elevenlabs.shapes import Json


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is known of a conversation when it begins."""

    conversation_id: str
    agent: Agent
    started_at: float
    status: str
    source: str = "unknown"
    authorization: str = "public"
    text_only: bool = False
    initiation: Json = field(default_factory=dict)
    phone_call: Json | None = None
    batch_call: Json | None = None


def conversation_document(beginning: Beginning) -> Json:
    """The conversation without anything said yet."""
    start = int(beginning.started_at)
    agent = beginning.agent
    return {
        "agent_id": agent.agent_id,
        "agent_name": agent.name,
        "status": beginning.status,
        "user_id": beginning.initiation.get("user_id"),
        "branch_id": beginning.initiation.get("branch_id"),
        "version_id": None,
        "environment": beginning.initiation.get("environment") or "production",
        "conversation_id": beginning.conversation_id,
        "has_audio": False,
        "has_user_audio": False,
        "has_response_audio": False,
        "has_auxiliary_audio": False,
        "transcript": [],
        "metadata": _metadata(beginning, start),
        "analysis": None,
        "conversation_initiation_client_data": _initiation(beginning, start),
        "user_message_count": 0,
        "agent_message_count": 0,
        "tag_ids": [],
    }


def transcript_item(role: str, message: str | None, at_s: int, **more: object) -> Json:
    """One turn of a transcript."""
    return {
        "role": role,
        "message": message,
        "time_in_call_secs": max(0, at_s),
        "tool_calls": [],
        "tool_results": [],
        "feedback": None,
        "interrupted": False,
        "original_message": None,
        "source_medium": None if role == "agent" else "text",
        **more,
    }


def analysis(title: str, summary: str, successful: str = "success") -> Json:
    """What the provider's analysis adds once it is done."""
    return {
        "evaluation_criteria_results": {},
        "data_collection_results": {},
        "call_successful": successful,
        "transcript_summary": summary,
        "call_summary_title": title,
    }


def recount(conversation: Json) -> None:
    """Bring the numbers of messages up to the transcript."""
    for role in ("user", "agent"):
        said = [t for t in conversation["transcript"] if t["role"] == role and t["message"]]
        conversation[f"{role}_message_count"] = len(said)


def listed(conversation: Json, *, with_summary: bool) -> Json:
    """The row of the list. It tells neither the number called nor the batch."""
    metadata, done = conversation["metadata"], conversation["analysis"] or {}
    phone = metadata["phone_call"]
    return {
        "agent_id": conversation["agent_id"],
        "agent_name": conversation["agent_name"],
        "branch_id": conversation["branch_id"],
        "version_id": None,
        "conversation_id": conversation["conversation_id"],
        "start_time_unix_secs": metadata["start_time_unix_secs"],
        "call_duration_secs": metadata["call_duration_secs"],
        "message_count": len(_spoken(conversation["transcript"])),
        "user_message_count": conversation["user_message_count"],
        "agent_message_count": conversation["agent_message_count"],
        "status": conversation["status"],
        "termination_reason": metadata["termination_reason"],
        "call_successful": done.get("call_successful", "unknown"),
        "transcript_summary": done.get("transcript_summary") if with_summary else None,
        "call_summary_title": done.get("call_summary_title"),
        "main_language": metadata["main_language"],
        "conversation_initiation_source": metadata["conversation_initiation_source"],
        "direction": phone["direction"] if phone else None,
        "tool_names": [],
        "tag_ids": [],
        "cost": metadata["cost"],
        "cost_fiat": metadata["cost_fiat"],
    }


def in_short(conversation: Json, most: int) -> Json:
    """The light answer of ``/summary``."""
    done = conversation["analysis"] or {}
    said = _spoken(conversation["transcript"])
    return {
        "conversation_id": conversation["conversation_id"],
        "agent_id": conversation["agent_id"],
        "status": conversation["status"],
        "call_summary_title": done.get("call_summary_title"),
        "transcript_summary": done.get("transcript_summary"),
        "call_successful": done.get("call_successful"),
        "message_count": len(said),
        "messages": [{"role": t["role"], "message": t["message"]} for t in said[:most]],
        "messages_omitted": len(said) > most,
        "note": "Simulated.",
    }


def _spoken(transcript: Sequence[Json]) -> list[Json]:
    return [turn for turn in transcript if turn["message"]]


def _initiation(beginning: Beginning, start: int) -> Json:
    given = {k: v for k, v in beginning.initiation.items() if k != "type"}
    phone = beginning.phone_call
    system = {
        "system__agent_id": beginning.agent.agent_id,
        "system__conversation_id": beginning.conversation_id,
        "system__is_text_only": beginning.text_only,
        "system__time_utc": str(start),
        **({"system__caller_id": phone["external_number"]} if phone else {}),
    }
    variables = {**(given.get("dynamic_variables") or {}), **system}
    return {
        "conversation_config_override": given.get("conversation_config_override") or {},
        "custom_llm_extra_body": given.get("custom_llm_extra_body") or {},
        "user_id": given.get("user_id"),
        "source_info": {"source": beginning.source, "version": None},
        "branch_id": given.get("branch_id"),
        "environment": given.get("environment"),
        "dynamic_variables": variables,
    }


def _metadata(beginning: Beginning, start: int) -> Json:
    answered = beginning.status == "in-progress"
    return {
        "start_time_unix_secs": start,
        "accepted_time_unix_secs": start if answered else None,
        "call_duration_secs": 0,
        "cost": None,
        "cost_fiat": None,
        "deletion_settings": {"delete_transcript_and_pii": False, "delete_audio": False},
        "feedback": {"overall_score": None, "likes": 0, "dislikes": 0},
        "authorization_method": beginning.authorization,
        "charging": {"dev_discount": False},
        "phone_call": beginning.phone_call,
        "batch_call": beginning.batch_call,
        "termination_reason": "",
        "error": None,
        "warnings": [],
        "main_language": None,
        "text_only": beginning.text_only,
        "initiator_id": None,
        "conversation_initiation_source": beginning.source,
        "timezone": None,
        "whatsapp": None,
        "sms": None,
    }
