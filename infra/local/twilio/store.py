"""Where messages, people and templates are kept: in memory, and in one file that survives."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from infra.local.twilio.records import Document, Message, Person
from infra.local.twilio.templates import Template

D = TypeVar("D", bound=Document)

# WAL without fsync: what was answered survives the process, not a power cut of the machine.
SETUP = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT, id TEXT, document TEXT, PRIMARY KEY (kind, id)
);
"""


class Store:
    """All records by id; each `keep` is on disk when it returns. The caller closes it."""

    def __init__(self, folder: Path | None) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        path = ":memory:" if folder is None else str(folder / "twilio.sqlite3")
        self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._file.executescript(SETUP)
        self._messages = self._read(Message, "sid")
        self._people = self._read(Person, "key")
        self._templates = self._read(Template, "sid")
        self._chats: dict[str, list[str]] = {}
        for message in sorted(self._messages.values(), key=lambda m: m.created_at):
            self._chats.setdefault(message.person, []).append(message.sid)

    def close(self) -> None:
        """Closes the file; nothing may be kept afterwards."""
        self._file.close()

    def forget(self) -> None:
        """Messages and people are gone; the templates stay."""
        self._file.execute("DELETE FROM documents WHERE kind != 'Template'")
        self._messages.clear()
        self._people.clear()
        self._chats.clear()

    def keep_message(self, message: Message) -> Message:
        """Writes a message down, new or changed."""
        if message.sid not in self._messages:
            self._chats.setdefault(message.person, []).append(message.sid)
        self._messages[message.sid] = message
        return self._write(message, message.sid)

    def keep_person(self, person: Person) -> Person:
        """Writes a person down, new or changed."""
        self._people[person.key] = person
        return self._write(person, person.key)

    def keep_template(self, template: Template) -> Template:
        """Writes a template down, new or changed."""
        self._templates[template.sid] = template
        return self._write(template, template.sid)

    def message(self, sid: str) -> Message | None:
        """One message, if it is known."""
        return self._messages.get(sid)

    def person(self, key: str) -> Person | None:
        """One person, by the canonical number."""
        return self._people.get(key)

    def person_by_bsuid(self, bsuid: str) -> Person | None:
        """One person, by the user id."""
        return next((p for p in self._people.values() if p.bsuid == bsuid), None)

    def template(self, sid: str) -> Template | None:
        """One template, if it is known."""
        return self._templates.get(sid)

    def newest_first(self) -> Iterator[Message]:
        """All messages in the order of Twilio's list."""
        return reversed(self._messages.values())

    def chat(self, key: str) -> list[Message]:
        """The messages with one person, oldest first."""
        return [self._messages[sid] for sid in self._chats.get(key, ())]

    def people(self) -> list[Person]:
        """Everybody known."""
        return list(self._people.values())

    def templates(self) -> list[Template]:
        """All templates."""
        return list(self._templates.values())

    def _write(self, record: D, key: str) -> D:
        row = (type(record).__name__, key, json.dumps(record.document()))
        # An upsert keeps the row where it is, so that a restart reads messages in their order.
        self._file.execute(
            "INSERT INTO documents VALUES (?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document",
            row,
        )
        return record

    def _read(self, kind: type[D], key: str) -> dict[str, D]:
        query = "SELECT document FROM documents WHERE kind = ? ORDER BY rowid"
        rows = self._file.execute(query, (kind.__name__,)).fetchall()
        found = [kind.from_document(json.loads(text)) for (text,) in rows]
        return {str(getattr(record, key)): record for record in found}
