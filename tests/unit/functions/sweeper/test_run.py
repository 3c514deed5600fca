"""The nets are cast each by itself."""

from __future__ import annotations

import pytest

from conversation.errors import Defect, Transient
from conversation.signals import Recorded, Signal
from functions.sweeper.run import Run


def test_a_net_that_tears_leaves_the_others_whole_and_the_run_failed():
    cast, signals = [], Recorded()

    def torn(_now, _left):
        raise Transient("no", reason="twilio_busy")

    run = Run(nets={"a": torn, "b": lambda *_: cast.append("b") or 1}, signals=signals)

    with pytest.raises(Transient):
        run.cast(None, lambda: 1.0)
    assert cast == ["b"]
    assert signals.names() == [Signal.PROVIDER_FAILED]


def test_a_fault_of_ours_is_told_as_one():
    signals = Recorded()

    def torn(_now, _left):
        raise Defect("no", reason="bad_request")

    with pytest.raises(Defect):
        Run(nets={"a": torn}, signals=signals).cast(None, lambda: 1.0)
    assert signals.names() == [Signal.DEFECT_FOUND]


def test_a_run_in_which_all_went_well_is_quiet():
    signals = Recorded()

    Run(nets={"a": lambda *_: 0}, signals=signals).cast(None, lambda: 1.0)

    assert signals == []
