"""SQS as an event source: messages become an event, a batch response becomes what to delete.

Shapes: AWS, "Using Lambda with Amazon SQS" and "Handling errors for an SQS event source".
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Message = dict[str, Any]
"""A message as boto3's ``receive_message`` gives it."""


def queue_event(messages: Sequence[Message], *, queue_arn: str) -> dict[str, Any]:
    """The event that hands ``messages`` to a function."""
    return {"Records": [_record(message, queue_arn) for message in messages]}


def queue_arn(queue_url: str, region: str) -> str:
    """The ARN of the queue at ``queue_url``, which ends in ``/<account>/<name>``."""
    account, name = queue_url.rstrip("/").split("/")[-2:]
    return f"arn:aws:sqs:{region}:{account}:{name}"


def done(messages: Sequence[Message], response: object) -> list[Message]:
    """The messages to delete after a function returned ``response``.

    Nothing at all, an empty object or no failures: all of them. Anything that AWS calls a bad
    response (a failure without an identifier, or with one that was not in the batch): none.
    """
    if response is None or response == {}:
        return list(messages)
    try:
        failed = _failed(response)
    except (TypeError, KeyError, AttributeError):
        return []
    if not failed <= {message["MessageId"] for message in messages}:
        return []
    return [message for message in messages if message["MessageId"] not in failed]


def _failed(response: Any) -> set[str]:  # noqa: ANN401 - whatever a function returned
    return {failure["itemIdentifier"] for failure in response.get("batchItemFailures") or []}


def _record(message: Message, arn: str) -> dict[str, Any]:
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": _attributes(message.get("MessageAttributes", {})),
        "md5OfBody": message.get("MD5OfBody", ""),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": arn.split(":")[3],
    }
    if "MD5OfMessageAttributes" in message:
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return record


def _attributes(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: _attribute(value) for name, value in attributes.items()}


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    shaped: dict[str, Any] = {
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value["DataType"],
    }
    if "StringValue" in value:
        shaped["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        shaped["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode("ascii")
    return shaped
