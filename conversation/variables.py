"""Every setting of Hilo, in groups. A process composes the groups that it needs.

Names, defaults and meanings are here and nowhere else; ``docs/settings.md`` and ``.env.example``
are tested against them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conversation import words as default_words
from conversation.parsing import (
    choice,
    mapping,
    number,
    numbers,
    optional,
    optional_url,
    sid,
    switch,
    templates,
    url,
    whatsapp_sender,
    whole,
    words,
)
from conversation.settings import setting
from conversation.words import Language, Words


class Openers(StrEnum):
    """What becomes of the first message after a call."""

    ON = "on"
    DRY_RUN = "dry-run"
    OFF = "off"


class ContinueCalls(StrEnum):
    """Which calls are continued on WhatsApp."""

    ALL = "all"
    OUTBOUND = "outbound"
    BATCH = "batch"


class AmbiguousSend(StrEnum):
    """What to do with a message that Twilio may or may not have taken, and does not list."""

    RESEND = "resend"
    HOLD = "hold"


class OpenPolicy(StrEnum):
    """When the socket of a new conversation is opened."""

    EAGER = "eager"
    LAZY = "lazy"


class AgentAuth(StrEnum):
    """How the WebSocket is authorised."""

    HEADER = "header"
    SIGNED_URL = "signed_url"
    NONE = "none"


class DialectName(StrEnum):
    """Which frames are spoken."""

    CONVAI = "convai"
    CLASSIC = "classic"


class Unsolicited(StrEnum):
    """What becomes of what the agent says without having been asked."""

    DELIVER = "deliver"
    HOLD = "hold"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class AwsSettings:
    """Where the tables are."""

    region: str = setting("AWS_REGION", "the AWS region of the tables and queues")
    endpoint_url: str | None = setting(
        "AWS_ENDPOINT_URL",
        "another address for AWS, such as the local emulator's",
        optional_url,
        default="",
    )
    table_prefix: str = setting(
        "TABLE_PREFIX", "what the names of the tables begin with", default="hilo"
    )


@dataclass(frozen=True, slots=True)
class InboxSettings:
    """The connector's doorbells."""

    queue_urls: tuple[str, ...] = setting(
        "INBOX_QUEUE_URLS",
        "the URLs of the shard queues in order, separated by commas (output InboxQueueUrls)",
        words,
    )

    @property
    def shards(self) -> int:
        """The number of shards of this deployment: one a queue."""
        return len(self.queue_urls)


@dataclass(frozen=True, slots=True)
class OutboxSettings:
    """The sender's doorbells."""

    queue_url: str = setting("OUTBOX_QUEUE_URL", "the URL of the outbox queue (a FIFO queue)")


@dataclass(frozen=True, slots=True)
class IdentitySettings:
    """How people are told apart."""

    pepper: str = setting(
        "HILO_PEPPER",
        "the secret from which contact ids are made: generated once, never changed",
        secret=True,
    )


@dataclass(frozen=True, slots=True)
class TwilioAccountSettings:
    """Whose messages are ours."""

    account_sid: str = setting(
        "TWILIO_ACCOUNT_SID", "the Twilio account, AC… (console.twilio.com)", sid("AC")
    )
    sender: str = setting(
        "TWILIO_WHATSAPP_NUMBER",
        "the WhatsApp sender, such as whatsapp:+14155238886 (whatsapp: may be left out)",
        whatsapp_sender,
    )
    auth_token: str = setting(
        "TWILIO_AUTH_TOKEN",
        "the account's auth token: it signs webhooks and authorises requests",
        secret=True,
    )
    secondary_auth_token: str | None = setting(
        "TWILIO_AUTH_TOKEN_SECONDARY",
        "a second auth token that is accepted while one is replaced by the other",
        optional,
        default="",
        secret=True,
    )

    @property
    def auth_tokens(self) -> tuple[str, ...]:
        """The tokens a webhook may be signed with."""
        tokens = (self.auth_token, self.secondary_auth_token)
        return tuple(token for token in tokens if token)


@dataclass(frozen=True, slots=True)
class TwilioApiSettings:
    """Where Twilio is asked."""

    api_url: str | None = setting(
        "TWILIO_API_URL",
        "another address for Twilio's API, such as the local simulator's",
        optional_url,
        default="",
    )
    timeout_s: float = setting(
        "TWILIO_TIMEOUT_S",
        "how long one request to Twilio may take",
        number(1, 25),
        default="10",
    )


@dataclass(frozen=True, slots=True)
class PublicSettings:
    """Where the outside reaches us, if it does."""

    base_url: str = setting(
        "PUBLIC_BASE_URL",
        "the address under which Twilio reaches the webhooks, exactly as configured there",
        url,
    )
    poll_twilio: bool = setting(
        "POLL_TWILIO",
        "yes: fetch messages and their statuses from Twilio instead of waiting for its webhooks, "
        "where PUBLIC_BASE_URL is an address that Twilio cannot reach",
        switch,
        default="no",
    )

    @property
    def callback_base_url(self) -> str | None:
        """Where Twilio reports what became of a message; ``None`` where it is asked instead."""
        return None if self.poll_twilio else self.base_url


@dataclass(frozen=True, slots=True)
class ElevenLabsSettings:
    """Where the agents are."""

    api_key: str = setting(
        "ELEVENLABS_API_KEY", "an ElevenLabs key with access to Agents", secret=True
    )
    api_url: str = setting(
        "ELEVENLABS_API_URL",
        "ElevenLabs' address: https for REST, wss with the same host for the WebSocket",
        url,
        default="https://api.elevenlabs.io",
    )
    timeout_s: float = setting(
        "ELEVENLABS_TIMEOUT_S",
        "how long one REST request to ElevenLabs may take",
        number(1, 60),
        default="10",
    )


@dataclass(frozen=True, slots=True)
class WebhookSecretSettings:
    """Who may tell us that a call has ended."""

    secret: str | None = setting(
        "ELEVENLABS_WEBHOOK_SECRET",
        "the secret of the post-call webhook, shown once when it is made at ElevenLabs; without "
        "it calls are found by polling alone",
        optional,
        default="",
        secret=True,
    )


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """Which agent answers whom nobody called."""

    default_agent_id: str | None = setting(
        "DEFAULT_AGENT_ID",
        "the agent that answers a person who writes first; without one a sentence is sent",
        optional,
        default="",
    )


@dataclass(frozen=True, slots=True)
class StartSettings:
    """Which calls are continued, and how."""

    continue_calls: ContinueCalls = setting(
        "CONTINUE_CALLS",
        "which calls are continued: batch, outbound (batch and single calls) or all",
        choice(ContinueCalls),
        default="batch",
    )
    agent_ids: tuple[str, ...] = setting(
        "MONITOR_AGENT_IDS",
        "only the calls of these agents, separated by commas",
        words,
        default="",
    )
    min_call_s: int = setting(
        "MIN_CALL_S", "calls shorter than this are not continued", whole(0, 3600), default="10"
    )
    openers: Openers = setting(
        "OPENERS",
        "on; dry-run: decide and record, send nothing; off: start no conversation",
        choice(Openers),
        default="on",
    )
    allowed_numbers: tuple[str, ...] = setting(
        "ALLOWED_NUMBERS",
        "if given, only these numbers get an opener, in E.164, separated by commas",
        numbers,
        default="",
    )
    opener_max_age_h: int = setting(
        "OPENER_MAX_AGE_H",
        "calls that ended longer ago than this get no opener",
        whole(1, 720),
        default="24",
    )
    cooldown_days: int = setting(
        "OPENER_COOLDOWN_DAYS",
        "at most one opener a person in this many days; 0: no limit",
        whole(0, 365),
        default="1",
    )
    content_sids: dict[str, str] = setting(
        "OPENER_CONTENT_SID",
        "the approved opener template: one HX… SID, or a JSON object by agent and language",
        templates,
        default="",
    )
    content_variables: dict[str, str] = setting(
        "OPENER_CONTENT_VARIABLES",
        "the template's variables: a JSON object of sentences with {nombre} and {empresa}, or "
        "{{a call's variable}}",
        mapping,
        default='{"1":"{nombre}","2":"{empresa}"}',
    )
    sandbox: bool = setting(
        "TWILIO_SANDBOX",
        "yes: the sender is Twilio's sandbox (or a simulator), which takes free text as opener",
        switch,
        default="no",
    )
    name_variables: tuple[str, ...] = setting(
        "CLIENT_NAME_VARIABLES",
        "the call's variables that may hold the person's name, the first that does wins",
        words,
        default="name,nombre,client_name,customer_name",
    )
    summary_wait_s: int = setting(
        "SUMMARY_WAIT_S",
        "how long a finished call may stay in processing before it is continued without summary",
        whole(0, 86400),
        default="3600",
    )


@dataclass(frozen=True, slots=True)
class WordSettings:
    """What people read."""

    business: str = setting("BUSINESS_NAME", "your name, as people know it", default="")
    default_language: Language = setting(
        "DEFAULT_LANGUAGE", "es or en: where a person's language is unknown", choice(Language),
        default="es",
    )  # fmt: skip
    overrides: dict[str, str] = setting(
        "WORDS",
        'other sentences: a JSON object such as {"waiting.es": "Un momento…"} (docs/settings.md)',
        mapping,
        default="{}",
    )
    opt_out: tuple[str, ...] = setting(
        "OPT_OUT_WORDS",
        "whole messages that end it, separated by commas",
        words,
        default=",".join(default_words.OPT_OUT_WORDS),
    )
    opt_in: tuple[str, ...] = setting(
        "OPT_IN_WORDS",
        "whole messages that begin it again, separated by commas",
        words,
        default=",".join(default_words.OPT_IN_WORDS),
    )

    def words(self) -> Words:
        """The sentences of this deployment."""
        return Words(self.business, self.default_language, self.overrides)


@dataclass(frozen=True, slots=True)
class SendSettings:
    """How messages are sent."""

    ambiguous: AmbiguousSend = setting(
        "AMBIGUOUS_SEND",
        "resend or hold a message that Twilio may have taken but does not list",
        choice(AmbiguousSend),
        default="resend",
    )
    ambiguous_after_s: float = setting(
        "AMBIGUOUS_AFTER_S",
        "after this a message that Twilio gave no answer to is looked for in its list",
        number(45, 3600),
        default="60",
    )


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """The safety nets."""

    after_s: float = setting(
        "SWEEP_AFTER_S",
        "what is stored and unfinished for longer than this is rung for again",
        number(1, 86400),
        default="60",
    )


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
        number(0, 3600),
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


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is logged."""

    level: str = setting("LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR", default="INFO")


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """How long things are kept."""

    message_days: int = setting(
        "RETENTION_DAYS",
        "messages are deleted after this many days; 0: never",
        whole(0, 3650),
        default="0",
    )


@dataclass(frozen=True, slots=True)
class LeaseSettings:
    """How connectors share the shards, and how one of them leaves."""

    connector_id: str | None = setting(
        "CONNECTOR_ID",
        "the name of this connector among the others; by default a new one at each start",
        optional,
        default="",
    )
    ttl_s: float = setting(
        "LEASE_TTL_S",
        "a shard whose owner has not shown itself for this long is taken over by another",
        number(1, 300),
        default="8",
    )
    tick_s: float = setting(
        "LEASE_TICK_S",
        "how often a connector renews its leases and looks at the others'",
        number(0.05, 60),
        default="2",
    )
    drain_s: float = setting(
        "DRAIN_S",
        "how long a connector that is told to stop waits for answers it still owes",
        number(0, 100),
        default="20",
    )


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """How the connector listens for doorbells."""

    wait_s: int = setting(
        "INBOX_WAIT_S",
        "how long one request waits for a doorbell; a connector that stops waits as long at most",
        whole(0, 20),
        default="20",
    )


@dataclass(frozen=True, slots=True)
class HealthSettings:
    """Where the connector tells how it is."""

    host: str = setting(
        "HEALTH_HOST",
        "the address on which /healthz, /connections and /metrics are served",
        default="127.0.0.1",
    )
    port: int = setting(
        "HEALTH_PORT", "their port; 0 takes a free one", whole(0, 65_535), default="8080"
    )


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """Who may see the operators' panel."""

    issuer: str | None = setting(
        "PANEL_ISSUER",
        "the OpenID issuer that people sign in at, such as the stack's Cognito user pool",
        optional_url,
        default="",
    )
    client_id: str = setting(
        "PANEL_CLIENT_ID", "the panel's client at the issuer (output PanelClientId)", default=""
    )
    client_secret: str | None = setting(
        "PANEL_CLIENT_SECRET",
        "that client's secret; none for a public client, which PKCE protects",
        optional,
        default="",
        secret=True,
    )
    groups_claim: str = setting(
        "PANEL_GROUPS_CLAIM",
        "the claim of the ID token that lists a person's groups: viewer, operator or admin",
        default="cognito:groups",
    )
    session_h: int = setting(
        "PANEL_SESSION_H", "after how many hours one signs in again", whole(1, 168), default="10"
    )
    link_key: str | None = setting(
        "PANEL_LINK_KEY",
        "the key of the one-time links that `hilo panel` prints; without it there are none",
        optional,
        default="",
        secret=True,
    )
