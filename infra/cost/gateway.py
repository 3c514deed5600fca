"""``python -m infra.cost.gateway``: the local gateway, which also says what each call took."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from infra.local.gateway.__main__ import options_from
from infra.local.gateway.process import Gateway, say

if TYPE_CHECKING:
    from infra.local.gateway.functions import Function
    from infra.local.gateway.invocation import Outcome

INVOKED: Final = "invoked"


class TellingGateway(Gateway):
    """Says after each invocation which function it was, and how long it took."""

    def call(self, function: Function, event: object) -> Outcome:
        """As the gateway's."""
        began = time.monotonic()
        outcome = super().call(function, event)
        ms = round((time.monotonic() - began) * 1000, 1)
        say({"event": INVOKED, "function": function.name, "ms": ms})
        return outcome


if __name__ == "__main__":
    asyncio.run(TellingGateway(options_from()).run())
