"""One connector process: started, told to stop, drained, ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.door import Door
    from connector.health import Health
    from connector.hub import Hub
    from connector.intake import Intake
    from connector.keeper import Keeper
    from connector.loop import Loop
    from connector.pages import Pages
    from connector.rotation import Rotation
    from connector.strands import Aside, Strands
    from connector.tidying import Tidying
    from conversation.identifiers import WorkerId
    from conversation.signals import Signals

_LOOK_S: Final = 0.05
_GOODBYE_S: Final = 2.0
_COUNT_S: Final = 60.0


@dataclass(slots=True, kw_only=True)
class Service:
    """Everything that runs, and the order in which it begins and ends."""

    loop: Loop
    hub: Hub
    door: Door
    keeper: Keeper
    intake: Intake
    health: Health
    pages: Pages
    rotation: Rotation
    tidying: Tidying
    ledger_strands: Strands
    provider_strands: Strands
    aside: Aside
    signals: Signals
    worker: WorkerId
    report: Callable[[], object]
    """Writes what was measured."""
    drain_s: float
    give_up_at: float | None = None
    """When draining ends, come what may."""

    def run(self) -> None:
        """Serve until drained. Runs the loop on the calling thread."""
        self._start()
        self.loop.run()
        self._end()

    def drain(self) -> None:
        """Announce it, give all shards, finish the open turns, and end. On the loop."""
        if self.give_up_at is not None:
            return
        self.give_up_at = self.loop.now() + self.keeper.announced_s + self.drain_s
        self.pages.draining = True
        self.signals(
            Signal.CONNECTOR_DRAINING, connector=self.worker, count=len(self.hub.shards.held)
        )
        self.keeper.leave()
        self._wait_for_the_last()

    def _wait_for_the_last(self) -> None:
        late = self.give_up_at is not None and self.loop.now() >= self.give_up_at
        if late or (not self.hub.shards.held and self.hub.idle and self.intake.quiet):
            self.loop.stop()
        else:
            self.loop.call_later(_LOOK_S, self._wait_for_the_last)

    def _start(self) -> None:
        for part in (self.ledger_strands, self.provider_strands, self.aside, self.intake):
            part.start()
        self.hub.start(self.intake.listen)
        self.tidying.start()
        self.rotation.start()
        self.health.start()
        self.keeper.start()
        self.signals(Signal.CONNECTOR_STARTED, connector=self.worker, where=self.health.url)
        self._count()

    def _count(self) -> None:
        # Autoscaling and an alarm read it from the log (infra/aws): silence means that none runs.
        self.signals(Signal.CONNECTOR_COUNTED, connector=self.worker, count=self.door.inside)
        self.aside.put(self.report)
        self.loop.call_later(_COUNT_S, self._count)

    def _end(self) -> None:
        self.tidying.stop()
        self.hub.abandon()
        self.keeper.finish(_GOODBYE_S)
        self.intake.stop(_GOODBYE_S)
        self.aside.stop(_GOODBYE_S)
        for strands in (self.ledger_strands, self.provider_strands):
            strands.stop()
        self.health.stop()
        self.loop.close()
        self.report()
        self.signals(Signal.CONNECTOR_STOPPED, connector=self.worker)
