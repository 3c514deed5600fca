"""The lifeline's reading of what is watched."""

from infra.local.watchdog import watched


def test_groups_are_watched_until_they_are_taken_off():
    assert watched(["+10\n", "+20\n", "-10\n", "+30\n"]) == {20, 30}


def test_nothing_is_watched_after_a_clean_stop():
    assert watched(["+10\n", "-10\n"]) == set()
