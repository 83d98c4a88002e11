"""What the model of the mailbox expects, and the look into Redis that it is compared with."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable
from typing import Any, TypeVar

import msgspec
from hypothesis.stateful import RuleBasedStateMachine, invariant

from core import mailbox
from core.mailbox import Aside, Waiting
from core.message import Message, Reply
from core.protocol import to_waiting
from core.store import Store, key
from tests.conftest import UNFINISHED
from tests.fakes.redis import RedisServer
from tests.samples import direct

Value = TypeVar("Value")

DIALOGUES = tuple(f"{direct(name).key}:" for name in "ab")
_LOOK = """
local found, how = {}, {list = 'LRANGE', stream = 'XRANGE', hash = 'HGETALL'}
for _, name in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', name).ok
  local ends = kind == 'list' and {0, -1} or kind == 'stream' and {'-', '+'} or {}
  local value = how[kind] and redis.call(how[kind], name, unpack(ends)) or ''
  table.insert(found, {name, redis.call('TTL', name), value})
end
return found
"""
_decode_aside = msgspec.msgpack.Decoder(Aside).decode
_decode_reply = msgspec.msgpack.Decoder(Reply).decode


class Model:
    """What should be the case."""

    def __init__(self) -> None:
        self.waiting: defaultdict[str, list[list[str]]] = defaultdict(list)  # [id, text or ""]
        self.accepted: dict[str, str] = {}
        self.answers: defaultdict[str, list[list[str]]] = defaultdict(list)
        self.dropped: set[str] = set()
        self.aside: list[list[str]] = []
        self.epoch: Counter[str] = Counter()
        self.attempts: Counter[str] = Counter()
        self.worker: dict[str, str] = {}


class Sight(RuleBasedStateMachine):
    """Holds the model against Redis after every step."""

    runner: asyncio.Runner
    server: RedisServer
    store: Store

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.found: dict[str, tuple[int, Any]] = {}

    def do(self, awaitable: Awaitable[Value]) -> Value:
        async def run() -> Value:
            return await awaitable

        self.found = {}
        return self.runner.run(run())

    def texts(self, dialogue: str) -> list[str]:
        return [text for _, text in self.model.waiting[dialogue][: mailbox.TURN]]

    @staticmethod
    def as_rows(rows: list[Waiting | None]) -> list[str]:
        return [
            row.request.text if row is not None and isinstance(row.request, Message) else ""
            for row in rows
        ]

    def _look(self) -> dict[str, tuple[int, Any]]:
        """Return everything that Redis holds, asked for once after each step."""
        if not self.found:
            eval_ = ("EVAL", _LOOK, 0)
            rows = self.do(self.server.inspector.execute_command(*eval_, NEVER_DECODE=True))
            self.found = {name.decode(): (ttl, value) for name, ttl, value in rows}
        return self.found

    def _rows(self, *name: str) -> Any:
        return self._look().get(key(*name), (0, []))[1]

    def _lock(self, dialogue: str) -> dict[str, str]:
        row = [value.decode() for value in self._rows("lock", dialogue)]
        return dict(zip(row[::2], row[1::2], strict=True))

    def ready(self) -> list[tuple[str, str]]:
        return [(entry.decode(), fields[1].decode()) for entry, fields in self._rows("ready")]

    @invariant()
    def what_is_accepted_waits_or_is_done(self) -> None:
        for dialogue in DIALOGUES:
            rows = [to_waiting(row) for row in self._rows("mailbox", dialogue)]
            assert self.as_rows(rows) == [text for _, text in self.model.waiting[dialogue]]
        kept = [_decode_aside(fields[3]) for _, fields in self._rows("aside")]
        names = [[request.id for request in aside.requests] for aside in kept]
        assert sorted(names) == sorted(self.model.aside)

    @invariant()
    def each_is_answered_once_and_in_order(self) -> None:
        answers: defaultdict[str, list[list[str]]] = defaultdict(list)
        for _, fields in self._rows("outbox", "web"):
            answers[fields[1].decode()].append(_decode_reply(fields[3]).text.split())
        assert answers == {name: rows for name, rows in self.model.answers.items() if rows}
        told = Counter(name for rows in answers.values() for row in rows for name in row)
        assert not [name for name, count in told.items() if count > 1]

    @invariant()
    def a_dialogue_is_ready_once_when_something_waits_and_its_lock_names_the_entry(self) -> None:
        ready = self.ready()
        entries = {dialogue: entry for entry, dialogue in ready}
        assert len(entries) == len(ready), "once"
        for dialogue in DIALOGUES:
            lock = self._lock(dialogue)
            assert lock.get("s") == entries.get(dialogue)
            assert bool(self.model.waiting[dialogue]) <= ("s" in lock)
            assert int(lock.get("e", 0)) == self.model.epoch[dialogue], "it never falls"

    @invariant()
    def every_key_expires_or_belongs_to_unfinished_work(self) -> None:
        busy = {key("lock", dialogue) for _, dialogue in self.ready()}
        for name, (ttl, _) in self._look().items():
            is_unfinished = name in busy or name.startswith(UNFINISHED)
            is_idle_lock = name.startswith(key("lock")) and name not in busy
            assert ttl >= 0 or (is_unfinished and not is_idle_lock), name
