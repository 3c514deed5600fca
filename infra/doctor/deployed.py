"""What a stack in AWS tells of itself: its outputs, and its secrets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from conversation.errors import Permanent

if TYPE_CHECKING:
    from collections.abc import Mapping

OUTPUTS: Final[Mapping[str, str]] = {
    "InboxQueueUrls": "INBOX_QUEUE_URLS",
    "OutboxQueueUrl": "OUTBOX_QUEUE_URL",
    "PublicUrl": "PUBLIC_BASE_URL",
}


def values_of(stack: str, values: Mapping[str, str]) -> dict[str, str]:
    """The settings that ``stack`` runs with. Raises ``Permanent`` where they cannot be read."""
    try:
        return _values_of(stack, values)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise Permanent(f"the stack {stack} cannot be read: {code}", reason="no_stack") from error
    except BotoCoreError as error:
        raise Permanent(
            f"AWS cannot be asked ({type(error).__name__}): set AWS_PROFILE or AWS_REGION",
            reason="no_aws",
        ) from error


def _values_of(stack: str, values: Mapping[str, str]) -> dict[str, str]:
    region = values.get("AWS_REGION") or boto3.session.Session().region_name
    endpoint = values.get("AWS_ENDPOINT_URL") or None
    formation: Any = boto3.client("cloudformation", region_name=region, endpoint_url=endpoint)
    vault: Any = boto3.client("secretsmanager", region_name=region, endpoint_url=endpoint)
    described = formation.describe_stacks(StackName=stack)["Stacks"][0]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}
    given = {
        each["ParameterKey"]: each["ParameterValue"] for each in described.get("Parameters", [])
    }
    found = {name: outputs[output] for output, name in OUTPUTS.items() if outputs.get(output)}
    if "SecretArn" in outputs:
        filled = json.loads(_secret(vault, outputs["SecretArn"]))
        found |= {name: str(value) for name, value in filled.items() if value}
    if "PepperArn" in outputs:
        found["HILO_PEPPER"] = _secret(vault, outputs["PepperArn"]).strip()
    return found | {"TABLE_PREFIX": given.get("Prefix", "hilo"), "AWS_REGION": region or ""}


def _secret(vault: Any, arn: str) -> str:  # noqa: ANN401 - boto3's clients have no common type
    return str(vault.get_secret_value(SecretId=arn)["SecretString"])
