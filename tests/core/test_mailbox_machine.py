"""The protocol against a model of it: any order of steps by any number of workers.

Workers here never know whether they are alive: whoever claimed may extend, commit and give back
at any later time, as a worker does that was frozen or thought dead meanwhile. `crash` forgets.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any, cast

import msgspec
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    precondition,
    rule,
    run_state_machine_as_test,
)

from core import changes, mailbox, roster
from core.aside import list_aside, restore
from core.errors import FencedError
from core.mailbox import Aside, Claim, Commit, Taken
from core.message import Delete, Edit, Message, Request
from core.store import Store, key
from tests.core.mailbox_sight import Sight
from tests.fakes.redis import DURABLE, RedisServer
from tests.samples import NOW, direct, message, reply

EXAMPLES, STEPS = 50, 40


class Held(msgspec.Struct):
    worker: str
    claim: Claim
    known: int
    change: Commit | None = None


class MailboxMachine(Sight):
    def __init__(self) -> None:
        super().__init__()
        self.names = ["w0", "w1", "w2"]
        self.entries: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self.claims: list[Held] = []
        self.had_outage = False
        self.count = 0
        self.do(self.server.inspector.flushall())
        self.do(
            self.server.inspector.xgroup_create(key("ready"), mailbox.GROUP, "0", mkstream=True)
        )

    def pick(self, number: int) -> Held:
        return self.claims[number % len(self.claims)]

    def is_current(self, held: Held) -> bool:
        return self.model.epoch[held.claim.dialogue] == held.claim.epoch

    def has_claims(self) -> bool:
        return bool(self.claims)

    # What gateways do

    @rule(place=st.sampled_from("ab"), taker=st.sampled_from(("", "", *range(3))))
    def push(self, place: str, taker: str | int) -> None:
        self.count += 1
        event = message(f"t{self.count}", id=f"e{self.count}", place=direct(place))
        dialogue = f"{direct(place).key}:"
        self.model.waiting[dialogue].append([event.id, event.text])
        self.model.accepted[event.id] = place
        self._push(event, "" if taker == "" else self.names[int(taker)])

    def _push(self, event: Message, taker: str) -> None:
        taken = self.do(mailbox.push(self.store, event, limit=10_000, overheard=b"", taker=taker))
        assert taken.is_kept
        if taken.entry:
            self._take(taker, taken)

    def _take(self, worker: str, taken: Taken) -> None:
        self.entries[worker][taken.entry] = taken.dialogue
        if taken.claim is not None:
            self._claimed(worker, taken.claim)

    @rule(number=st.integers(0, 50), taker=st.sampled_from(("", *range(3))))
    @precondition(lambda self: bool(self.model.accepted))
    def push_again(self, number: int, taker: str | int) -> None:
        name, place = list(self.model.accepted.items())[number % len(self.model.accepted)]
        self._push(
            message("again", id=name, place=direct(place)),
            "" if taker == "" else self.names[int(taker)],
        )

    @rule(number=st.integers(0, 50), is_gone=st.booleans())
    @precondition(lambda self: bool(self.model.accepted))
    def change(self, number: int, is_gone: bool) -> None:
        name, place = list(self.model.accepted.items())[number % len(self.model.accepted)]
        self.count += 1
        shape: dict[str, Any] = {"conversation": direct(place), "target": name, "sent_at": NOW}
        text = "" if is_gone else f"t{self.count}"
        event = (
            Delete(id=f"c{self.count}", **shape)
            if is_gone
            else Edit(id=f"c{self.count}", text=text, **shape)
        )
        rows = self.model.waiting[f"{direct(place).key}:"]
        waiting = [row for row in rows if row[0] == name and row[1]]
        assert self.do(changes.apply(self.store, event)) == bool(waiting)
        for row in waiting:
            row[1] = text
            if is_gone:
                self.model.dropped.add(name)

    # What workers do

    @rule(worker=st.integers(0, 2), count=st.integers(1, 3))
    def read(self, worker: int, count: int) -> None:
        name = self.names[worker]
        # Without waiting: `Store.read_group` waits, for which Redis has a coarse clock.
        call = ("XREADGROUP", "GROUP", mailbox.GROUP, name, "COUNT", count, "STREAMS")
        found = self.do(self.server.inspector.execute_command(*call, key("ready"), ">"))
        rows: list[tuple[str, dict[str, str]]] = found[0][1] if found else []
        self.entries[name].update({entry: fields["d"] for entry, fields in rows})

    @rule(worker=st.integers(0, 2))
    def claim(self, worker: int) -> None:
        name = self.names[worker]
        for entry, dialogue in list(self.entries[name].items()):
            try:
                held = self.do(
                    mailbox.claim(self.store, entry, dialogue, place=f"p{dialogue}", worker=name)
                )
            except FencedError:
                assert entry not in [row[0] for row in self.ready()], "it is gone"
                del self.entries[name][entry]
            else:
                assert entry in [row[0] for row in self.ready()], "nobody else has ended it"
                self._claimed(name, held)

    def _claimed(self, worker: str, held: Claim) -> None:
        model, dialogue = self.model, held.dialogue
        assert held.epoch > model.epoch[dialogue], "the epoch rises"
        if model.worker.get(dialogue) != worker:
            model.worker[dialogue] = worker
            model.attempts[dialogue] += 1
        assert held.attempt == model.attempts[dialogue]
        assert self.as_rows(held.waiting) == self.texts(dialogue)
        model.epoch[dialogue] = held.epoch
        self.claims.append(Held(worker, held, len(held.waiting)))

    @rule(number=st.integers(0, 50))
    @precondition(has_claims)
    def extend(self, number: int) -> None:
        held = self.pick(number)
        try:
            extension = self.do(
                mailbox.extend(self.store, held.claim, known=held.known, version=held.claim.version)
            )
        except FencedError:
            assert not self.is_current(held)
            return
        assert self.is_current(held)
        expected = self.texts(held.claim.dialogue)
        start = 0 if extension.is_whole else held.known
        assert self.as_rows(extension.rows) == expected[start:]
        held.known = len(expected)

    @rule(number=st.integers(0, 50), taken=st.integers(1, 4), sets_aside=st.booleans())
    @precondition(has_claims)
    def commit(self, number: int, taken: int, sets_aside: bool) -> None:
        held = self.pick(number)
        taken = min(taken, held.known)
        rows = self.model.waiting[held.claim.dialogue][:taken]
        requests: list[Request] = [
            message(text, id=name, place=direct(self.model.accepted[name]))
            for name, text in rows
            if text
        ]
        is_aside = sets_aside and bool(requests) and self.is_current(held)
        aside = Aside(requests=tuple(requests), reason="x", at=0.0) if is_aside else None
        text = "" if is_aside else " ".join(request.id for request in requests)
        held.change = Commit(
            taken=taken,
            memory=b"m",
            lines=[b"l"],
            replies=[reply(text, place=requests[0].conversation)] if text else [],
            aside=aside,
        )
        is_current = self.is_current(held)
        assert self._commit(held) == is_current
        if is_current:
            self._committed(held, text.split(), [r.id for r in requests] if is_aside else [])

    def _commit(self, held: Held) -> bool:
        assert held.change is not None
        return self.do(mailbox.commit(self.store, held.claim, held.change, place="p"))

    def _committed(self, held: Held, answered: list[str], aside: list[str]) -> None:
        model, dialogue = self.model, held.claim.dialogue
        assert held.change is not None
        del model.waiting[dialogue][: held.change.taken]
        if answered:
            model.answers[dialogue].append(answered)
        if aside:
            model.aside.append(aside)
        model.epoch[dialogue] += 1
        model.attempts[dialogue] = 0
        model.worker.pop(dialogue, None)
        self.entries[held.worker].pop(held.claim.entry, None)

    @rule(number=st.integers(0, 50))
    @precondition(has_claims)
    def commit_again(self, number: int) -> None:
        held = self.pick(number)
        if held.change is not None:
            assert not self._commit(held)

    @rule(number=st.integers(0, 50), times=st.integers(1, 2))
    @precondition(has_claims)
    def give_back(self, number: int, times: int) -> None:
        held = self.pick(number)
        dialogue = held.claim.dialogue
        if self.is_current(held):
            self.model.epoch[dialogue] += 1
            self.model.attempts[dialogue] -= 1
            self.model.worker.pop(dialogue, None)
        for _ in range(times):
            self.do(mailbox.give_back(self.store, held.claim))

    @rule(worker=st.integers(0, 2), knows=st.booleans())
    def reap(self, worker: int, knows: bool) -> None:
        """Take over from all others; without `knows`, also what we hold and forgot."""
        name = self.names[worker]
        held = list(self.entries[name]) if knows else []
        for entry in self.do(roster.beat(self.store, name, lease=0.0, count=10, held=held)):
            self.entries[name][entry.id] = entry.fields[b"d"].decode()

    @rule(worker=st.integers(0, 2))
    def crash(self, worker: int) -> None:
        name = self.names[worker]
        self.entries.pop(name, None)
        self.claims = [held for held in self.claims if held.worker != name]
        self.count += 1
        self.names[worker] = f"w{worker}.{self.count}"

    # What happens around them

    @rule()
    @precondition(lambda self: not self.had_outage and self.count > 8)
    def outage(self) -> None:
        self.had_outage = True
        self.do(self.server.kill())
        self.do(self.server.start())

    @rule(number=st.integers(0, 5), times=st.integers(1, 2))
    @precondition(lambda self: bool(self.model.aside))
    def put_back(self, number: int, times: int) -> None:
        kept = self.do(list_aside(self.store))
        chosen = kept[number % len(kept)]
        names = [request.id for request in chosen.turn.requests]
        self.model.aside.remove(names)
        rows = [
            [request.id, request.text]
            for request in chosen.turn.requests
            if isinstance(request, Message)
        ]
        self.model.waiting[chosen.dialogue] += rows
        done = [self.do(restore(self.store, chosen)) for _ in range(times)]
        assert done == [True, False][:times]

    def teardown(self) -> None:
        """Whatever happened: one worker that lives can end it all."""
        for _ in range(20):
            self.names[0] = "last"
            self.read(0, 3)
            self.reap(0, knows=False)
            before = len(self.claims)
            self.claim(0)
            for number in range(before, len(self.claims)):
                if self.is_current(self.claims[number]):
                    self.commit(number, 4, sets_aside=False)
        assert not any(self.model.waiting.values()), "nothing is stuck"
        self.a_dialogue_is_ready_once_when_something_waits_and_its_lock_names_the_entry()
        assert self.ready() == []


def test_any_order_of_steps_keeps_what_the_protocol_promises():
    with tempfile.TemporaryDirectory(prefix="tifo-") as folder, asyncio.Runner() as runner:
        server = RedisServer(Path(folder), rows=DURABLE)
        runner.run(server.start())
        store = Store(server.url)

        def machine() -> MailboxMachine:
            MailboxMachine.runner, MailboxMachine.server = runner, server
            MailboxMachine.store = store
            return MailboxMachine()

        try:
            run_state_machine_as_test(cast("Any", machine), settings=_settings())
        finally:
            runner.run(store.close())
            runner.run(server.stop())


def _settings() -> settings:
    return settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=tuple(cast("Any", HealthCheck)),
        # Without shrinking, which takes minutes: forty steps can be read, and the blob replays.
        phases=(Phase.explicit, Phase.generate),
        print_blob=True,
        database=None,
    )
