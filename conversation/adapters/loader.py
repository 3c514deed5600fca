"""What botocore reads at a start, made lean: two thirds of a client's making is reading files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from botocore.loaders import Loader

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICES: Final = ("dynamodb", "secretsmanager", "sns", "sqs")
"""Those that Hilo has clients for."""

_HOSTS: Final = {
    "hostname": "{service}.{region}.{dnsSuffix}",
    "protocols": ["https"],
    "signatureVersions": ["v4"],
}


class LeanLoader(Loader):
    """Knows without looking which services there are, and where they are.

    Before it loads a model, botocore looks through the folders of all 400 services to learn whether
    the one asked for exists; and it parses a megabyte of addresses, of which the rules of each
    service (``endpoint-rule-set``) leave nothing but the names of the partitions. Those are in
    ``partitions.json``, which it loads anyway. A test compares the clients with botocore's own.
    """

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's own signature
        """``SERVICES``."""
        return list(SERVICES)

    def load_data_with_path(self, name: str) -> tuple[Any, str]:
        """What is in the file ``name``; of the addresses, as much as is asked for."""
        if name != "endpoints":
            return cast("tuple[Any, str]", super().load_data_with_path(name))
        known, path = super().load_data_with_path("partitions")
        return {
            "version": 3,
            "partitions": [_addresses(each) for each in known["partitions"]],
        }, path


def _addresses(partition: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "partition": partition["id"],
        "dnsSuffix": partition["outputs"]["dnsSuffix"],
        "regionRegex": partition["regionRegex"],
        "regions": partition["regions"],
        "defaults": _HOSTS,
        "services": {},
    }
