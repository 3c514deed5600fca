"""Fresh identifiers, read by the library that knows the format."""

from datetime import UTC, datetime, timedelta

from ulid import ULID

from conversation.adapters.identity import new_ulid


def test_a_fresh_id_is_a_ulid_of_now():
    before = datetime.now(UTC) - timedelta(milliseconds=1)

    made = new_ulid()

    assert str(ULID.from_str(made)) == made
    assert before <= ULID.from_str(made).datetime <= datetime.now(UTC)


def test_no_two_ids_are_the_same():
    assert len({new_ulid() for _ in range(1000)}) == 1000


def test_ids_use_every_bit_of_their_chance():
    chances = [ULID.from_str(new_ulid()).bytes[6:] for _ in range(200)]

    flipped = bytes(10)
    for chance in chances:
        flipped = bytes(a | (b ^ c) for a, b, c in zip(flipped, chance, chances[0], strict=True))

    assert flipped == b"\xff" * 10
