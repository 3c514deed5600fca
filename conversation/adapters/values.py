"""The values that settings are read from: the environment and, deployed, two secrets."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any, Final, NoReturn

from botocore.config import Config
from botocore.exceptions import ClientError

from conversation.adapters.clients import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, aws_session
from conversation.errors import MisconfiguredError, Transient
from conversation.settings import environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.utilities.parameters import SecretsProvider

SECRET_VARIABLE: Final = "HILO_SECRET_ARN"  # noqa: S105 - the name of a variable, not a secret
PEPPER_VARIABLE: Final = "HILO_PEPPER_ARN"
SECRET_MAX_AGE_S: Final = 300
PEPPER_MAX_AGE_S: Final = 86_400
"""It never changes."""

_REMEDIES: Final[Mapping[str, str]] = {
    "ResourceNotFoundException": "there is no such secret in this account and region",
    "AccessDeniedException": "this role may not read it (secretsmanager:GetSecretValue)",
    "DecryptionFailure": "this role may not decrypt it (kms:Decrypt)",
}


def values(*, fresh: bool = False) -> Mapping[str, str]:
    """The environment, and over it the secrets that it names, if any. See ``secrets``."""
    return environment() | (secrets(fresh=fresh) or {})


def secrets(*, fresh: bool = False) -> dict[str, str] | None:
    """What the secrets hold; ``None`` where the environment names none, at no cost.

    ``HILO_SECRET_ARN`` names a JSON object of settings, in which a blank one counts as absent, and
    ``HILO_PEPPER_ARN`` the pepper, a plain text. Powertools caches them; ``fresh`` asks anew for
    the settings. Raises ``MisconfiguredError`` where a secret is not to be had or makes no sense,
    and ``Transient`` where Secrets Manager gives no answer.
    """
    given = environment()
    arn, pepper = given.get(SECRET_VARIABLE), given.get(PEPPER_VARIABLE)
    if not arn and not pepper:
        return None
    found: dict[str, str] = {}
    if arn:
        found |= _settings(_secret(SECRET_VARIABLE, arn, SECRET_MAX_AGE_S, fresh=fresh))
    if pepper:
        found["HILO_PEPPER"] = _secret(PEPPER_VARIABLE, pepper, PEPPER_MAX_AGE_S).strip()
    return found


def forget() -> None:
    """Forget what was read, as a new process would."""
    _provider.cache_clear()


def _settings(text: str) -> dict[str, str]:
    try:
        secret: Any = json.loads(text)
    except ValueError:
        secret = None
    if not isinstance(secret, dict):
        raise MisconfiguredError([f"{SECRET_VARIABLE} is wrong: the secret must be a JSON object"])
    written = {str(name): _written(value) for name, value in secret.items() if value is not None}
    return {name: value for name, value in written.items() if value}


def _written(value: object) -> str:
    """A setting that is itself JSON may stand in the secret as it is, unquoted."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _secret(variable: str, arn: str, max_age_s: int, *, fresh: bool = False) -> str:
    # Only where there is a secret: the import costs a cold start.
    from aws_lambda_powertools.utilities.parameters.exceptions import (  # noqa: PLC0415 - see above
        GetParameterError,
    )

    try:
        return str(_provider().get(arn, max_age=max_age_s, force_fetch=fresh))
    except GetParameterError as error:
        _explain(variable, error)


def _explain(variable: str, error: Exception) -> NoReturn:
    cause = error.__context__
    code = cause.response["Error"]["Code"] if isinstance(cause, ClientError) else ""
    if code in _REMEDIES:
        raise MisconfiguredError([f"{variable} is wrong: {_REMEDIES[code]}"]) from error
    raise Transient("Secrets Manager gave no answer", reason="secrets_unreachable") from error


@functools.cache
def _provider() -> SecretsProvider:
    """Powertools' cache, over a client that gives up before the function's own time is over."""
    from aws_lambda_powertools.utilities.parameters import SecretsProvider  # noqa: PLC0415 - above

    given = environment()
    client: Any = aws_session().create_client(
        "secretsmanager",
        region_name=given.get("AWS_REGION"),
        endpoint_url=given.get("AWS_ENDPOINT_URL") or None,
        config=Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            retries={"total_max_attempts": 2},
        ),
    )
    return SecretsProvider(boto3_client=client)
