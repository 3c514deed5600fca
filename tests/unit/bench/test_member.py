"""The peers of the bench say what the connector says, to the byte: their work is compared."""

import random
from datetime import UTC, datetime

import pytest

from connector.choices import dialogues, session_policy
from connector.dialogue import words
from connector.protocol import Metadata, dialect_named
from connector.session.words import Opened, Received, Send
from connector.settings import load
from conversation.identifiers import SessionId
from conversation.leases import Owner
from tests.bench.holder.ledger import Ledger, contact_of, key
from tests.bench.holder.member import Member
from tests.bench.holder.office import FACTS, VALUES

INDEX = 7
NOW = words.Moment(1.0, datetime(2026, 11, 28, tzinfo=UTC))


class Agents:
    """Everybody's facts are the bench's."""

    def known(self, _):
        return FACTS


@pytest.fixture
def said():
    """What the connector says on a socket of the bench until the session is ready."""
    settings = load(VALUES)
    dialect = dialect_named(settings.sockets.dialect)
    chance = random.Random(1)
    new = dialogues(settings, Agents(), dialect, chance=chance, new_id=lambda: "id")
    dialogue, book = new(contact_of(INDEX)), Ledger(INDEX + 1, lambda: None)
    state = book.touch(contact_of(INDEX), Owner(epoch=1, shard=0))
    looked = words.Looked(state, tuple(book.read(contact_of(INDEX), None, 30)))
    happened = (
        words.Rung(key(0)),
        looked,
        words.MayOpen(session_policy(settings)),
        Opened(),
        Received(Metadata(SessionId("conv_1"))),
    )
    effects = [effect for event in happened for effect in dialogue.on(event, NOW)]
    return [effect.frame for effect in effects if isinstance(effect, Send)]


def test_a_peer_says_the_first_frame_and_the_note_of_the_connector(said):
    member = Member(INDEX, None)
    metadata = '{"type":"conversation_initiation_metadata"}'

    assert said == [member.initiation(), member.heard(metadata)]


def test_a_peer_asks_what_a_person_of_the_ledger_writes():
    book = Ledger(INDEX + 1, lambda: None)
    book.write(INDEX)
    written = book.read(contact_of(INDEX), None, 30)[-1].content

    assert Member(INDEX, None).question() == dialect_named("convai").user_message(written)
