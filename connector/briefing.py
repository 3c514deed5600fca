"""What an agent is told before the first message of a session. Pure.

First the call's own variables: an agent whose prompt needs ``{{debt}}`` refuses a session without
it. Then ours, which never overwrite one of the call's. Then one note of a few KB: the call's
summary, its variables, and what was written since, the newest kept where it is too much.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from connector.protocol import ContextNote, Initiation
from conversation.messages import Direction, InboundState, Kind, Message, OutboundState
from conversation.words import Language

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from connector.protocol.initiation import Scalar
    from conversation.state import ConversationState
    from conversation.variables import ContextSettings
    from conversation.words import Words

CONTEXT_ID: Final = "hilo"
CHANNEL: Final = "whatsapp"
RESERVED: Final = "system__"
SECRET: Final = "secret__"  # noqa: S105 - a prefix of ElevenLabs' for variables no model may read

_UNHEARD: Final = frozenset({OutboundState.SKIPPED, OutboundState.FAILED})
_SCALARS: Final = (str, int, float, bool)


@dataclass(frozen=True, slots=True)
class _Labels:
    """How the note speaks of things."""

    intro: str
    summary: str
    variables: str
    history: str
    person: str
    agent: str
    operator: str
    unheard: str
    media: str


_LABELS: Final[Mapping[Language, _Labels]] = {
    Language.ES: _Labels(
        intro="La conversación sigue ahora por WhatsApp, por escrito, después de la llamada.",
        summary="Resumen de la llamada",
        variables="Datos de la llamada",
        history="Mensajes anteriores en WhatsApp",
        person="Cliente",
        agent="Asistente",
        operator="Operador",
        unheard="no entregado",
        media="envió un archivo",
    ),
    Language.EN: _Labels(
        intro="The conversation now goes on in WhatsApp, in writing, after the call.",
        summary="Summary of the call",
        variables="Details of the call",
        history="Earlier messages in WhatsApp",
        person="Client",
        agent="Assistant",
        operator="Operator",
        unheard="not delivered",
        media="sent a file",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing:
    """How agents are briefed in this deployment."""

    settings: ContextSettings
    words: Words

    def initiation(
        self,
        state: ConversationState,
        past: Sequence[Message],
        *,
        text_only: bool | None,
        conversation_id: str | None = None,
    ) -> Initiation:
        """Everything for one session. ``past`` is without what is about to be asked.

        ``conversation_id`` is for the dialect in which the client names the conversation.
        """
        labels = _LABELS[self.words.language_of(state.language)]
        lines = history(past, labels, self.settings.history_messages)
        call = call_variables(state)
        return Initiation(
            text_only=text_only,
            dynamic_variables=self._ours(state, lines) | call,
            custom_llm_extra_body=state.custom_llm_extra_body,
            user_id=state.user_id or state.contact_id,
            branch_id=state.branch_id,
            environment=state.environment,
            context=self._context(state, call, lines, labels),
            conversation_id=conversation_id,
            name=state.client_name,
            phone=state.phone_number,
        )

    def _ours(self, state: ConversationState, lines: Sequence[str]) -> dict[str, Scalar]:
        settings = self.settings
        return {
            settings.name_variable: state.client_name or "",
            settings.summary_variable: state.call_summary or "",
            settings.history_variable: "\n".join(newest(lines, settings.history_bytes)),
            settings.channel_variable: CHANNEL,
        }

    def _context(
        self,
        state: ConversationState,
        call: Mapping[str, Scalar],
        lines: Sequence[str],
        labels: _Labels,
    ) -> tuple[ContextNote, ...]:
        room = self.settings.history_bytes
        told = [f"{name}: {value}" for name, value in call.items() if not name.startswith(SECRET)]
        facts = "; ".join(told)
        blocks = [labels.intro]
        if state.call_summary:
            blocks.append(f"{labels.summary}: {shortened(state.call_summary, room // 3)}")
        if facts and _size(facts) <= room // 3:
            blocks.append(f"{labels.variables}: {facts}")
        left = room - _size("\n\n".join(blocks)) - _size(labels.history) - 4
        said = newest(lines, left)
        if said:
            blocks.append("\n".join((f"{labels.history}:", *said)))
        if len(blocks) == 1:
            return ()
        return (ContextNote("\n\n".join(blocks), CONTEXT_ID),)


def call_variables(state: ConversationState) -> dict[str, Scalar]:
    """The call's own variables, without those that ElevenLabs makes itself, and scalars only."""
    return {
        name: value
        for name, value in state.dynamic_variables.items()
        if isinstance(value, _SCALARS) and not name.startswith(RESERVED)
    }


def history(past: Iterable[Message], labels: _Labels, most: int) -> list[str]:
    """The last messages, a line each, the oldest first: who said what."""
    kept = [m for m in past if m.kind is not Kind.NOTICE and not _is_choice(m)]
    ordered = sorted(kept, key=lambda m: (m.sent_at, m.message_key))
    return [_line(message, labels) for message in (ordered[-most:] if most else [])]


def newest(lines: Sequence[str], room: int) -> list[str]:
    """As many of the last lines as fit into so many bytes."""
    kept: list[str] = []
    for line in reversed(lines):
        room -= _size(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept[::-1]


def shortened(text: str, room: int) -> str:
    """The text, cut at a blank where it is longer than so many bytes."""
    if _size(text) <= room:
        return text
    cut = text.encode()[: max(room - 3, 0)].decode(errors="ignore")
    return f"{cut.rpartition(' ')[0] or cut}…"


def _line(message: Message, labels: _Labels) -> str:
    text = " ".join(message.content.split())
    if message.direction is Direction.INBOUND:
        return f"{labels.person}: {text or f'({labels.media})'}"
    who = labels.operator if message.kind is Kind.OPERATOR else labels.agent
    unheard = message.state in _UNHEARD
    return f"{who} ({labels.unheard}): {text}" if unheard else f"{who}: {text}"


def _is_choice(message: Message) -> bool:
    """BAJA and ALTA are not for the agent; nor is what a person wrote and we failed to ask."""
    return message.kind in {Kind.OPT_OUT, Kind.OPT_IN} or (
        message.state is InboundState.NEW or message.state is InboundState.ASKED
    )


def _size(text: str) -> int:
    return len(text.encode())
