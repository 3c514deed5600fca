"""Clients of AWS from one botocore session.

A session loads endpoints and service models once; boto3 would bring a second loader and the
resources nobody uses, which a cold start pays for (``make bench-cold``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import botocore.session
from botocore.config import Config

from conversation.adapters.loader import LeanLoader

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

    from conversation.variables import AwsSettings

CONNECT_TIMEOUT_S: Final = 2
READ_TIMEOUT_S: Final = 5


def aws_session() -> botocore.session.Session:
    """A session that ``Tables`` and ``sqs_client`` share: make one a process."""
    session = botocore.session.get_session()
    session.register_component("data_loader", LeanLoader())
    return session


def sqs_client(session: botocore.session.Session, settings: AwsSettings) -> SQSClient:
    """A client that rings: a doorbell that hangs is rung again rather than waited for."""
    return cast("SQSClient", _client(session, settings, "sqs"))


def sns_client(session: botocore.session.Session, settings: AwsSettings) -> SNSClient:
    """A client that tells operators."""
    return cast("SNSClient", _client(session, settings, "sns"))


def _client(session: botocore.session.Session, settings: AwsSettings, service: str) -> object:
    return session.create_client(
        service,
        region_name=settings.region,
        endpoint_url=settings.endpoint_url,
        config=Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            retries={"total_max_attempts": 1},
        ),
    )
