"""How the connector talks with an agent: sockets, limits, context."""

from __future__ import annotations

from dataclasses import dataclass

from conversation.parsing import choice, number, whole, zero_or
from conversation.settings import setting
from conversation.variables.choices import AgentAuth, DialectName, OpenPolicy, Unsolicited


@dataclass(frozen=True, slots=True)
class SocketSettings:
    """The connector's sockets and sessions."""

    auth: AgentAuth = setting(
        "ELEVENLABS_AUTH",
        "header (xi-api-key), signed_url or none (public agents)",
        choice(AgentAuth),
        default="header",
    )
    dialect: DialectName = setting(
        "ELEVENLABS_DIALECT",
        "convai: what ElevenLabs speaks; classic: the original document's frames",
        choice(DialectName),
        default="convai",
    )
    open_policy: OpenPolicy = setting(
        "OPEN_POLICY",
        "eager: open the socket when a call ends; lazy: when the person writes",
        choice(OpenPolicy),
        default="eager",
    )
    unsolicited: Unsolicited = setting(
        "UNSOLICITED",
        "deliver, hold (show and keep as context) or drop what the agent says unasked",
        choice(Unsolicited),
        default="hold",
    )
    debounce_ms: int = setting(
        "TURN_DEBOUNCE_MS",
        "messages that come within this become one turn",
        whole(0, 10_000),
        default="300",
    )
    answer_slow_s: float = setting(
        "ANSWER_SLOW_S", "after this without an answer the person is told", number(1, 600),
        default="15",
    )  # fmt: skip
    turn_deadline_s: float = setting(
        "TURN_DEADLINE_S",
        "after this without an answer the session is given up and the turn asked again",
        number(2, 3600),
        default="120",
    )
    turn_deadline_waiting_s: float = setting(
        "TURN_DEADLINE_WAITING_S",
        "the same where another message of the person is waiting",
        number(2, 3600),
        default="45",
    )
    idle_s: float = setting(
        "IDLE_CLOSE_S", "an idle socket is closed after this", number(5, 7200), default="1800"
    )
    sweep_s: float = setting(
        "IDLE_SWEEP_S",
        "how often idle sockets are looked for beside their own timers",
        number(1, 3600),
        default="300",
    )
    max_session_s: float = setting(
        "MAX_SESSION_S",
        "the agent's max_duration_seconds: no turn begins in the last minute of it",
        number(60, 7200),
        default="600",
    )
    account_limit: int = setting(
        "ACCOUNT_SESSION_LIMIT",
        "how many text sessions the ElevenLabs plan allows at a time",
        whole(1, 100_000),
        default="100",
    )
    parallel_handshakes: int = setting(
        "PARALLEL_HANDSHAKES",
        "how many sockets are opened at a time (each is first counted as a voice call)",
        whole(1, 100),
        default="3",
    )
    handshakes_per_s: float = setting(
        "HANDSHAKES_PER_S",
        "how many sockets a connector begins to open in a second, whoever they are for",
        number(0.1, 500),
        default="10",
    )
    max_connections: int = setting(
        "MAX_CONNECTIONS", "how many sockets one connector holds", whole(1, 25_000),
        default="10000",
    )  # fmt: skip
    keep_alive_s: float = setting(
        "USER_ACTIVITY_S",
        "how often an idle session is told that the person is there, where the agent would close "
        "it after a minute of silence (30 is usual); 0: never",
        zero_or(1, 3600),
        default="0",
    )


@dataclass(frozen=True, slots=True)
class SittingSettings:
    """How much of the agent one sitting may take: what is written until the person rests a day."""

    max_turns: int = setting(
        "SITTING_MAX_TURNS",
        "after so many turns the person is told goodbye and not answered, until a new call or a "
        "day's rest; 0: no limit",
        whole(0, 100_000),
        default="0",
    )
    max_hours: float = setting(
        "SITTING_MAX_H",
        "the same, so many hours after the first turn; 0: no limit",
        number(0, 720),
        default="0",
    )


@dataclass(frozen=True, slots=True)
class FloodSettings:
    """How many turns one person may have: more than anyone needs, less than a machine takes."""

    a_minute: int = setting(
        "TURNS_A_MINUTE",
        "more turns of one person than this in a minute wait, and are asked as one; 0: no limit",
        whole(0, 10_000),
        default="10",
    )
    an_hour: int = setting(
        "TURNS_AN_HOUR",
        "more than this in an hour are stored and shown, but not asked; 0: no limit",
        whole(0, 10_000),
        default="60",
    )
    a_day: int = setting(
        "TURNS_A_DAY",
        "more than this in a day are stored and shown, but not asked; 0: no limit",
        whole(0, 10_000),
        default="200",
    )


@dataclass(frozen=True, slots=True)
class ContextSettings:
    """What the agent is told of what went before."""

    name_variable: str = setting(
        "CLIENT_NAME_VARIABLE", "the dynamic variable that carries the name", default="client_name"
    )
    summary_variable: str = setting(
        "CALL_SUMMARY_VARIABLE", "the one that carries the call's summary", default="call_summary"
    )
    history_variable: str = setting(
        "CHAT_HISTORY_VARIABLE", "the one that carries the last messages", default="chat_history"
    )
    channel_variable: str = setting(
        "CHANNEL_VARIABLE", "the one that says whatsapp", default="channel"
    )
    history_messages: int = setting(
        "HISTORY_MESSAGES",
        "how many messages the agent is reminded of",
        whole(0, 200),
        default="30",
    )
    history_bytes: int = setting(
        "HISTORY_BYTES", "how long that reminder may be", whole(500, 30_000), default="4000"
    )
