"""One agent: whether a conversation by text with it can work at all, and works well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conversation.variables import AgentAuth, Unsolicited
from infra.doctor.findings import failed, judged, ok, untold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conversation.adapters.elevenlabs.agents import AgentConfig
    from conversation.calls import Call
    from conversation.findings import Finding
    from conversation.variables import ContextSettings, SocketSettings

LONG_PAUSE_S: Final = 30.0
"""ElevenLabs' longest turn time-out."""

_SECURITY: Final = "ElevenLabs: the agent, Security, Overrides"
_EVENTS: Final = "ElevenLabs: the agent, Advanced, Client events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """One agent, with the newest call that it made, if any, and what we want of it."""

    config: AgentConfig
    call: Call | None
    sockets: SocketSettings
    context: ContextSettings

    @property
    def who(self) -> str:
        """How the agent is called in a finding."""
        return f"{self.config.name or 'the agent'} ({self.config.agent_id})"


def examined(patient: Patient) -> Iterator[Finding]:
    """Everything about an agent that exists."""
    yield ok("agent_exists", patient.who)
    yield text_only(patient)
    yield extra_body(patient)
    yield auth(patient)
    yield answers(patient)
    yield turn_ends(patient)
    yield max_duration(patient)
    yield turn_timeout(patient)
    yield variables(patient)


def absent(agent_id: str, status: int) -> Finding:
    """There is no such agent for this key."""
    return failed(
        "agent_exists",
        f"ElevenLabs answers {status} for {agent_id}",
        "Check DEFAULT_AGENT_ID and MONITOR_AGENT_IDS: agent, key and host are of one workspace.",
    )


def text_only(patient: Patient) -> Finding:
    """Without it every session is refused."""
    return judged(
        "agent_text_only",
        holds=patient.config.can_chat,
        good=f"{patient.who} may be used by text",
        bad=f"{patient.who} allows no session without sound",
        remedy=f"Switch on the override «Text only» ({_SECURITY}).",
    )


def extra_body(patient: Patient) -> Finding:
    """A call's own ``custom_llm_extra_body`` is passed on, which the agent must allow."""
    used = bool(patient.call and patient.call.custom_llm_extra_body)
    return judged(
        "agent_overrides",
        holds=patient.config.extra_body_allowed or not used,
        good=f"{patient.who}: what its calls override is allowed",
        bad=f"{patient.who}: its calls carry custom_llm_extra_body, which is not allowed",
        remedy=f"Switch on «Custom LLM extra body» ({_SECURITY}).",
    )


def auth(patient: Patient) -> Finding:
    """A private agent wants the key, or a signed URL."""
    open_door = patient.sockets.auth is AgentAuth.NONE
    return judged(
        "agent_auth",
        holds=not (patient.config.enable_auth and open_door),
        good=f"{patient.who} is reached by ELEVENLABS_AUTH={patient.sockets.auth}",
        bad=f"{patient.who} wants authorisation, and ELEVENLABS_AUTH is none",
        remedy="Set ELEVENLABS_AUTH=header.",
    )


def answers(patient: Patient) -> Finding:
    """Without this event no answer arrives."""
    return judged(
        "agent_events",
        holds="agent_response" in patient.config.client_events,
        good=f"{patient.who} sends agent_response",
        bad=f"{patient.who} does not send agent_response: its answers never arrive",
        remedy=f"Add the event agent_response ({_EVENTS}).",
    )


def turn_ends(patient: Patient) -> Finding:
    """Without these the end of an answer is guessed from four seconds of quiet."""
    wanted = {"agent_response_complete", "agent_tool_request"}
    lacking = sorted(wanted - patient.config.client_events)
    return judged(
        "agent_turn_events",
        holds=not lacking,
        good=f"{patient.who} says when it has answered, and when it works",
        bad=f"{patient.who} does not send {', '.join(lacking)}: turns end late, or too early",
        remedy=f"Add the events {', '.join(lacking)} ({_EVENTS}).",
    )


def max_duration(patient: Patient) -> Finding:
    """No turn begins in the last minute of a session: ours must not be longer than theirs."""
    theirs, ours = patient.config.max_duration_s, patient.sockets.max_session_s
    return judged(
        "agent_max_duration",
        holds=theirs >= ours,
        good=f"{patient.who} talks for {theirs} s at most, we for {ours:g} s",
        bad=f"{patient.who} ends after {theirs} s, MAX_SESSION_S is {ours:g}",
        remedy=(
            f"Set MAX_SESSION_S={theirs}, or raise the agent's maximum duration (up to 7200 s)."
        ),
    )


def turn_timeout(patient: Patient) -> Finding:
    """After its turn time-out an agent asks whether someone is there: that is for calls."""
    pause = patient.config.turn_timeout_s
    quiet = pause < 0 or pause >= LONG_PAUSE_S
    return judged(
        "agent_turn_timeout",
        holds=quiet or patient.sockets.unsolicited is not Unsolicited.DELIVER,
        good=f"what {patient.who} says after {pause:g} s of silence reaches nobody unasked",
        bad=f"{patient.who} speaks after {pause:g} s of silence, and UNSOLICITED=deliver sends it",
        remedy="Set UNSOLICITED=hold, or the agent's turn time-out to 30 s.",
    )


def variables(patient: Patient) -> Finding:
    """A variable that the prompt names and nobody gives ends a session as it begins."""
    ours = {
        patient.context.name_variable,
        patient.context.summary_variable,
        patient.context.history_variable,
        patient.context.channel_variable,
    }
    given = ours | set(patient.call.dynamic_variables if patient.call else ())
    lacking = sorted(patient.config.variables - given)
    if lacking and patient.call is None:
        return untold(
            "agent_variables",
            f"{patient.who} needs {', '.join(lacking)}, and made no call to compare with",
            "See to it that every call brings them; who writes first has none of them.",
        )
    return judged(
        "agent_variables",
        holds=not lacking,
        good=f"all that the prompt of {patient.who} needs is there",
        bad=f"{patient.who} needs {', '.join(lacking)}, which its newest call did not bring",
        remedy="Give them with each call (dynamic_variables), or take them out of the prompt.",
    )
