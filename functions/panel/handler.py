"""GET and POST /panel: the operators' pages, and their JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conversation.adapters.gateway import refuse
from conversation.errors import HiloError
from functions.panel.wiring import application

if TYPE_CHECKING:
    from collections.abc import Mapping


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Answer a browser. While settings are missing the answer names them."""
    try:
        site = application()
    except HiloError as error:
        return refuse(503, str(error))
    return site.answer(event, context)
