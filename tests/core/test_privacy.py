"""What the turn of /forget does at once."""

from __future__ import annotations

from pathlib import Path

from core.bot import load_bot
from core.conversation import Line, Overheard, State, to_bytes
from core.language.strings import Strings
from core.store import Store
from tests.core.test_engine import Stage
from tests.samples import NOW, command


async def test_forget_leaves_nothing_and_takes_the_fans_words_out_of_the_place(
    store: Store, tmp_path: Path
):
    stage = Stage(load_bot(Path("bots/winter_games")), Strings(), None, tmp_path, store=store)
    own = Overheard(user="ana", name="Ana", text="secret", sent_at=NOW)
    other = Overheard(user="ken", name="Ken", text="hi", sent_at=NOW)
    history = (Line(role="user", content="x", tokens=1),)
    commit = await stage.play(command("forget"), state=State(history=history, place=(own, other)))
    assert commit.memory == b""
    assert commit.retracted == [to_bytes(own)]
    assert any(write.command == "XADD" for write in commit.writes), "the rest is ordered"
