"""A queue of dead letters in memory."""

from __future__ import annotations

from conversation.errors import Transient


class Letters(list):
    """What was put there: body and reason."""

    broken = False

    def put(self, body, reason):
        if self.broken:
            raise Transient("no", reason="queue_unavailable")
        self.append((body, reason))
