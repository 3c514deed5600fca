"""All checks in their order: what is asked of whom, and handed to the judgements."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from conversation.adapters.clients import sqs_client
from conversation.adapters.elevenlabs.agents import agent_of
from conversation.adapters.elevenlabs.reading import call_of
from conversation.adapters.tables.tables import Tables
from conversation.errors import HiloError, Permanent
from conversation.findings import Finding, Verdict
from infra.doctor import agents, aws, elevenlabs, twilio, webhook
from infra.doctor.asking import Answer, Asker
from infra.doctor.clock import clock
from infra.doctor.findings import untold
from infra.doctor.groups import Groups, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import httpx

    from conversation.calls import Call

CALLS_LOOKED_AT: Final = 10
AGENTS_LOOKED_AT: Final = 5
TWILIO: Final = (
    "https://api.twilio.com",
    "https://messaging.twilio.com",
    "https://content.twilio.com",
)


@dataclass(slots=True)
class Examination:
    """One run. ``values`` are the environment that the settings come from."""

    groups: Groups
    values: Mapping[str, str]
    http: httpx.Client
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _answers: list[Answer] = field(default_factory=list)

    def checks(self) -> Iterator[Finding]:
        """Every check, as it is made."""
        yield settings(self.groups)
        yield from self._elevenlabs()
        yield from self._twilio()
        yield from self._webhook()
        yield from self._aws()
        yield clock(self._answers)

    def _elevenlabs(self) -> Iterator[Finding]:
        known, sockets = self.groups.elevenlabs, self.groups.sockets
        if known is None or sockets is None:
            yield untold("elevenlabs_key", "unset")
            return
        asker = Asker(self.http, self.now, headers={"xi-api-key": known.api_key})
        uses = {
            use: self._asked(asker, known.api_url + path) for path, use in elevenlabs.USES.items()
        }
        first = next(iter(uses.values()))
        yield (key := elevenlabs.key(first, known))
        if key.verdict is not Verdict.OK:
            return
        yield elevenlabs.permissions(uses)
        yield from self._agents(asker, known.api_url)
        yield elevenlabs.plan(self._asked(asker, known.api_url + elevenlabs.SUBSCRIPTION), sockets)

    def _agents(self, asker: Asker, url: str) -> Iterator[Finding]:
        named = self._named_agents() or self._calling_agents(asker, url)
        if not named:
            yield elevenlabs.no_agents()
        for agent_id in named:
            answer = self._asked(asker, f"{url}/v1/convai/agents/{agent_id}")
            if answer.good:
                yield from agents.examined(self._patient(asker, url, answer))
            else:
                yield agents.absent(agent_id, answer.status)

    def _named_agents(self) -> list[str]:
        agent, start = self.groups.agent, self.groups.start
        default = (agent.default_agent_id,) if agent and agent.default_agent_id else ()
        return list(dict.fromkeys((*default, *(start.agent_ids if start else ()))))

    def _calling_agents(self, asker: Asker, url: str) -> list[str]:
        found = self._listed(asker, url)
        return list(dict.fromkeys(call["agent_id"] for call in found))[:AGENTS_LOOKED_AT]

    def _listed(self, asker: Asker, url: str, **narrowed: str) -> list[dict[str, Any]]:
        answer = self._asked(
            asker, f"{url}/v1/convai/conversations", page_size=CALLS_LOOKED_AT, text_only=False,
            **narrowed,
        )  # fmt: skip
        return answer.document.get("conversations") or []

    def _patient(self, asker: Asker, url: str, answer: Answer) -> agents.Patient:
        config = agent_of(answer.document)
        sockets, context = self.groups.sockets, self.groups.context
        if sockets is None or context is None:
            raise Permanent("the settings have faults", reason="misconfigured")
        call = self._newest_call(asker, url, str(config.agent_id))
        return agents.Patient(config=config, call=call, sockets=sockets, context=context)

    def _newest_call(self, asker: Asker, url: str, agent_id: str) -> Call | None:
        for listed in self._listed(asker, url, agent_id=agent_id):
            answer = self._asked(
                asker, f"{url}/v1/convai/conversations/{listed['conversation_id']}"
            )
            try:
                call = call_of(answer.document) if answer.good else None
            except HiloError:
                call = None
            if call is not None:
                return call
        return None

    def _twilio(self) -> Iterator[Finding]:
        account, start = self.groups.twilio, self.groups.start
        if account is None or start is None:
            yield untold("twilio_credentials", "unset")
            return
        api, messaging, content = self._twilio_urls()
        asker = Asker(self.http, self.now, auth=(account.account_sid, account.auth_token))
        page = self._asked(asker, f"{api}/2010-04-01/Accounts/{account.account_sid}.json")
        yield (credentials := twilio.credentials(page))
        if credentials.verdict is not Verdict.OK:
            return
        senders = self._asked(
            asker, f"{messaging}/v2/Channels/Senders", Channel="whatsapp", PageSize=1000
        )
        yield twilio.sender(senders, account.sender, start)
        yield from twilio.openers(
            start, {sid: self._template(asker, content, sid) for sid in self._sids()}
        )
        if (public := self.groups.public) is not None:
            sender = twilio.sender_of(senders, account.sender)
            yield webhook.registered(sender, account, public)

    def _sids(self) -> list[str]:
        start = self.groups.start
        return list(dict.fromkeys(start.content_sids.values())) if start else []

    def _template(self, asker: Asker, url: str, sid: str) -> tuple[Answer, Answer]:
        page = f"{url}/v1/Content/{sid}"
        return self._asked(asker, page), self._asked(asker, f"{page}/ApprovalRequests")

    def _twilio_urls(self) -> tuple[str, ...]:
        api = self.groups.twilio_api
        return (api.api_url,) * 3 if api and api.api_url else TWILIO

    def _webhook(self) -> Iterator[Finding]:
        account, public = self.groups.twilio, self.groups.public
        if public is None:
            yield untold("signature_base", "no_public_url")
            return
        api = self.groups.twilio_api
        yield webhook.signature_base(public, simulated=bool(api and api.api_url))
        if account is not None and not public.poll_twilio:
            yield webhook.answering(webhook.probe(self.http, account, public, self.now), public)

    def _aws(self) -> Iterator[Finding]:
        groups = self.groups
        if groups.aws is None or groups.inbox is None or groups.outbox is None:
            yield from aws.not_deployed()
            return
        session = aws.session_of(groups.aws, self.values)
        known = Tables(groups.aws, session=session)
        shards = aws.shards_of(known)
        yield aws.tables(shards, groups.inbox)
        fleet = aws.fleet_of(known, groups.inbox.shards, self.now())
        yield aws.connectors(fleet, ever=shards != 0)
        client = sqs_client(session, groups.aws)
        urls = (*groups.inbox.queue_urls, groups.outbox.queue_url)
        seen = [aws.look(client, url) for url in urls]
        yield aws.queues(seen, groups.inbox, groups.outbox)
        yield aws.dead_letters(seen)
        if groups.identity is not None:
            yield aws.pepper(groups.identity.pepper, aws.people_of(known))

    def _asked(self, asker: Asker, url: str, **query: str | int | bool) -> Answer:
        answer = asker.get(url, **query)
        self._answers.append(answer)
        return answer
