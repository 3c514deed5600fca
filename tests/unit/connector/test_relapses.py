"""After faults of ours a contact is left alone, longer each time, and not for ever."""

from __future__ import annotations

from connector.relapses import Relapses


def test_waits_double_up_to_a_minute():
    relapses = Relapses()

    assert [relapses.wait_s("ANA") for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_who_was_read_well_begins_anew_and_others_do_not():
    relapses = Relapses()
    for contact in ("ANA", "LUIS"):
        relapses.wait_s(contact)

    relapses.cured("ANA")
    relapses.cured("nobody")

    assert (relapses.wait_s("ANA"), relapses.wait_s("LUIS")) == (1, 2)
