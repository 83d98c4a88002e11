from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.delivery import Delivery
from adapters.wire import ClosedError, Urgency
from core.errors import DeliveryError, RetryLaterError, UndeliverableError
from core.message import Reply
from core.outbox import Ledger, Noted
from core.store import Store
from tests.fakes.board import LIMIT, Board
from tests.samples import reply
from tests.waiting import wait_until


async def test_snapshots_grow_in_one_message_and_the_final_one_is_exact(store: Store):
    board = Board()
    delivery = Delivery(board, Ledger(store))
    for text in ("G", "Gates", "Gates 17"):
        await delivery.deliver(reply(text, is_final=False))
        await wait_until(lambda t=text: board.shown == [t])
    await delivery.deliver(reply("Gates 17h."))
    assert board.shown == ["Gates 17h."]
    assert board.calls.count("send") == 1


async def test_typing_is_shown_until_the_first_text(store: Store):
    board = Board()
    delivery = Delivery(board, Ledger(store))
    await delivery.deliver(reply("", is_final=False))
    await wait_until(lambda: board.calls == ["typing"])
    await delivery.deliver(reply("hi"))
    assert board.calls == ["typing", "send"]


async def test_edits_keep_their_distance_but_the_final_one_does_not_wait(store: Store):
    board = Board(interval=30.0)
    delivery = Delivery(board, Ledger(store))
    await delivery.deliver(reply("a", is_final=False))
    await wait_until(lambda: board.shown == ["a"])
    for text in ("ab", "abc", "abcd"):
        await delivery.deliver(reply(text, is_final=False))
    async with asyncio.timeout(2):
        await delivery.deliver(reply("abcde"))
    assert board.shown == ["abcde"]
    assert board.calls == ["send", "edit"]


async def test_a_long_reply_stands_in_parts_in_order(store: Store):
    board = Board()
    await Delivery(board, Ledger(store)).deliver(reply("0123456789abcdefghij+"))
    assert board.shown == ["0123456789", "abcdefghij", "+"]


async def test_after_a_restart_the_same_message_is_finished(store: Store):
    board = Board()
    first = Delivery(board, Ledger(store))
    await first.deliver(reply("half an", is_final=False))
    await wait_until(lambda: board.shown)
    await first.close()  # as a kill would: nothing of it is in memory any more
    await Delivery(board, Ledger(store)).deliver(reply("half an an", epoch=2))
    assert board.shown == ["half an an"]
    assert board.calls.count("send") == 1


async def test_a_final_reply_that_is_changed_may_be_changed_back(store: Store):
    board = Board()
    for text in ("open", "taken", "open", "taken"):
        await Delivery(board, Ledger(store)).deliver(reply(text))
        assert board.shown == [text]
    calls = len(board.calls)
    await Delivery(board, Ledger(store)).deliver(reply("taken"))
    assert len(board.calls) == calls, "it is known how it reads"


async def test_a_final_reply_delivered_twice_is_shown_once(store: Store):
    board = Board()
    await Delivery(board, Ledger(store)).deliver(reply("0123456789ab"))
    await Delivery(board, Ledger(store)).deliver(reply("0123456789ab"))
    assert board.shown == ["0123456789", "ab"]


async def test_parts_that_the_final_snapshot_no_longer_has_are_removed(store: Store):
    board = Board()
    delivery = Delivery(board, Ledger(store))
    await delivery.deliver(reply("0123456789abcde", is_final=False))
    await wait_until(lambda: len(board.shown) == 2)
    await delivery.deliver(reply("sorry"))
    assert board.shown == ["sorry"]


async def test_a_snapshot_of_an_older_attempt_is_dropped(store: Store):
    board = Board()
    delivery = Delivery(board, Ledger(store))
    await delivery.deliver(reply("newer", is_final=False, epoch=2))
    await wait_until(lambda: board.shown)
    await delivery.deliver(reply("older one", is_final=False, epoch=1))
    for _ in range(100):
        await asyncio.sleep(0)
    assert board.shown == ["newer"]
    await delivery.deliver(reply("newer!", epoch=2))
    assert board.shown == ["newer!"]


async def test_a_failed_final_reply_goes_on_where_it_stopped(store: Store):
    board = Board()
    delivery = Delivery(board, Ledger(store))
    text = "0123456789abcdefghij+"
    await delivery.deliver(reply(text[:15], is_final=False))
    await wait_until(lambda: len(board.shown) == 2)
    board.faults = [RetryLaterError("slow down", after=3.0)]
    with pytest.raises(RetryLaterError):
        await delivery.deliver(reply(text))
    await delivery.deliver(reply(text))
    assert board.shown == ["0123456789", "abcdefghij", "+"]


async def test_a_message_deleted_meanwhile_is_posted_anew_by_the_final_reply(store: Store):
    board = Board()
    delivery = Delivery(board, Ledger(store))
    await delivery.deliver(reply("half", is_final=False))
    await wait_until(lambda: board.shown)
    board.messages.clear()
    await delivery.deliver(reply("half done"))
    assert board.shown == ["half done"]


async def test_a_fault_on_the_way_is_made_good_by_the_final_reply(store: Store):
    board = Board()
    delivery = Delivery(board, Ledger(store))
    board.faults = [UndeliverableError("for the moment")]
    await delivery.deliver(reply("half", is_final=False))
    await wait_until(lambda: not board.faults)
    await delivery.deliver(reply("whole"))
    assert board.shown == ["whole"]


async def test_a_snapshot_that_comes_after_the_final_text_is_dropped(store: Store):
    board = Board()
    delivery = Delivery(board, Ledger(store))
    await delivery.deliver(reply("the end", epoch=2))
    await delivery.deliver(reply("not yet", is_final=False, epoch=2))
    for _ in range(100):
        await asyncio.sleep(0)
    assert board.shown == ["the end"]


async def test_being_told_to_stop_in_the_middle_of_a_send_posts_nothing_twice(store: Store):
    board = Board(delay=0.05)
    for text in ("0123456789abcdefghij+", "snapshot"):
        delivery = Delivery(board, Ledger(store))
        is_final = text != "snapshot"
        task = asyncio.create_task(delivery.deliver(reply(text, id=text, is_final=is_final)))
        await wait_until(lambda: "send" in board.calls)
        await asyncio.sleep(0.01)
        task.cancel()
        await delivery.close()
        await asyncio.wait([task])
        board.calls.clear()
        await Delivery(board, Ledger(store)).deliver(reply(text, id=text))
        assert "".join(board.shown) == text
        board.messages.clear()


async def test_closing_while_replies_end_is_no_fault(store: Store):
    board = Board(delay=0.01)
    delivery = Delivery(board, Ledger(store))
    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(delivery.deliver(reply("x" * 20, id=str(number))))
        await wait_until(lambda: board.shown)
        await delivery.close()


async def test_a_call_shows_what_is_newest_when_its_turn_comes(store: Store):
    board = Board()
    delivery = Delivery(board, Ledger(store), turn=board.turn)
    board.gate.clear()
    for text in ("a", "ab", "abc"):
        await delivery.deliver(reply(text, is_final=False))
        await wait_until(lambda: board.asked)
    board.gate.set()
    await wait_until(lambda: board.shown == ["abc"])
    assert board.calls == ["send"]
    assert board.asked == [Urgency.FIRST]


async def test_a_first_text_that_waits_for_its_turn_becomes_the_final_one(store: Store):
    board = Board()
    delivery = Delivery(board, Ledger(store), turn=board.turn)
    board.gate.clear()
    await delivery.deliver(reply("half", is_final=False))
    await wait_until(lambda: board.asked)
    final = asyncio.create_task(delivery.deliver(reply("whole")))
    await wait_until(lambda: len(board.asked) == 2)
    board.gate.set()
    await final
    assert board.asked == [Urgency.FIRST, Urgency.FINAL]
    assert board.calls == ["send"] and board.shown == ["whole"]


async def test_a_place_that_is_closed_is_not_asked_again(store: Store):
    board = Board()
    delivery = Delivery(board, Ledger(store))
    board.faults = [ClosedError("blocked")]
    await delivery.deliver(reply("half", is_final=False))
    await wait_until(lambda: not board.faults)
    with pytest.raises(ClosedError):
        await delivery.deliver(reply("whole"))
    assert board.calls == ["send"]


async def test_closed_in_mid_answer_nothing_is_posted_anew(store: Store):
    board = Board()
    delivery = Delivery(board, Ledger(store))
    await delivery.deliver(reply("half", is_final=False))
    await wait_until(lambda: board.shown)
    board.faults = [ClosedError("blocked")]
    with pytest.raises(ClosedError):
        await delivery.deliver(reply("whole"))
    assert board.calls == ["send", "edit"]


async def test_final_parts_that_stand_are_left_alone_after_a_restart(store: Store):
    board = Board()
    first = Delivery(board, Ledger(store))
    board.faults = []
    text = "0123456789abcdefghij+"
    await first.deliver(reply(text))
    board.calls.clear()
    await Delivery(board, Ledger(store)).deliver(reply(text))
    assert board.calls == []
    await Delivery(board, Ledger(store)).deliver(reply(text + "+"))
    assert board.calls == ["edit"] and board.shown[-1] == "++"


async def test_what_was_sent_on_the_way_is_edited_after_a_restart(store: Store):
    board = Board()
    first = Delivery(board, Ledger(store))
    await first.deliver(reply("same", is_final=False))
    await wait_until(lambda: board.shown)
    await first.close()
    await Delivery(board, Ledger(store)).deliver(reply("same"))
    assert board.calls == ["send", "edit"], "nobody knows how it reads by now"


async def test_a_failure_on_the_way_does_not_end_what_is_shown(store: Store):
    board = Board()
    delivery = Delivery(board, Ledger(store))
    board.faults = [DeliveryError("away")]
    await delivery.deliver(reply("half", is_final=False))
    await wait_until(lambda: not board.faults)
    await delivery.deliver(reply("half an", is_final=False))
    await wait_until(lambda: board.shown == ["half an"])


class Kept(Ledger):
    """A ledger for a property that runs hundreds of times: the same three verbs in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[int, Noted]] = {}
        self._speaker = None

    @property
    def since(self) -> float:
        return 0.0

    async def parts(self, reply_id: str) -> dict[int, Noted]:
        return dict(self.rows.get(reply_id, {}))

    async def note(self, reply_id: str, index: int, message: str, mark: str = "") -> None:
        self.rows.setdefault(reply_id, {})[index] = Noted(message, mark)

    async def drop(self, reply_id: str, index: int) -> None:
        del self.rows[reply_id][index]


class Blank(Kept):
    """As where nobody else can have shown anything, so that nothing need be looked up."""

    def is_blank(self, reply: Reply) -> bool:
        return True


async def test_what_was_shown_before_a_close_is_finished_by_the_same_process():
    """As when the adapter is run anew after a fault."""
    board, ledger = Board(), Blank()
    delivery = Delivery(board, ledger)
    await delivery.deliver(reply("half", is_final=False))
    await wait_until(lambda: board.shown)
    await delivery.close()
    await delivery.deliver(reply("half an", is_final=False))
    await delivery.deliver(reply("half an answer"))
    assert "".join(board.shown) == "half an answer"
    assert board.calls == ["send", "edit", "send"]


async def test_what_grows_while_it_is_being_shown_waits_for_the_next_edit(store: Store):
    board = Board(interval=30.0, delay=0.02)
    delivery = Delivery(board, Ledger(store))
    for length in range(1, 10):
        await delivery.deliver(reply("x" * length, is_final=False))
        await asyncio.sleep(0.01)
    await wait_until(lambda: board.calls)
    assert board.calls == ["send"]
    await delivery.deliver(reply("x" * 10))
    assert board.calls == ["send", "edit"]


class Silenced(Kept):
    """As after another process has taken the right to speak."""

    is_ours = True

    def check(self) -> None:
        if not self.is_ours:
            raise DeliveryError("another process may speak here by now")


async def test_a_process_that_lost_the_right_to_speak_changes_nothing_any_more():
    board, ledger = Board(), Silenced()
    delivery = Delivery(board, ledger)
    await delivery.deliver(reply("half", is_final=False))
    await wait_until(lambda: board.shown)
    ledger.is_ours = False
    board.messages = dict.fromkeys(board.messages, "whole")  # by the other process
    await delivery.deliver(reply("half an", is_final=False))
    with pytest.raises(DeliveryError):
        await delivery.deliver(reply("half an answer"))
    assert board.shown == ["whole"]
    await delivery.close()


@settings(max_examples=150, deadline=None)
@given(
    texts=st.lists(st.text("ab ", min_size=1, max_size=4 * LIMIT), min_size=1, max_size=6),
    faults=st.lists(st.sampled_from([None, DeliveryError("x"), RetryLaterError("y", after=0)])),
    restarts=st.sets(st.integers(0, 6)),
    has_drafts=st.booleans(),
)
def test_whatever_happens_on_the_way_the_final_text_stands_whole_and_once(
    texts: list[str],
    faults: list[DeliveryError | None],
    restarts: set[int],
    has_drafts: bool,
):
    async def show() -> None:
        board, ledger = Board(), Kept()
        drafts = board if has_drafts else None
        delivery = Delivery(board, ledger, turn=board.turn, drafts=drafts)
        for number, text in enumerate(texts):
            if number in restarts:
                await delivery.close()
                delivery = Delivery(board, ledger, turn=board.turn, drafts=drafts)
            board.faults = [fault for fault in faults if fault is not None]
            await delivery.deliver(reply(text, is_final=False))
            for _ in range(number + 1):
                await asyncio.sleep(0)
        for _ in range(len(faults) + 1):
            try:
                await delivery.deliver(reply(texts[-1]))
                break
            except DeliveryError:
                continue
        assert "".join(board.shown) == texts[-1]

    asyncio.run(show())
