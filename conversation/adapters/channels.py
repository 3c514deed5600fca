"""Where operators are told: an SNS topic, and a webhook that takes what Slack's does."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from conversation.alert_words import body, head
from conversation.errors import Permanent, Transient

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

    from conversation.alerts import Alert
    from conversation.words import Language

TIMEOUT_S: Final = 5.0
_SUBJECT_MOST: Final = 100
"""What SNS takes as a subject, in ASCII."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How an alert reads in this deployment. No text of people and no number is in it."""

    base_url: str
    language: Language

    def head(self, alert: Alert) -> str:
        """One line."""
        return f"Hilo: {head(alert, self.language)}"

    def body(self, alert: Alert) -> str:
        """What it means."""
        return body(alert, self.language)

    def link(self, alert: Alert) -> str:
        """The page that explains it."""
        return f"{self.base_url}{alert.page}"

    def details(self, alert: Alert) -> str:
        """What the newest event told: ids and a reason."""
        return " · ".join(filter(None, (alert.reason, alert.agent_id)))


class SnsChannel:
    """An SNS topic: mail, messages, Lambdas, whatever subscribes."""

    name = "sns"

    def __init__(self, sns: SNSClient, topic_arn: str, wording: Wording) -> None:
        self._sns = sns
        self._topic_arn = topic_arn
        self._wording = wording

    def tell(self, alert: Alert) -> None:
        """Publish it. Raises ``Transient``."""
        say = self._wording
        plain = unicodedata.normalize("NFKD", say.head(alert)).encode("ascii", "ignore")
        parts = (say.head(alert), say.body(alert), say.details(alert), say.link(alert))
        try:
            self._sns.publish(
                TopicArn=self._topic_arn,
                Subject=plain.decode()[:_SUBJECT_MOST],
                Message="\n\n".join(filter(None, parts)),
                MessageAttributes={
                    "topic": {"DataType": "String", "StringValue": alert.subject.topic.value},
                    "alert": {"DataType": "String", "StringValue": alert.key},
                },
            )
        except (ClientError, BotoCoreError) as error:
            raise Transient("SNS did not take the message", reason="sns_unavailable") from error


class WebhookChannel:
    """``POST {"text": …}``, as Slack, Mattermost, Google Chat and others take it.

    ``X-Hilo-Alert`` names the message, for a receiver that wants to know a repetition: where no
    answer comes it is sent again.
    """

    name = "webhook"

    def __init__(self, url: str, wording: Wording) -> None:
        self._url = url
        self._wording = wording
        self._http = urllib3.PoolManager(retries=False, timeout=TIMEOUT_S)

    def tell(self, alert: Alert) -> None:
        """Post it. Raises ``Transient`` for no answer, 429 or 5xx; else ``Permanent``."""
        try:
            answer = self._http.request(
                "POST",
                self._url,
                json={"text": self._text(alert)},
                headers={"X-Hilo-Alert": alert.key},
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise Transient("the webhook did not answer", reason="webhook_silent") from error
        if answer.status == 429 or answer.status >= 500:  # noqa: PLR2004 - HTTP's words for later
            raise Transient("the webhook is busy", reason=f"webhook_{answer.status}")
        if answer.status >= 300:  # noqa: PLR2004 - HTTP's words for no
            raise Permanent(
                "the webhook refuses: check NOTIFY_WEBHOOK_URL", reason=f"webhook_{answer.status}"
            )

    def _text(self, alert: Alert) -> str:
        say = self._wording
        details = say.details(alert)
        lines = (
            f"*{escape(say.head(alert), quote=False)}*",
            escape(say.body(alert), quote=False),
            f"`{escape(details, quote=False)}`" if details else "",
            say.link(alert),
        )
        return "\n".join(filter(None, lines))
