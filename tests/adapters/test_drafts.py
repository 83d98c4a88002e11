"""Snapshots that are shown as drafts, which leave nothing behind."""

from __future__ import annotations

from adapters.delivery import Delivery
from core.message import Reply
from core.outbox import Ledger
from core.store import Store
from tests.adapters.test_delivery import Kept
from tests.fakes.board import Board
from tests.samples import reply
from tests.waiting import wait_until


async def test_drafts_leave_nothing_behind_and_nothing_to_note(store: Store):
    board, ledger = Board(), Kept()
    delivery = Delivery(board, ledger, drafts=board)
    for text in ("ha", "half"):
        await delivery.deliver(reply(text, is_final=False))
        await wait_until(lambda t=text: board.drafts[-1:] == [t])
    assert not board.shown and not ledger.rows
    await delivery.deliver(reply("whole"))
    assert board.shown == ["whole"]
    assert board.calls == ["draft", "draft", "send"]


async def test_of_several_parts_only_the_last_is_a_draft(store: Store):
    board = Board()
    delivery = Delivery(board, Ledger(store), drafts=board)
    await delivery.deliver(reply("0123456789ab", is_final=False))
    await wait_until(lambda: board.drafts == ["ab"])
    assert board.shown == ["0123456789"]
    await delivery.deliver(reply("0123456789abcdefghij+"))
    assert board.shown == ["0123456789", "abcdefghij", "+"]
    assert "edit" not in board.calls


async def test_where_drafts_turn_out_not_to_work_the_text_is_sent(store: Store):
    class Modern(Board):
        async def draft(self, reply: Reply, part: str, index: int) -> None:
            self.has_drafts = False

    board = Modern()
    delivery = Delivery(board, Ledger(store), drafts=board)
    await delivery.deliver(reply("half", is_final=False))
    await wait_until(lambda: board.shown == ["half"])
    await delivery.deliver(reply("whole"))
    assert board.shown == ["whole"]
