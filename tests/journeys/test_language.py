"""Every fan is answered in their own language, whatever the model does."""

from __future__ import annotations

import asyncio
import random
import re

from tests.fakes.discord import FakeDiscord
from tests.fakes.qwen import Answer, FakeQwen
from tests.fakes.telegram import FakeTelegram
from tests.journeys.program import program, reach

TALK = {
    "en": ("When do the gates open on Sunday?", "The gates open ninety minutes before the start."),
    "es": ("¿A qué hora abren las puertas?", "Las puertas abren noventa minutos antes del inicio."),
    "fr": ("À quelle heure ouvrent les portes ?", "Les portes ouvrent une heure et demie avant."),
    "de": ("Wann öffnen die Tore am Sonntag?", "Die Tore öffnen neunzig Minuten vor dem Beginn."),
    "it": ("A che ora aprono i cancelli?", "I cancelli aprono novanta minuti prima dell'inizio."),
    "pt-BR": ("A que horas abrem os portões?", "Os portões abrem noventa minutos antes do início."),
    "ja": ("ゲートは何時に開きますか？", "ゲートは開始の九十分前に開きますので、お早めにどうぞ。"),
    "zh-Hans": ("大门几点开？请问在哪里？", "大门在比赛开始前九十分钟开放，请准时到达现场。"),
    "ko": ("게이트는 몇 시에 열리나요?", "게이트는 경기 시작 구십 분 전에 열립니다."),
    "ar": ("متى تفتح البوابات يوم الأحد؟", "تفتح البوابات قبل تسعين دقيقة من البداية."),
    "ru": ("Во сколько открываются ворота?", "Ворота открываются за девяносто минут до начала."),
    "hi": ("गेट कितने बजे खुलते हैं?", "गेट शुरुआत से नब्बे मिनट पहले खुलते हैं।"),
    "tr": ("Kapılar saat kaçta açılıyor?", "Kapılar başlangıçtan doksan dakika önce açılır."),
    "pl": ("O której otwierają się bramy?", "Bramy otwierają się półtorej godziny wcześniej."),
}  # fmt: skip
ROUNDS = 4
_WANTED = re.compile(r"^answer in: .*\(([\w-]+)\)$", re.MULTILINE)


class Stray:
    """A model that begins one answer in five in a wrong language, and now and then two in a row."""

    def __init__(self) -> None:
        self._random = random.Random(4)
        self.wrong: list[str] = []
        self.right = 0

    def respond(self, messages: list[dict[str, str]]) -> Answer:
        found = _WANTED.search(messages[-1]["content"])
        assert found is not None
        wanted = found[1]
        if self._random.random() >= 0.2:
            self.right += 1
            return Answer(text=f"{TALK[wanted][1]} {TALK[wanted][1]}", chunk=6, delay=0.005)
        other = self._random.choice([tag for tag in TALK if tag != wanted])
        self.wrong.append(wanted)
        return Answer(text=f"{TALK[other][1]} {TALK[other][1]}", chunk=6, delay=0.005)


async def test_a_model_that_strays_never_reaches_a_fan_in_a_wrong_language_on_telegram():
    stray = Stray()
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        qwen.respond = stray.respond

        async def talk(chat: int, tag: str) -> None:
            question = TALK[tag][0]
            for number in range(1, ROUNDS + 1):
                await telegram.say(chat_id=chat, user=f"Fan {chat}", text=question)
                # The model's sentence, or the guide's answer in place of two wrong ones.
                await telegram.wait_for(chat, lambda _: True, timeout=30, count=number)

        async with program(**reach(telegram=telegram, qwen=qwen)):
            async with asyncio.TaskGroup() as group:
                for chat, tag in enumerate(TALK, 1):
                    group.create_task(talk(chat, tag))
        assert len(stray.wrong) >= 5, "it did stray"
        for chat, tag in enumerate(TALK, 1):
            others = [answer for other, (_, answer) in TALK.items() if other != tag]
            seen = [call.body for call in telegram.calls if call.body.get("chat_id") == chat]
            texts = [str(body["text"]) for body in seen if body.get("text")]
            assert texts, tag
            for text in texts:
                assert not [other for other in others if text[:12] == other[:12]], (tag, text)


async def test_the_letters_count_too_on_discord():
    simplified, traditional = TALK["zh-Hans"][1], "大門在比賽開始前九十分鐘開放，請準時到達現場。"
    async with FakeDiscord() as discord, FakeQwen("dashscope") as qwen:
        qwen.script(Answer(text=traditional, chunk=3, delay=0.01))
        qwen.respond = lambda _: Answer(text=simplified, chunk=3, delay=0.01)
        async with program(**reach(discord=discord, qwen=qwen)):
            await discord.say(user="Li", text=TALK["zh-Hans"][0])
            await discord.wait_for("@Li", simplified, timeout=15)
        assert len(qwen.requests) == 2
        assert not [call for call in discord.calls if "大門" in str(call.body)]


async def test_a_switch_in_mid_talk_is_followed_and_what_tells_nothing_is_not():
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        qwen.respond = lambda messages: Answer(
            text=TALK[_WANTED.findall(messages[-1]["content"])[0]][1]
        )
        async with program(**reach(telegram=telegram, qwen=qwen)):
            said = (
                (TALK["es"][0], "es"), ("ok 👍", "es"), ("2-1", "es"), (TALK["ja"][0], "ja"),
                ("😂", "ja"), ("gg", "ja"), (TALK["pl"][0], "pl"),
            )  # fmt: skip
            counts: dict[str, int] = {}
            for words, tag in said:
                counts[tag] = counts.get(tag, 0) + 1
                await telegram.say(chat_id=1, user="Ana", text=words, language_code="de")
                start = TALK[tag][1]
                await telegram.wait_for(
                    1, lambda m, start=start: m.text.startswith(start), count=counts[tag],
                    timeout=15,
                )  # fmt: skip


async def test_a_wish_by_words_holds_on_discord():
    async with FakeDiscord() as discord, FakeQwen("dashscope") as qwen:
        qwen.respond = lambda messages: Answer(
            text=TALK[_WANTED.findall(messages[-1]["content"])[0]][1]
        )
        async with program(**reach(discord=discord, qwen=qwen)):
            await discord.say(user="Ken", text="日本語でお願いします")
            await discord.wait_for("@Ken", "日本語", timeout=15)
            assert not qwen.requests, "to confirm a wish takes no model"
            await discord.say(user="Ken", text="When do the gates open on Sunday?")
            await discord.wait_for("@Ken", TALK["ja"][1], timeout=15)
            await discord.say(user="Ken", text="auf Deutsch bitte")
            await discord.wait_for("@Ken", TALK["de"][1], timeout=15)
            question = qwen.requests[-1]["messages"][-1]["content"]
            assert "When do the gates open on Sunday?" in question, "the last answer, in German"


async def test_twelve_languages_side_by_side_on_discord():
    async with FakeDiscord() as discord, FakeQwen("dashscope") as qwen:
        qwen.respond = lambda messages: Answer(
            text=TALK[_WANTED.findall(messages[-1]["content"])[0]][1]
        )
        async with program(**reach(discord=discord, qwen=qwen)):
            for tag, (question, _) in TALK.items():
                await discord.say(user=f"Fan {tag}", text=question)
            for tag, (_, answer) in TALK.items():
                await discord.wait_for(f"@Fan {tag}", answer, timeout=15)


HINDI = "Bhai, match aaj raat nau baje shuru hoga, jaldi aana aur ticket saath rakhna"
ARABIC = "النتيجة 3-1 (https://auroravalley.example/live) وقد انتهت المباراة الآن."


async def test_who_writes_hindi_in_latin_letters_is_answered_so_on_both_platforms():
    async with FakeTelegram() as telegram, FakeDiscord() as discord, FakeQwen("dashscope") as qwen:
        qwen.respond = lambda _: Answer(text=HINDI)
        async with program(**reach(telegram=telegram, discord=discord, qwen=qwen)):
            asked = "bhai aaj ka khel kitne baje shuru hoga, mujhe batao"
            await telegram.say(chat_id=1, user="Ravi", text=asked, language_code="en")
            await telegram.wait_for(1, lambda m: m.text.startswith(HINDI), timeout=15)
            await discord.say(user="Ravi", text=asked)
            await discord.wait_for("@Ravi", HINDI, timeout=15)
        contents = [str(request["messages"][-1]["content"]) for request in qwen.requests]
        assert len(contents) == 2, "no answer was taken for a wrong one"
        assert all("Hindi, in Latin letters" in content for content in contents)


async def test_what_is_written_from_left_to_right_stays_whole_in_arabic_on_both_platforms():
    async with FakeTelegram() as telegram, FakeDiscord() as discord, FakeQwen("dashscope") as qwen:
        qwen.respond = lambda _: Answer(text=ARABIC)
        async with program(**reach(telegram=telegram, discord=discord, qwen=qwen)):
            await telegram.say(chat_id=1, user="Layla", text=TALK["ar"][0])
            shown = await telegram.wait_for(1, lambda m: "انتهت" in m.text, timeout=15)
            assert "\u20683-1\u2069" in shown.text
            assert "https://auroravalley.example/live" in shown.text
            await discord.say(user="Layla", text=TALK["ar"][0])
            await discord.wait_for("@Layla", "\u20683-1\u2069", timeout=15)
