"""What the settings mean: the limits, the policies and the ways that follow from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlencode

from connector.briefing import Briefing
from connector.dialogue.machine import Dialogue
from connector.dialogue.policy import DialoguePolicy
from connector.door import Room, room
from connector.opening import Way, Ways
from connector.session.policy import SessionPolicy
from conversation.floods import FloodLimits
from conversation.identifiers import AgentId, WorkerId
from conversation.sitting import SittingLimits
from conversation.variables import AgentAuth, DialectName

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    from connector.agents import Agents
    from connector.protocol import Dialect, Initiation
    from connector.settings import ConnectorSettings
    from conversation.identifiers import ContactId
    from conversation.messages import Message
    from conversation.state import ConversationState

SERVICE: Final = "connector"
_PATH: Final = "/v1/convai/conversation"


class Signer(Protocol):
    """Who gives signed URLs. Blocking."""

    def signed_url(
        self, agent_id: AgentId, *, branch_id: str | None = None, environment: str | None = None
    ) -> str:
        """An address for one WebSocket."""


def new_worker(settings: ConnectorSettings, unique: str) -> WorkerId:
    """A name that no other process ever had: one that was restarted must not pass for itself."""
    return WorkerId(f"{settings.leases.connector_id or SERVICE}-{unique[-8:].lower()}")


def room_for(settings: ConnectorSettings, owned: int) -> Room:
    """The limits of a process that owns so many shards."""
    sockets = settings.sockets
    return room(
        max_connections=sockets.max_connections,
        account_limit=sockets.account_limit,
        handshakes=sockets.parallel_handshakes,
        owned=owned,
        shards=settings.inbox.shards,
    )


def session_policy(settings: ConnectorSettings) -> SessionPolicy:
    """What every session lives by, whoever its agent is."""
    sockets = settings.sockets
    return SessionPolicy(
        answer_slow_s=sockets.answer_slow_s,
        hard_deadline_s=sockets.turn_deadline_s,
        hard_deadline_waiting_s=sockets.turn_deadline_waiting_s,
        idle_s=sockets.idle_s,
        max_duration_s=sockets.max_session_s,
        keep_alive_s=sockets.keep_alive_s or None,
        # The original's frames know neither a tool nor an end, whatever the agent is set to send.
        events_told=sockets.dialect is not DialectName.CLASSIC,
    )


def dialogue_policy(settings: ConnectorSettings) -> DialoguePolicy:
    """What every dialogue lives by."""
    sockets, agent = settings.sockets, settings.agent.default_agent_id
    return DialoguePolicy(
        default_agent_id=AgentId(agent) if agent else None,
        open_policy=sockets.open_policy,
        unsolicited=sockets.unsolicited,
        debounce_s=sockets.debounce_ms / 1000,
        notice_after_s=sockets.answer_slow_s,
        sitting=SittingLimits(
            turns=settings.sittings.max_turns or None,
            seconds=settings.sittings.max_hours * 3600 or None,
        ),
        floods=FloodLimits(
            a_minute=settings.floods.a_minute or None,
            an_hour=settings.floods.an_hour or None,
            a_day=settings.floods.a_day or None,
        ),
    )


def dialogues(
    settings: ConnectorSettings,
    agents: Agents,
    dialect: Dialect,
    *,
    chance: random.Random,
    new_id: Callable[[], str],
) -> Callable[[ContactId], Dialogue]:
    """Makes the dialogue of a contact."""
    briefing = Briefing(settings=settings.context, words=settings.words.words())
    policy = dialogue_policy(settings)
    we_name_it = settings.sockets.dialect is DialectName.CLASSIC

    def brief(state: ConversationState, past: Sequence[Message]) -> Initiation:
        agent_id = state.agent_id or policy.default_agent_id
        return briefing.initiation(
            state,
            past,
            text_only=agents.known(agent_id).override,
            conversation_id=new_id() if we_name_it else None,
        )

    return lambda contact_id: Dialogue(
        contact_id, policy=policy, dialect=dialect, brief=brief, chance=chance
    )


def ways(settings: ConnectorSettings, signer: Signer, key: Callable[[], str]) -> Ways:
    """How agents are reached, by ``ELEVENLABS_AUTH``, with the key of the moment."""
    base = settings.elevenlabs.api_url.replace("http", "ws", 1) + _PATH

    def signed(agent_id: AgentId, /, *, branch_id: str | None, environment: str | None) -> Way:
        return Way(signer.signed_url(agent_id, branch_id=branch_id, environment=environment))

    def with_key(agent_id: AgentId, /, **_: str | None) -> Way:
        return Way(f"{base}?{urlencode({'agent_id': agent_id})}", {"xi-api-key": key()})

    def openly(agent_id: AgentId, /, **_: str | None) -> Way:
        return Way(f"{base}?{urlencode({'agent_id': agent_id})}")

    by_auth = {
        AgentAuth.SIGNED_URL: Ways(signed, asks=True),
        AgentAuth.HEADER: Ways(with_key, asks=False),
        AgentAuth.NONE: Ways(openly, asks=False),
    }
    return by_auth[settings.sockets.auth]
