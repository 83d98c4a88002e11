"""Moderators on Telegram: known by what Telegram lets them do, obeyed by doing it there."""

from __future__ import annotations

from tests.fakes.qwen import Answer, FakeQwen
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_staff import ALL_FLAGS
from tests.journeys.program import program, reach
from tests.waiting import wait_until

GROUP = -1005


async def test_a_moderator_mutes_a_fan_in_the_group_itself_and_a_fan_mutes_nobody():
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        qwen.respond = lambda _: Answer(text="The gates open at seven.")
        telegram.appoint(GROUP, "", *ALL_FLAGS)
        telegram.appoint(GROUP, "Mod", "can_restrict_members")
        ana = telegram.join(GROUP, "Ana")
        mod = telegram.join(GROUP, "Mod")
        async with program(**reach(telegram=telegram, qwen=qwen)):

            async def order(user: str, text: str) -> None:
                await telegram.say(chat_id=GROUP, user=user, text=text, language_code="en")

            await order("Ana", f"/mute {mod}")
            refused = await telegram.wait_for(GROUP, lambda m: bool(m.text), timeout=15)
            assert telegram.member(GROUP, "Mod").may_write
            await order("Mod", f"/mute {ana}")
            await wait_until(lambda: not telegram.member(GROUP, "Ana").may_write, timeout=15)
            assert telegram.member(GROUP, "Ana").until
            done = await telegram.wait_for(GROUP, lambda m: "muted" in m.text, timeout=15)
            assert done.id != refused.id
            await order("Mod", f"/unmute {ana}")
            await wait_until(lambda: telegram.member(GROUP, "Ana").may_write, timeout=15)
            await order("Mod", f"/ban {ana}")
            await wait_until(lambda: telegram.member(GROUP, "Ana").status == "kicked", timeout=15)
            await order("Mod", f"/unban {ana}")
            await wait_until(lambda: telegram.member(GROUP, "Ana").status == "left", timeout=15)


async def test_who_looks_after_the_group_is_not_muted_and_the_moderator_hears_why():
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        telegram.appoint(GROUP, "", *ALL_FLAGS)
        telegram.appoint(GROUP, "Mod", "can_restrict_members")
        owner = telegram.appoint(GROUP, "Owner", is_owner=True)
        async with program(**reach(telegram=telegram, qwen=qwen)):
            await telegram.say(chat_id=GROUP, user="Mod", text=f"/mute {owner}", language_code="en")
            await telegram.wait_for(GROUP, lambda m: "stand above me" in m.text, timeout=15)
            assert not telegram.called("restrictChatMember")
