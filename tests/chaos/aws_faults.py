"""What the proxy does to AWS calls: refusals the emulator never gives, and rumours of lag."""

from __future__ import annotations

import json
import time
import uuid
import zlib
from collections import Counter, deque
from dataclasses import dataclass, field
from hashlib import md5
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

WRITES = frozenset({"TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem"})
UNTOUCHED = frozenset({"ReceiveMessage"})
"""A receive that is broken off costs a visibility time-out and tells nothing."""

DYNAMO = "com.amazonaws.dynamodb.v20120810#"
SQS = "com.amazonaws.sqs#"


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as far as the faults look at it."""

    service: str
    action: str
    document: dict

    @property
    def table(self) -> str:
        if "TableName" in self.document:
            return self.document["TableName"]
        for item in self.document.get("TransactItems", ()):
            for words in item.values():
                return words["TableName"]
        return self.document.get("QueueUrl", "").rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the proxy itself says, without asking the emulator."""

    status: int
    document: dict


@dataclass(slots=True)
class AwsChaos:
    """The faults that are on, what was drawn, and what went by."""

    chance: Random
    faults: dict[str, float] = field(default_factory=dict)
    struck: Counter = field(default_factory=Counter)
    counts: Counter = field(default_factory=Counter)
    trace: deque = field(default_factory=lambda: deque(maxlen=20_000))
    written: dict[tuple[str, str], float] = field(default_factory=dict)

    def falls(self, name: str) -> bool:
        if self.chance.random() >= self.faults.get(name, 0.0):
            return False
        self.struck[name] += 1
        return True

    def before(self, call: Call) -> Answer | None:
        """A refusal instead of the call: nothing was done."""
        if call.action in UNTOUCHED:
            return None
        if self.falls("throttle"):
            return _throttled(call)
        if call.service == "dynamodb" and call.action in WRITES and self.falls("conflict"):
            return _conflict(call)
        if call.action == "SendMessage" and self.falls("bell_lost"):
            return _taken(call.document["MessageBody"])
        return None

    def copies(self, call: Call) -> list[dict]:
        """The call, perhaps later than meant, perhaps twice."""
        document = call.document
        if call.action != "SendMessage":
            return [document]
        fifo = "MessageGroupId" in document
        if not fifo and self.falls("bell_late"):
            document = document | {"DelaySeconds": self.chance.randint(1, 3)}
        if not self.falls("bell_twice"):
            return [document]
        again = {"MessageDeduplicationId": uuid.uuid4().hex} if fifo else {}
        return [document, document | again]

    def loses_answer(self, call: Call) -> bool:
        return call.action not in UNTOUCHED and self.falls("lost_ack")

    def noted(self, call: Call) -> None:
        """Remember what was written when, for the indexes to lag behind."""
        if not self.faults.get("index_lag_s") or call.action not in WRITES:
            return
        now = time.monotonic()
        for key in _keys(call.document):
            self.written[key] = now

    def lagging(self, call: Call, body: bytes) -> bytes:
        """The answer of an index without what it cannot know yet."""
        lag_s = self.faults.get("index_lag_s", 0.0)
        if not lag_s or call.action != "Query" or "IndexName" not in call.document:
            return body
        answer = json.loads(body)
        items = answer.get("Items", [])
        shown = [item for item in items if not self._hidden(item, lag_s)]
        if len(shown) == len(items):
            return body
        self.struck["index_lag"] += 1
        answer |= {"Items": shown, "Count": len(shown)}
        return json.dumps(answer).encode()

    def _hidden(self, item: dict, lag_s: float) -> bool:
        key = _key_of(item)
        at = self.written.get(key) if key else None
        own_lag_s = lag_s * (zlib.crc32("|".join(key).encode()) % 100) / 100 if key else 0.0
        return at is not None and time.monotonic() - at < own_lag_s


def _key_of(item: dict) -> tuple[str, str] | None:
    contact, key = item.get("contact_id"), item.get("message_key")
    return (contact["S"], key["S"]) if contact and key else None


def _keys(document: dict) -> list[tuple[str, str]]:
    parts = [words for item in document.get("TransactItems", ()) for words in item.values()]
    known = [_key_of(part.get("Item") or part.get("Key") or {}) for part in parts or [document]]
    return [key for key in known if key]


def _throttled(call: Call) -> Answer:
    if call.service == "dynamodb":
        return Answer(400, {"__type": f"{DYNAMO}ThrottlingException", "message": "Rate exceeded"})
    return Answer(400, {"__type": f"{SQS}RequestThrottled", "message": "Rate exceeded"})


def _conflict(call: Call) -> Answer:
    if call.action != "TransactWriteItems":
        words = {"__type": f"{DYNAMO}TransactionConflictException", "message": "Conflict"}
        return Answer(400, words)
    items = call.document["TransactItems"]
    reasons = [{"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}]
    reasons += [{"Code": "None"} for _ in items[1:]]
    words = {
        "__type": f"{DYNAMO}TransactionCanceledException",
        "message": "Transaction cancelled, please refer cancellation reasons",
        "Message": "Transaction cancelled, please refer cancellation reasons",
        "CancellationReasons": reasons,
    }
    return Answer(400, words)


def _taken(body: str) -> Answer:
    digest = md5(body.encode(), usedforsecurity=False).hexdigest()
    return Answer(200, {"MessageId": str(uuid.uuid4()), "MD5OfMessageBody": digest})
