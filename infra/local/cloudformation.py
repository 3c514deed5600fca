"""Tables and queues, from the very file that is deployed: ``infra/aws/state.yaml``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from conversation.errors import Permanent, Transient
from infra.local.emulator import CREDENTIALS, REGION

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

TEMPLATE: Final = Path(__file__).parents[1] / "aws" / "state.yaml"
PATIENCE_S: Final = 60.0

Outputs = dict[str, str]


def deploy(endpoint: str, *, prefix: str, template: Path = TEMPLATE) -> Outputs:
    """Create or update the stack ``<prefix>-state`` at ``endpoint``; return its outputs.

    Addresses in the outputs name ``endpoint``. Raises ``Permanent`` if the template is refused and
    ``Transient`` if the emulator does not answer.
    """
    client = boto3.client(
        "cloudformation",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )
    try:
        return _deploy(
            client, f"{prefix}-state", template.read_text(encoding="utf-8"), prefix, endpoint
        )
    except ClientError as error:
        raise Permanent(f"{template.name} was refused: {error}", reason="bad_template") from error
    except BotoCoreError as error:
        raise Transient(f"the local AWS does not answer: {error}", reason="no_answer") from error


def here(address: str, endpoint: str) -> str:
    """``address`` (or several, separated by commas) as it is reached at ``endpoint``.

    The emulator keeps the addresses of the port on which a stack was created; the next start has
    another.
    """
    return ",".join(f"{endpoint}{urlsplit(each).path}" for each in address.split(","))


def _deploy(
    client: CloudFormationClient, name: str, body: str, prefix: str, endpoint: str
) -> Outputs:
    parameters = [{"ParameterKey": "Prefix", "ParameterValue": prefix}]
    if not _exists(client, name):
        client.create_stack(StackName=name, TemplateBody=body, Parameters=parameters)  # type: ignore[arg-type]  # stubs want a TypedDict
    elif _template(client, name) != body:
        client.update_stack(StackName=name, TemplateBody=body, Parameters=parameters)  # type: ignore[arg-type]  # as above
    outputs = _settled(client, name)
    return {
        key: here(value, endpoint) if key.endswith(("Url", "Urls")) else value
        for key, value in outputs.items()
    }


def _template(client: CloudFormationClient, name: str) -> object:
    # boto3 gives an object for a template in JSON and the text of one in YAML.
    return client.get_template(StackName=name)["TemplateBody"]


def _exists(client: CloudFormationClient, name: str) -> bool:
    try:
        client.describe_stacks(StackName=name)
    except ClientError as error:
        if "does not exist" in str(error):
            return False
        raise
    return True


def _settled(client: CloudFormationClient, name: str) -> Outputs:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        stack = client.describe_stacks(StackName=name)["Stacks"][0]
        if stack["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            return {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            reason = stack.get("StackStatusReason", "")
            raise Permanent(f"{name} is {stack['StackStatus']}: {reason}", reason="stack_failed")
        time.sleep(0.05)
    raise Transient(f"{name} was not ready in {PATIENCE_S:.0f} s", reason="stack_slow")
