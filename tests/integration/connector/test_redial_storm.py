"""Two thousand conversations lose their sockets at once, over TLS, and all of them come back.

The connector is a process of its own, composed as in production but for its ledger (tests/bench);
so is the far end. How long it takes is measured by ``make bench-holder``, on a machine at rest.
"""

from __future__ import annotations

from tests.bench.holder.__main__ import far_end
from tests.bench.holder.rivals import RIVALS

PEOPLE = 2000


def test_a_redial_storm_of_two_thousand_loses_nobody():
    hilo = RIVALS[0]
    with far_end() as (server, order):
        connector = hilo.start(order(hilo))
        try:
            opened = connector.ask(120, do="open", count=PEOPLE)
            files = connector.usage().files
            connector.ask(10, do="brace")
            dropped = server.ask(30, do="drop", client="hilo")
            back = connector.ask(130, do="reconnect", within_s=120)
            report = server.ask(30, do="report")
            left = connector.usage().files
        finally:
            connector.end()

    assert (opened["open"], opened["errors"]) == (PEOPLE, 0)
    assert dropped == {"dropped": PEOPLE}
    # An error is a defect, a fence, or a message that got no answer.
    assert (back["open"], back["errors"], back["failures"]) == (PEOPLE, 0, [])
    assert back["drops"] == {"connection_lost": PEOPLE}
    assert report["open"] == PEOPLE
    assert left <= files, "lost sockets still hold files"
