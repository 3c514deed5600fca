"""The frames that the server sends, field by field as the provider's AsyncAPI has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.local.elevenlabs.agents import Tool
    from infra.local.elevenlabs.shapes import Json

ALWAYS = frozenset({"conversation_initiation_metadata", "error"})
"""Frames that no list of client events holds back."""

TEXT_MODE = frozenset({"agent_chat_response_part"})
VOICE_MODE = frozenset({"audio"})

SILENCE = "AAAAAAAAAAA="


def metadata(conversation_id: str) -> Json:
    """The first frame of the server, always."""
    event = {
        "conversation_id": conversation_id,
        "agent_output_audio_format": "pcm_16000",
        "user_input_audio_format": "pcm_16000",
    }
    return {
        "type": "conversation_initiation_metadata",
        "conversation_initiation_metadata_event": event,
    }


def ping(event_id: int, ping_ms: int | None) -> Json:
    """To be answered by a ``pong`` with the same id."""
    return {"type": "ping", "ping_event": {"event_id": event_id, "ping_ms": ping_ms}}


def audio(event_id: int) -> Json:
    """A moment of silence: what a voice session gets beside the text."""
    return {"type": "audio", "audio_event": {"audio_base_64": SILENCE, "event_id": event_id}}


def agent_response(text: str, event_id: int, response_id: str) -> Json:
    """One whole utterance. ``event_id`` names the turn, ``response_id`` the utterance."""
    event = {"agent_response": text, "event_id": event_id, "response_id": response_id}
    return {"type": "agent_response", "agent_response_event": event}


def part(kind: str, text: str, event_id: int, response_id: str) -> Json:
    """A piece of an utterance; ``start`` and ``stop`` have no text."""
    piece = {"text": text, "type": kind, "event_id": event_id, "response_id": response_id}
    return {"type": "agent_chat_response_part", "text_response_part": piece}


def response_complete(event_id: int) -> Json:
    """The agent has said all that it wants to say in this turn."""
    event = {"event_id": event_id}
    return {"type": "agent_response_complete", "agent_response_complete_event": event}


def context_usage(event_id: int, tokens: int) -> Json:
    """How full the model's context is."""
    event = {
        "event_id": event_id,
        "model": "gemini-2.5-flash",
        "context_tokens": tokens,
        "context_limit_tokens": 1_048_576,
    }
    return {"type": "context_usage", "context_usage_event": event}


def interruption(event_id: int) -> Json:
    """The person spoke while the agent was speaking."""
    return {"type": "interruption", "interruption_event": {"event_id": event_id}}


def correction(original: str, corrected: str, event_id: int) -> Json:
    """What the interrupted agent had really said."""
    event = {
        "original_agent_response": original,
        "corrected_agent_response": corrected,
        "event_id": event_id,
    }
    return {"type": "agent_response_correction", "agent_response_correction_event": event}


def client_tool_call(tool: Tool, call_id: str, event_id: int) -> Json:
    """The client shall run a tool and answer with ``client_tool_result``."""
    event = {
        "tool_name": tool.name,
        "tool_call_id": call_id,
        "parameters": {},
        "event_id": event_id,
        "expects_response": True,
    }
    return {"type": "client_tool_call", "client_tool_call": event}


def tool_request(tool: Tool, call_id: str, event_id: int) -> Json:
    """A tool is about to be run."""
    event = {
        "tool_name": tool.name,
        "tool_call_id": call_id,
        "tool_type": str(tool.kind),
        "event_id": event_id,
    }
    return {"type": "agent_tool_request", "agent_tool_request": event}


def tool_response(tool: Tool, call_id: str, event_id: int, *, failed: bool = False) -> Json:
    """A tool was run."""
    event = {
        "tool_name": tool.name,
        "tool_call_id": call_id,
        "tool_type": str(tool.kind),
        "is_error": failed,
        "is_called": True,
        "is_blocked": False,
        "status": "error" if failed else "success",
        "event_id": event_id,
    }
    return {"type": "agent_tool_response", "agent_tool_response": event}


def error(code: int, error_type: str, message: str) -> Json:
    """Sent just before the server closes for a reason."""
    event = {"code": code, "error_type": error_type, "message": message, "reason": message}
    return {"type": "error", "error_event": event}


def unknown(event_id: int) -> Json:
    """A type that no client knows yet: it must be ignored."""
    return {"type": "internal_simulated_event", "internal_simulated_event": {"event_id": event_id}}


def classic_response(text: str) -> Json:
    """The answer in the dialect of the original document."""
    return {"type": "agent_response", "message": text}


def let_through(frame: Json, client_events: tuple[str, ...], *, text_only: bool) -> bool:
    """Whether an agent with these client events sends this frame in this mode."""
    kind = frame["type"]
    if kind in ALWAYS or kind.startswith("internal_simulated"):
        return True
    if kind in (VOICE_MODE if text_only else TEXT_MODE):
        return False
    return kind in client_events
