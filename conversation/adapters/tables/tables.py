"""The composition of the tables: models bound to a deployment, over one connection.

PynamoDB would open a client a model; here all models share one, which is what a cold start and
the number of open sockets depend on (docs/decisions/0005-one-connection-for-all-tables.md).
"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from pynamodb.connection import Connection

from conversation.adapters.tables import models, operator_models

if TYPE_CHECKING:
    from collections.abc import Callable

    import botocore.session
    from pynamodb.connection.table import TableConnection
    from pynamodb.models import Model

    from conversation.variables import AwsSettings

M = TypeVar("M", bound="Model")

CONNECT_TIMEOUT_S: Final = 2.0
READ_TIMEOUT_S: Final = 5.0


class Tables:
    """Every table of one deployment. Safe to use from several threads.

    ``session`` lets a process share one botocore session between this and its other clients.
    """

    def __init__(
        self,
        settings: AwsSettings,
        *,
        session: botocore.session.Session | None = None,
        max_connections: int = 10,
    ) -> None:
        self.connection = Connection(
            region=settings.region,
            host=settings.endpoint_url,
            connect_timeout_seconds=CONNECT_TIMEOUT_S,
            read_timeout_seconds=READ_TIMEOUT_S,
            max_retry_attempts=2,
            max_pool_connections=max_connections,
        )
        if session is not None:
            # PynamoDB makes a session a thread and offers no way to pass one.
            self.connection._local.session = session  # noqa: SLF001
        self._prefix = settings.table_prefix
        self.state = self._bound(models.StateItem, "conversation_state")
        self.messages = self._bound(models.MessageItem, "conversation_messages")
        self.known_ids = self._bound(models.KnownIdItem, "known_ids")
        self.batch_calls = self._bound(models.BatchCallItem, "batch_calls")
        self.leases = self._bound(models.LeaseItem, "connector_leases")
        self.commands = self._bound(operator_models.CommandItem, "commands")
        self.socket_events = self._bound(operator_models.SocketEventItem, "socket_events")
        self.audit = self._bound(operator_models.AuditItem, "audit")
        self.alerts = self._bound(operator_models.AlertItem, "operator_alerts")

    def connect(self) -> None:
        """Open the client now: botocore's are not safe to *make* from several threads at once."""
        _ = self.connection.client

    def _bound(self, model: type[M], name: str) -> type[M]:
        meta = type("Meta", (), {"table_name": f"{self._prefix}-{name}"})
        bound = cast("type[M]", types.new_class(model.__name__, (model,), {}, _with(meta)))
        own: TableConnection = bound._get_connection()  # noqa: SLF001 - the only way to a model's connection
        table: Any = own.connection.get_meta_table(own.table_name)
        self.connection.add_meta_table(table)
        own.connection = self.connection
        return bound


def _with(meta: type) -> Callable[[dict[str, Any]], None]:
    return lambda namespace: namespace.update(Meta=meta)
