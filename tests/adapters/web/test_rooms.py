from __future__ import annotations

import gc
import weakref

from adapters.web.rooms import QUEUE, Rooms, Socket


async def test_a_page_that_is_too_slow_is_cut_off_instead_of_holding_the_others_up():
    cut: list[str] = []
    slow, quick = Socket(lambda: cut.append("slow")), Socket(lambda: cut.append("quick"))
    room = Rooms()["a"]
    room.sockets |= {slow, quick}
    for number in range(QUEUE + 1):
        room.push(str(number))
        assert await quick.next() == str(number)
    assert cut == ["slow"]


async def test_a_page_that_is_behind_is_spared_what_it_can_do_without():
    cut: list[str] = []
    slow = Socket(lambda: cut.append("slow"))
    for _ in range(QUEUE * 2):
        slow.push("growing", is_optional=True)
    slow.push("final")
    assert cut == []
    frames = [await slow.next()]
    while frames[-1] != "final":
        frames.append(await slow.next())
    assert len(frames) < QUEUE


async def test_a_room_that_nobody_is_in_takes_no_memory():
    rooms = Rooms()
    room = rooms["a"]
    assert rooms["a"] is room
    trace = weakref.ref(room)
    del room
    gc.collect()
    assert trace() is None
