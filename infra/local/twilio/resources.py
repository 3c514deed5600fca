"""Messages as the REST API shows them, one by one and in pages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime
from itertools import islice
from urllib.parse import urlencode

from infra.local.twilio.records import Message
from infra.local.twilio.refusals import Code, RefusalError, reason_of

FILTERS = ("To", "From", "DateSent", "DateSent>", "DateSent<")
MOST_PER_PAGE = 1000
PER_PAGE = 50


def resource(message: Message, account: str) -> dict[str, object]:
    """The real fields, in the order of the documentation's examples."""
    uri = f"/2010-04-01/Accounts/{account}/Messages/{message.sid}"
    code = message.error_code
    return {
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": _rfc2822(message.created_at),
        "date_sent": _rfc2822(message.sent_at),
        "date_updated": _rfc2822(message.updated_at),
        "direction": message.direction,
        "error_code": code,
        "error_message": None if code is None else reason_of(code),
        "from": message.from_,
        "messaging_service_sid": message.messaging_service_sid,
        "num_media": str(message.num_media),
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request to the list asks for."""

    filters: Mapping[str, str]
    page: int
    page_size: int
    after_sid: str | None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Asked":
        """From the query; numbers that are none are refused."""
        token = query.get("PageToken")
        return cls(
            filters={name: query[name] for name in FILTERS if query.get(name)},
            page=_number(query, "Page", 0),
            page_size=max(1, min(_number(query, "PageSize", PER_PAGE), MOST_PER_PAGE)),
            after_sid=token.removeprefix("PA") if token else None,
        )


def page_of(messages: Iterable[Message], asked: Asked, account: str) -> dict[str, object]:
    """One page, newest first.

    The token names the last message of the page before, so that what arrives in between neither
    repeats nor hides anything.
    """
    matching = (m for m in messages if _matches(m, asked.filters))
    found = list(islice(_start(matching, asked), asked.page_size + 1))
    shown = found[: asked.page_size]
    start = asked.page * asked.page_size
    more = len(found) > len(shown)
    return {
        "end": start + max(len(shown) - 1, 0),
        "first_page_uri": _uri(account, asked, 0),
        "next_page_uri": _uri(account, asked, asked.page + 1, shown) if more else None,
        "page": asked.page,
        "page_size": asked.page_size,
        "previous_page_uri": _uri(account, asked, asked.page - 1) if asked.page else None,
        "messages": [resource(message, account) for message in shown],
        "start": start,
        "uri": _uri(account, asked, asked.page),
    }


def _start(matching: Iterator[Message], asked: Asked) -> Iterator[Message]:
    if asked.after_sid is None:
        return islice(matching, asked.page * asked.page_size, None)
    for message in matching:
        if message.sid == asked.after_sid:
            break
    return matching


def _uri(account: str, asked: Asked, page: int, shown: Sequence[Message] = ()) -> str:
    words = {**asked.filters, "PageSize": str(asked.page_size), "Page": str(page)}
    if shown:
        words["PageToken"] = f"PA{shown[-1].sid}"
    return f"/2010-04-01/Accounts/{account}/Messages.json?{urlencode(words)}"


def _matches(message: Message, filters: Mapping[str, str]) -> bool:
    if filters.get("To", message.to) != message.to:
        return False
    if "From" in filters and filters["From"] != message.from_:
        return False
    return all(_dated(message, name, text) for name, text in filters.items() if "Date" in name)


def _dated(message: Message, name: str, text: str) -> bool:
    """Whole days in GMT, as documented; what is not yet sent has no date to match."""
    if message.sent_at is None:
        return False
    sent, asked = datetime.fromtimestamp(message.sent_at, UTC).date(), _day(text)
    return {"DateSent": sent == asked, "DateSent>": sent >= asked, "DateSent<": sent <= asked}[name]


def _day(text: str) -> date:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError as error:
        raise RefusalError(Code.INVALID_PARAMETER, "DateSent") from error


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal():
        raise RefusalError(Code.INVALID_PARAMETER, name)
    return int(text)


def _rfc2822(at: float | None) -> str | None:
    return None if at is None else format_datetime(datetime.fromtimestamp(at, UTC))
