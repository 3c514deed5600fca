"""Content templates: what a business may send outside the window."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from infra.local.twilio.records import Document
from infra.local.twilio.refusals import Code, RefusalError

CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")
PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
TEMPLATE_LIMIT = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Template(Document):
    """A template; `variables` are its samples, `status` Meta's decision."""

    sid: str
    body: str
    friendly_name: str = "opener"
    language: str = "es"
    variables: dict[str, str] = field(default_factory=dict)
    category: str = "UTILITY"
    status: str = "approved"
    rejection_reason: str = ""
    created_at: float = 0.0

    def __post_init__(self) -> None:
        if not CONTENT_SID.fullmatch(self.sid) or not self.body:
            raise RefusalError(Code.INVALID_PARAMETER, "templates: sid and body are needed")

    @property
    def placeholders(self) -> frozenset[str]:
        """The names between double braces."""
        return frozenset(PLACEHOLDER.findall(self.body))

    def render(self, values: Mapping[str, str]) -> str:
        """The text the person reads; a placeholder without a value stays."""
        return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), self.body)


def read_variables(text: str | None) -> dict[str, str]:
    """ContentVariables; error 21656 for all that is no JSON object of non-empty texts."""
    try:
        values = json.loads(text or "{}")
    except ValueError as error:
        raise RefusalError(Code.BAD_VARIABLES) from error
    if not isinstance(values, dict) or not all(map(_is_value, values.values())):
        raise RefusalError(Code.BAD_VARIABLES)
    return {str(name): str(value) for name, value in values.items()}


def _is_value(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def content(template: Template, account: str, base: str) -> dict[str, object]:
    """`/v1/Content/HX…` as the Content API answers."""
    created = datetime.fromtimestamp(template.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    url = f"{base}/v1/Content/{template.sid}"
    return {
        "sid": template.sid,
        "account_sid": account,
        "friendly_name": template.friendly_name,
        "language": template.language,
        "variables": template.variables,
        "types": {"twilio/text": {"body": template.body}},
        "url": url,
        "date_created": created,
        "date_updated": created,
        "links": {
            "approval_fetch": f"{url}/ApprovalRequests",
            "approval_create": f"{url}/ApprovalRequests/whatsapp",
        },
    }


def approval(template: Template, account: str, base: str) -> dict[str, object]:
    """`/v1/Content/HX…/ApprovalRequests` as the Content API answers."""
    return {
        "sid": template.sid,
        "account_sid": account,
        "url": f"{base}/v1/Content/{template.sid}/ApprovalRequests",
        "whatsapp": {
            "type": "whatsapp",
            "name": template.friendly_name,
            "category": template.category,
            "content_type": "twilio/text",
            "status": template.status,
            "rejection_reason": template.rejection_reason,
            "allow_category_change": True,
        },
    }
