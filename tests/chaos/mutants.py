"""Faults that the tests must notice: `python -m tests.chaos.mutants`.

Each row puts one fault into a copy of the sources and names the tests that must fail then. The
first eight are those that a first version of the protocol once had.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
_SIDE_BY_SIDE = 2
_LEAN = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
_PLUGINS = ("-p", "pytest_asyncio.plugin", "-p", "pytest_timeout", "-p", "no:cacheprovider")
_LONGEST = 60.0  # seconds; a test that hangs has noticed too


class Mutant(msgspec.Struct, frozen=True):
    """One fault."""

    name: str
    path: str
    old: str
    """Occurs once in the file."""

    new: str
    tests: str
    """File and test functions, of which one must fail."""


_WORKER = "tests/core/test_worker.py "
_MAILBOX = "tests/core/test_mailbox.py "
_LIMITS = "tests/core/test_limits.py "
_SPEAKER = "tests/core/test_speaking_elsewhere.py "
_OUTBOX = "tests/core/test_outbox.py "
_DELIVERY = "tests/adapters/test_delivery.py "

MUTANTS = tuple(
    Mutant(*row)
    for row in (
        # Those of the first version
        (
            "a: reads entries before its first beat",
            "core/worker.py",
            "            await _retrying(self._beat)\n",
            "",
            _WORKER + "test_a_worker_says_that_it_lives_before_it_takes_anything",
        ),
        (
            "b: ignores its own entry when it is fenced and claimed again",
            "core/roster.py",
            "if mine and consumer.pending > #ARGV - 4 or not mine",
            "if not mine",
            _WORKER + "test_a_worker_that_is_fenced_takes_up_its_own_entry_when_it_comes_back",
        ),
        (
            "c: a commit does not raise the epoch, so that sent twice it ends two turns",
            "core/mailbox.py",
            "redis.call('HINCRBY', KEYS[1], 'e', 1)\nredis.call('HDEL', KEYS[1], 'a', 'b', 'w')",
            "redis.call('HDEL', KEYS[1], 'a', 'b', 'w')",
            _MAILBOX + "test_a_commit_sent_twice_ends_one_turn_only",
        ),
        (
            "d: takes the living for dead after an outage",
            "core/worker.py",
            "                    self._connected_at = now\n",
            "                    pass\n",
            "tests/core/test_inbox.py "
            "test_after_an_outage_a_worker_lets_the_others_beat_before_it_takes_from_them",
        ),
        (
            "d: takes the living for dead after Redis hung",
            "core/roster.py",
            "if lease > 0 and now - last > lease then return found end\n",
            "",
            _WORKER + "test_after_redis_hung_nobody_takes_from_the_living",
        ),
        (
            "e: orphans wait behind what is fresh",
            "core/worker.py",
            "_ORPHANS = 4",
            "_ORPHANS = 0",
            _WORKER + "test_orphans_do_not_wait_until_nothing_new_comes",
        ),
        (
            "f: a full Redis refuses the claim, so that nothing drains",
            "core/mailbox.py",
            "#!lua flags=allow-oom\n-- KEYS lock mailbox memory",
            "#!lua\n-- KEYS lock mailbox memory",
            _MAILBOX + "test_a_full_redis_takes_nothing_new_but_drains",
        ),
        (
            "g: the epoch begins anew when a dialogue goes quiet",
            "core/mailbox.py",
            "  redis.call('EXPIRE', KEYS[1], ARGV[6])\n",
            "  redis.call('DEL', KEYS[1])\n",
            _MAILBOX + "test_the_fence_holds_after_the_dialogue_went_quiet",
        ),
        (
            # In place of h, an unbounded pool: all calls share one connection by now.
            "h: Redis away ends the worker",
            "core/worker.py",
            "                await asyncio.sleep(0.2)\n                continue\n",
            "                raise\n",
            "tests/core/test_inbox.py test_work_goes_on_after_redis_was_killed_and_came_back",
        ),
        # The inbox
        (
            "an event is not remembered",
            "core/mailbox.py",
            "redis.call('SET', KEYS[4], ARGV[1], 'EX', ARGV[4])\n",
            "",
            _MAILBOX + "test_an_event_told_twice_is_kept_once",
        ),
        (
            "an event is remembered for ever",
            "core/mailbox.py",
            "redis.call('SET', KEYS[4], ARGV[1], 'EX', ARGV[4])\n",
            "redis.call('SET', KEYS[4], ARGV[1])\n",
            _MAILBOX + "test_an_event_told_twice_is_kept_once",
        ),
        (
            "a push takes another dialogue's entry for its own",
            "core/mailbox.py",
            "if entry[2][2] ~= ARGV[1] then",
            "if false then",
            _MAILBOX + "test_a_push_takes_what_has_waited_longest",
        ),
        (
            "who comes late with an old entry may begin a turn",
            "core/mailbox.py",
            "if redis.call('HGET', KEYS[1], 's') ~= ARGV[3] then",
            "if false then",
            _MAILBOX + "test_the_fence_holds_after_the_dialogue_went_quiet",
        ),
        (
            "every commit is taken, whoever has the dialogue",
            "core/mailbox.py",
            "if redis.call('HGET', KEYS[1], 'e') ~= ARGV[2] then return 0 end\n",
            "",
            _MAILBOX + "test_a_worker_whose_dialogue_was_taken_over_can_neither_commit_nor_show",
        ),
        (
            "a turn may go on showing what it writes, whoever has the dialogue",
            "core/mailbox.py",
            "if redis.call('HGET', KEYS[1], 'e') ~= ARGV[1] then return false end\n",
            "",
            _MAILBOX + "test_a_worker_whose_dialogue_was_taken_over_can_neither_commit_nor_show",
        ),
        (
            "a commit takes one event too many",
            "core/mailbox.py",
            "redis.call('LTRIM', KEYS[2], ARGV[3], -1)",
            "redis.call('LTRIM', KEYS[2], ARGV[3] + 1, -1)",
            _MAILBOX + "test_a_commit_is_one_step_and_what_came_meanwhile_is_ready_again",
        ),
        (
            "a commit takes one event too few",
            "core/mailbox.py",
            "redis.call('LTRIM', KEYS[2], ARGV[3], -1)",
            "redis.call('LTRIM', KEYS[2], ARGV[3] - 1, -1)",
            _MAILBOX + "test_a_commit_is_one_step_and_what_came_meanwhile_is_ready_again",
        ),
        (
            "a commit leaves its entry on the stream",
            "core/mailbox.py",
            "redis.call('XDEL', KEYS[3], ARGV[4])\n-- The epoch",
            "-- The epoch",
            _MAILBOX + "test_a_commit_is_one_step_and_what_came_meanwhile_is_ready_again",
        ),
        (
            "a turn given back counts as a failed attempt",
            "core/mailbox.py",
            "redis.call('HINCRBY', KEYS[1], 'a', -1)\n",
            "",
            _WORKER + "test_a_turn_given_back_twice_counts_as_not_tried_once",
        ),
        (
            "a turn given back twice gains an attempt",
            "core/mailbox.py",
            "redis.call('HINCRBY', KEYS[1], 'e', 1)\nredis.call('HINCRBY', KEYS[1], 'a', -1)\n",
            "redis.call('HINCRBY', KEYS[1], 'a', -1)\n",
            _WORKER + "test_a_turn_given_back_twice_counts_as_not_tried_once",
        ),
        (
            "an edit moves a message to the end",
            "core/changes.py",
            "redis.call('LSET', KEYS[1], i - 1, ARGV[2])",
            "redis.call('LREM', KEYS[1], 1, row)\n    redis.call('RPUSH', KEYS[1], ARGV[2])",
            _MAILBOX + "test_what_waits_reads_as_it_was_edited_and_keeps_its_place",
        ),
        (
            "an edit told again writes over a newer one",
            "core/changes.py",
            "or _is_late(change, waiting.request):",
            "or False:",
            _MAILBOX + "test_an_edit_that_is_told_again_does_not_write_over_a_newer_one",
        ),
        (
            "an edit is not seen by a turn that has begun",
            "core/changes.py",
            "    redis.call('HINCRBY', KEYS[2], 'v', 1)\n",
            "",
            _MAILBOX + "test_a_change_in_mid_turn_is_seen_by_the_turn",
        ),
        (
            "what is set aside can be put back twice",
            "core/aside.py",
            "if redis.call('XDEL', KEYS[4], ARGV[2]) == 0 then return 0 end",
            "redis.call('XDEL', KEYS[4], ARGV[2])",
            _MAILBOX + "test_what_is_set_aside_can_be_put_back_once",
        ),
        # Limits
        (
            "a window lets in one more",
            "core/limits.py",
            "-mosts[i], -mosts[i])[1]",
            "-mosts[i] - 1, -mosts[i] - 1)[1]",
            _LIMITS + "test_ten_thousand_at_once_from_many_processes_let_in_exactly_the_most",
        ),
        (
            "a window begins anew when its time is over, however late in it events came",
            "core/limits.py",
            "redis.call('LTRIM', name, 1, -1)",
            "redis.call('LTRIM', name, 2, -1)",
            _LIMITS + "test_no_stretch_of_a_windows_length_ever_holds_one_more",
        ),
        (
            "what one limit refuses counts for the others",
            "core/limits.py",
            "  if which > 0 then return which, wait, now end\n",
            "",
            _LIMITS + "test_what_one_limit_refuses_no_other_counts",
        ),
        (
            "everything over a limit is told so",
            "core/mailbox.py",
            "if not redis.call('SET', KEYS[12], which, 'NX',",
            "if not redis.call('SET', KEYS[12], which,",
            _LIMITS + "test_the_first_one_over_is_told_until_when_and_the_rest_is_dropped",
        ),
        # The worker
        (
            "living workers are dead to each other",
            "core/roster.py",
            "now - beat > lease then",
            "now - beat >= 0 then",
            _MAILBOX + "test_entries_of_a_living_worker_stay_with_it",
        ),
        (
            "what a worker holds counts as lost on the wire",
            "core/roster.py",
            "if not (mine and held[pending[1]]) and",
            "if",
            _MAILBOX + "test_an_own_entry_lost_on_the_wire_comes_back_after_a_lease",
        ),
        (
            "takes from others before it was connected for a lease",
            "core/worker.py",
            'self._connected_at = float("-inf") if is_alone else time.monotonic()',
            'self._connected_at = float("-inf")',
            _WORKER + "test_a_worker_that_has_just_come_takes_nothing_over_for_a_lease",
        ),
        (
            "what is withdrawn is not counted, so that too little leaves the mailbox",
            "core/worker.py",
            "                run.append(row)\n            self.taken += 1\n",
            "                run.append(row)\n                self.taken += 1\n",
            _WORKER + "test_what_was_withdrawn_is_counted_with_what_is_answered",
        ),
        (
            "what joined a turn that fails is lost",
            "core/worker.py",
            "            turn = msgspec.structs.replace(turn, requests=rows.requests)\n",
            "",
            _WORKER + "test_what_joined_a_turn_that_keeps_failing_is_set_aside_with_it",
        ),
        (
            "a worker that ends is taken for alive until its lease is over",
            "core/worker.py",
            "                await roster.leave(self._store, self._name)\n",
            "                pass\n",
            "tests/core/test_inbox.py "
            "test_what_a_stopped_worker_leaves_goes_on_with_the_next_at_once",
        ),
        (
            "messages of one second are read by the text of their ids",
            "core/message.py",
            "(message.sent_at, len(message.id), message.id)",
            "(message.sent_at, message.id)",
            "tests/core/test_message.py "
            "test_messages_are_read_as_they_were_written_however_they_came",
        ),
        # The outbox
        (
            "a reply counts as done before it is delivered",
            "core/outbox.py",
            "            await self._finish(entry)\n            lane.popleft()\n"
            "            self._done.append(entry.id)\n",
            "            self._done.append(entry.id)\n            await self._finish(entry)\n"
            "            lane.popleft()\n",
            _OUTBOX + "test_what_was_not_delivered_when_the_process_ended_is_delivered_by_the_next",
        ),
        (
            "the newest reply of a dialogue goes first",
            "core/outbox.py",
            "            lane.append(entry)\n",
            "            lane.insert(1, entry)\n",
            _OUTBOX + "test_replies_of_one_dialogue_come_in_order_and_are_then_forgotten",
        ),
        (
            "what is on its way is kept when another speaks",
            "core/outbox.py",
            "                await self._let_go()\n                await self._speaker.wait()\n",
            "                await self._speaker.wait()\n",
            _SPEAKER + "test_an_answer_that_waits_is_left_to_who_speaks_now",
        ),
        (
            "the ledger is never looked up",
            "core/outbox.py",
            "reply.begun_at > self._speaker.since",
            "reply.begun_at >= 0",
            _SPEAKER + "test_what_an_earlier_speaker_may_have_shown_is_looked_up",
        ),
        (
            "two processes speak at once",
            "core/speaker.py",
            "if holder and holder ~= ARGV[1] and ARGV[3] == '0' then",
            "if false then",
            _OUTBOX + "test_of_two_processes_one_delivers_and_the_other_takes_over",
        ),
        (
            "posts without asking whether it may speak",
            "core/outbox.py",
            "if self._speaker is not None and not self._speaker.is_speaking:",
            "if False:",
            _SPEAKER + "test_who_may_not_speak_neither_posts_nor_edits",
        ),
        (
            "a message on its way when the program ends is not noted",
            "adapters/delivery.py",
            "await _see_through(self._send(reply, part, index, standing))",
            "await self._send(reply, part, index, standing)",
            _DELIVERY + "test_being_told_to_stop_in_the_middle_of_a_send_posts_nothing_twice",
        ),
        (
            "a message is not noted in the ledger",
            "core/outbox.py",
            "        await self._store.put_field(",
            "        return\n        await self._store.put_field(",
            _DELIVERY + "test_a_final_reply_delivered_twice_is_shown_once",
        ),
        (
            "an older attempt writes over a newer one",
            "adapters/delivery.py",
            "reply.epoch < showing.newest.epoch",
            "reply.epoch < 0",
            _DELIVERY + "test_a_snapshot_of_an_older_attempt_is_dropped",
        ),
    )
)


async def survives(mutant: Mutant) -> str:
    """Return "" when the tests notice a mutant, else what they say."""
    with tempfile.TemporaryDirectory(prefix="tifo-mutant-") as name:
        folder = Path(name)
        for part in ("core", "adapters", "tests"):
            shutil.copytree(ROOT / part, folder / part)  # compiled files too: they save seconds
        shutil.copy(ROOT / "pyproject.toml", folder)
        source = folder / mutant.path
        source.write_text(source.read_text().replace(mutant.old, mutant.new))
        path, *functions = mutant.tests.split()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "pytest", "-q", "-x", *_PLUGINS,
            *(f"{path}::{function}" for function in functions),
            cwd=folder, env={**os.environ, **_LEAN},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            async with asyncio.timeout(_LONGEST):
                said, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            return ""
        # 1: tests failed. Anything else means that they did not run.
        return "" if process.returncode == 1 else said.decode()


async def main() -> int:
    """Try every mutant, or those whose name contains a word; 1 when one survives."""
    chosen = [m for m in MUTANTS if all(word in m.name for word in sys.argv[1:])]
    room, started = asyncio.Semaphore(_SIDE_BY_SIDE), time.monotonic()
    survivors: list[str] = []

    async def attempt(mutant: Mutant) -> None:
        async with room:
            begun = time.monotonic()
            said = await survives(mutant)
            survivors.extend([mutant.name] if said else [])
            verdict = "SURVIVES" if said else "noticed"
            print(f"{verdict:<9}{time.monotonic() - begun:5.1f} s  {mutant.name}", flush=True)
            if said and len(sys.argv) > 1:
                print(said)

    async with asyncio.TaskGroup() as group:
        for mutant in chosen:
            group.create_task(attempt(mutant))
    took = time.monotonic() - started
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} noticed in {took:.0f} s")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
