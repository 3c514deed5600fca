"""What stands in the account after a deployment: read, and the secret filled in."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import ClientError

from infra.local.deployed.sam import STACK
from infra.local.emulator import CREDENTIALS, REGION

if TYPE_CHECKING:
    from collections.abc import Mapping

FAMILY: Final = "hilo-connector"
TWIN: Final = "rehearsed-connector"
_ANYBODY: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
_BATCHES: Final = ('"sqs:DeleteMessage"', '"sqs:DeleteMessage", "sqs:DeleteMessageBatch"')
"""AWS asks for DeleteMessage where a batch is deleted; the emulator for a name of its own."""


@dataclass(frozen=True, slots=True)
class Account:
    """The account at ``endpoint``, by whoever deploys."""

    endpoint: str
    _clients: dict[str, Any] = field(default_factory=dict, compare=False)

    def outputs(self) -> dict[str, str]:
        """The outputs of the stack."""
        stack = self._client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}

    def fill_in(self, secret: str, settings: Mapping[str, str]) -> None:
        """Write settings over those that the secret holds, as ``docs/deploying.md`` does."""
        manager = self._client("secretsmanager")
        known = json.loads(manager.get_secret_value(SecretId=secret)["SecretString"])
        manager.put_secret_value(SecretId=secret, SecretString=json.dumps(known | dict(settings)))

    def secret(self, name: str) -> str:
        """A secret's text."""
        told = self._client("secretsmanager").get_secret_value(SecretId=name)
        return str(told["SecretString"])

    def refusal_of(self, queue_url: str) -> str | None:
        """With which error a queue refuses us; ``None`` where it does not."""
        try:
            self._client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return None

    def leave_dead_letter(self, body: str) -> None:
        """Put something into the connector's queue of dead letters."""
        sqs = self._client("sqs")
        found = sqs.get_queue_url(QueueName=f"{STACK}-inbox-dead-letters")
        sqs.send_message(QueueUrl=found["QueueUrl"], MessageBody=body)

    def knows(self, known_id: str) -> bool:
        """Whether the table of known ids has this one."""
        found = self._client("dynamodb").get_item(
            TableName=f"{STACK}-known_ids", Key={"id": {"S": known_id}}
        )
        return "Item" in found

    def invite(self, email: str, password: str, group: str) -> None:
        """An operator of the panel, as ``docs/panel.md`` says; the password is theirs already."""
        pool = self.outputs()["OperatorsPoolId"]
        people = self._client("cognito-idp")
        attributes = [{"Name": "email", "Value": email}]
        people.admin_create_user(
            UserPoolId=pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS"
        )
        people.admin_set_user_password(
            UserPoolId=pool, Username=email, Password=password, Permanent=True
        )
        people.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)

    def function_logs(self) -> list[str]:
        """What the Lambdas wrote, line by line, each with its log group."""
        logs = self._client("logs")
        groups = logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]
        return [
            f"{name} {event['message'].rstrip()}"
            for name in (group["logGroupName"] for group in groups)
            for event in logs.filter_log_events(logGroupName=name)["events"]
        ]

    def task_environment(self) -> dict[str, str]:
        """What ECS would tell the connector."""
        found = self._client("ecs").describe_task_definition(taskDefinition=FAMILY)
        (container,) = found["taskDefinition"]["containerDefinitions"]
        return {each["name"]: str(each["value"]) for each in container["environment"]}

    def credentials_of(self, role: str) -> dict[str, str]:
        """Credentials that may do exactly what ``role`` may.

        ECS alone may assume a task's role, so a twin with the same policies is assumed instead.
        """
        twin = self._twin(role.rpartition("/")[2])
        given = self._client("sts").assume_role(RoleArn=twin, RoleSessionName="connector")
        return {
            "AWS_ACCESS_KEY_ID": given["Credentials"]["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["Credentials"]["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["Credentials"]["SessionToken"],
        }

    def _twin(self, role: str) -> str:
        iam = self._client("iam")
        made = iam.create_role(RoleName=TWIN, AssumeRolePolicyDocument=json.dumps(_ANYBODY))
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            text = json.dumps(policy).replace(*_BATCHES)
            iam.put_role_policy(RoleName=TWIN, PolicyName=name, PolicyDocument=text)
        return str(made["Role"]["Arn"])

    def _client(self, service: str) -> Any:  # noqa: ANN401 - boto3's own
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.endpoint,
                region_name=REGION,
                aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            )
        return self._clients[service]
