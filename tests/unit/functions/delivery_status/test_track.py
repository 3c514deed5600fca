"""Which message a callback is about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from conversation.errors import Refused
from functions.delivery_status.track import Tracker
from tests.webhooks import a_sid, reported

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CONTACT, KEY = "A" * 26, "01JD0000000000000000000000~001"


class FakeTracking(list):
    def track(self, report, now):
        self.append((report.contact_id, report.key, report.status, now))


def test_a_callback_is_about_the_message_that_its_query_names():
    tracking = FakeTracking()

    Tracker(tracking=tracking).receive(f"c={CONTACT}&k={KEY}", reported("sent", a_sid()), NOW)

    assert tracking == [(CONTACT, KEY, "sent", NOW)]


def test_what_is_no_callback_is_refused():
    with pytest.raises(Refused):
        Tracker(tracking=FakeTracking()).receive("", {}, NOW)
