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
        agent_id = self.config.agent_id
        return f"{self.config.name} ({agent_id})" if self.config.name else agent_id


def examined(patient: Patient) -> Iterator[Finding]:
    """Everything about an agent that exists."""
    yield ok("agent_exists", "agent_there", who=patient.who)
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
    return failed("agent_exists", "agent_absent", status=status, agent=agent_id)


def text_only(patient: Patient) -> Finding:
    """Without it every session is refused."""
    return judged(
        "agent_text_only",
        holds=patient.config.can_chat,
        good="agent_by_text",
        bad="agent_by_sound",
        who=patient.who,
    )


def extra_body(patient: Patient) -> Finding:
    """A call's own ``custom_llm_extra_body`` is passed on, which the agent must allow."""
    used = bool(patient.call and patient.call.custom_llm_extra_body)
    return judged(
        "agent_overrides",
        holds=patient.config.extra_body_allowed or not used,
        good="agent_overridden",
        bad="agent_not_overridden",
        who=patient.who,
    )


def auth(patient: Patient) -> Finding:
    """A private agent wants the key, or a signed URL."""
    open_door = patient.sockets.auth is AgentAuth.NONE
    return judged(
        "agent_auth",
        holds=not (patient.config.enable_auth and open_door),
        good="agent_reached",
        bad="agent_shut",
        who=patient.who,
        auth=patient.sockets.auth,
    )


def answers(patient: Patient) -> Finding:
    """Without this event no answer arrives."""
    return judged(
        "agent_events",
        holds="agent_response" in patient.config.client_events,
        good="agent_answers",
        bad="agent_mute",
        who=patient.who,
    )


def turn_ends(patient: Patient) -> Finding:
    """Without these the end of an answer is guessed from four seconds of quiet."""
    wanted = {"agent_response_complete", "agent_tool_request"}
    lacking = sorted(wanted - patient.config.client_events)
    return judged(
        "agent_turn_events",
        holds=not lacking,
        good="agent_tells_ends",
        bad="agent_hides_ends",
        who=patient.who,
        events=", ".join(lacking),
    )


def max_duration(patient: Patient) -> Finding:
    """No turn begins in the last minute of a session: ours must not be longer than theirs."""
    theirs, ours = patient.config.max_duration_s, patient.sockets.max_session_s
    return judged(
        "agent_max_duration",
        holds=theirs >= ours,
        good="agent_lasts",
        bad="agent_ends_early",
        who=patient.who,
        theirs=theirs,
        ours=f"{ours:g}",
    )


def turn_timeout(patient: Patient) -> Finding:
    """After its turn time-out an agent asks whether someone is there: that is for calls."""
    pause = patient.config.turn_timeout_s
    quiet = pause < 0 or pause >= LONG_PAUSE_S
    return judged(
        "agent_turn_timeout",
        holds=quiet or patient.sockets.unsolicited is not Unsolicited.DELIVER,
        good="agent_waits",
        bad="agent_impatient",
        who=patient.who,
        pause=f"{pause:g}",
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
    names = ", ".join(lacking)
    if lacking and patient.call is None:
        return untold("agent_variables", "agent_without_call", who=patient.who, variables=names)
    return judged(
        "agent_variables",
        holds=not lacking,
        good="agent_filled",
        bad="agent_lacks",
        who=patient.who,
        variables=names,
    )
