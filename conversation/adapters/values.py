"""The values that settings are read from: the environment and, deployed, one JSON secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from conversation.errors import MisconfiguredError
from conversation.settings import environment

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET_VARIABLE: Final = "HILO_SECRET_ARN"  # noqa: S105 - the name of a variable, not a secret
SECRET_MAX_AGE_S: Final = 300


def values() -> Mapping[str, str]:
    """The environment, and over it the secret that ``HILO_SECRET_ARN`` names, if any.

    Powertools caches the secret for five minutes: a rotated one is taken without a deployment.
    Raises ``MisconfiguredError`` where the secret is no JSON object.
    """
    given = environment()
    arn = given.get(SECRET_VARIABLE)
    if not arn:
        return given
    return given | _secret(arn)


def _secret(arn: str) -> dict[str, str]:
    # Only where there is a secret: the import costs a cold start.
    from aws_lambda_powertools.utilities import parameters  # noqa: PLC0415 - see above

    secret = cast("Any", parameters.get_secret(arn, transform="json", max_age=SECRET_MAX_AGE_S))
    if not isinstance(secret, dict):
        raise MisconfiguredError([f"{SECRET_VARIABLE} is wrong: the secret must be a JSON object"])
    return {str(key): str(value) for key, value in secret.items() if value is not None}
