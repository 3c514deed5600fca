"""What of a batch may be told."""

import pytest

from conversation.batches import tellable
from infra.local.elevenlabs.ids import Ids


def test_an_id_that_elevenlabs_made_may_stand_in_a_log():
    made = Ids().new("rcpt")

    assert tellable(made) == made


@pytest.mark.parametrize(
    "chosen", ["+573138539155", "573138539155", "ana.torres", "rcpt_1", "", None]
)
def test_an_id_that_somebody_chose_may_not(chosen):
    assert tellable(chosen) is None
