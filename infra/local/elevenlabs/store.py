"""What survives a restart: JSON documents by kind and id, in memory and in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from infra.local.elevenlabs.shapes import written

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from infra.local.elevenlabs.shapes import Json

KINDS = ("agent", "batch", "call", "conversation", "outcome")
_FILE = "elevenlabs.sqlite"


class Store:
    """Documents by kind and id, listed in the order in which they were first put.

    A document handed out is the stored one: whoever changes it must put it again. Without a
    folder nothing is written to disk.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file = _opened(folder)
        self._documents: dict[str, dict[str, Json]] = {kind: {} for kind in KINDS}
        rows = self._file.execute("SELECT kind, id, body FROM documents ORDER BY rowid")
        for kind, key, body in rows:
            self._documents[kind][key] = json.loads(body)

    def put(self, kind: str, key: str, document: Json) -> None:
        """Store the document, replacing what stood there."""
        self.put_all([(kind, key, document)])

    def put_all(self, changes: Iterable[tuple[str, str, Json]]) -> None:
        """Store several documents in one transaction."""
        rows = [(kind, key, written(document), document) for kind, key, document in changes]
        with self._file:
            self._file.executemany(
                "INSERT INTO documents (kind, id, body) VALUES (?, ?, ?) "
                "ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
                [row[:3] for row in rows],
            )
        for kind, key, _, document in rows:
            self._documents[kind][key] = document

    def get(self, kind: str, key: str) -> Json | None:
        """The document, if there is one."""
        return self._documents[kind].get(key)

    def all(self, kind: str) -> list[Json]:
        """All documents of a kind, oldest first."""
        return list(self._documents[kind].values())

    def delete(self, kind: str, key: str) -> bool:
        """Forget the document; tell whether there was one."""
        with self._file:
            self._file.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, key))
        return self._documents[kind].pop(key, None) is not None

    def clear(self) -> None:
        """Forget everything."""
        with self._file:
            self._file.execute("DELETE FROM documents")
        self._documents = {kind: {} for kind in KINDS}

    def close(self) -> None:
        """Close the file; the store must not be used after this."""
        self._file.close()


def _opened(folder: Path | None) -> sqlite3.Connection:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    # The loop's thread uses it alone, but is not always the thread that built it.
    file = sqlite3.connect(folder / _FILE if folder else ":memory:", check_same_thread=False)
    file.execute("PRAGMA journal_mode = WAL")
    file.execute("PRAGMA synchronous = NORMAL")
    file.execute(
        "CREATE TABLE IF NOT EXISTS documents "
        "(kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (kind, id))"
    )
    return file
