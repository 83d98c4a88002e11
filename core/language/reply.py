"""Is an answer in the language and the script that were asked for? Judged while it streams.

Only what is sure counts as wrong: a doubt costs a fan nothing, a restart costs a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import regex

from core.bot import Bot
from core.language.contract import LanguageMemory
from core.language.detect import Detector
from core.language.script import find_script, scripts_of

Verdict = Literal["open", "likely", "right", "wrong"]
"""open: too little was said; likely: right as far as it goes; right and wrong: decided."""

_STRAY = (
    "en", "zh-Hans", "es", "fr", "de", "it", "pt", "nl", "pl", "cs", "sv", "ro", "tr", "ru", "uk",
    "ar", "fa", "hi", "ja", "ko",
)  # fmt: skip
"""Languages that models stray into, beside those that the bot offers."""

_KIN = (
    frozenset(("bs", "hr", "sr", "sh")), frozenset(("id", "ms")), frozenset(("fil", "tl")),
    frozenset(("nb", "nn", "no", "da")), frozenset(("cs", "sk")), frozenset(("mk", "bg")),
    frozenset(("es", "gl", "ca")), frozenset(("pt", "gl")), frozenset(("zh", "yue")),
    frozenset(("ru", "be")), frozenset(("hi", "mr", "ne")), frozenset(("fa", "prs")),
)  # fmt: skip
"""Whose short texts even readers mistake for each other: never called wrong."""

_LIKELY_LETTERS, _LIKELY = 12, 0.8
"""Letters and probability from which the beginning of an answer is shown."""

_DECIDED = 60
"""Letters after which an answer that is not surely wrong counts as right: ten words."""

_SENTENCE_LETTERS = 30  # of a first sentence that is long enough to decide by
_SURE_LETTERS, _SURE_WORDS, _SURE = 20, 4, 0.95
"""From which on another language is surely another."""

_WHOLE_LETTERS, _WHOLE_WORDS, _WHOLE_SURE = 12, 2, 0.97
"""The same for an answer that has no more than that."""

_WORTH = {"Latn": 1, "Hani": 3, "Hang": 2}
"""Letters of the Latin script that a letter says as much as; where it is not said, 1."""

_STRANGE = 5
"""Letters of a script that no name would bring into a text of Latin letters."""

_STRANGE_LATIN, _STRANGE_WORDS = 24, 4
"""The other way round names are common: so many letters, in so many words that begin small."""

_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_HAN = re.compile("[\u4e00-\u9fff]")
_NO_KANA = 12  # Chinese characters that no Japanese sentence has without a sign of kana
_KANA_SHARE = 0.2
_HANS = frozenset(
    "们这个说时发后还没为么吗请谁几开门钱买卖车东话给让从见现听读语认识谢问题间长场赛队员进赢输"
    "样爱乐欢马龙电动运战胜热气头饭馆网线级组结经红蓝银铁张该应总办边达远连选阳难离单团园图坏处"
    "备够复奖妈实师广归态愿戏报换权极标树桥汉满环对点来国学会体关闭两举当网预约号码务类费区导"
)
_HANT = frozenset(
    "們這個說時發後還沒為麼嗎請誰幾開門錢買賣車東話給讓從見現聽讀語認識謝問題間長場賽隊員進贏輸"
    "樣愛樂歡馬龍電動運戰勝熱氣頭飯館網線級組結經紅藍銀鐵張該應總辦邊達遠連選陽難離單團園圖壞處"
    "備夠復獎媽實師廣歸態願戲報換權極標樹橋漢滿環對點來國學會體關閉兩舉當預約號碼務類費區導"
)
_TELLING_HANS, _TELLING_HANT = _HANS - _HANT, _HANT - _HANS
_TELLING = 3
"""Characters of the other way of writing, and none of the own, that decide."""

_UNTOLD = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*(?:`|\Z)"  # code
    r"|!?\[[^\]\n]*(?:\](?:\([^)\n]*\)?)?|\Z)|<?https?://\S+|\bwww\.\S+|\S+@\S+|[@#]\w+"  # links
    r"|^[ \t]*>[^\n]*$"  # what somebody else said
    r"|\"[^\"\n]*(?:\"|\Z)|“[^”\n]*(?:”|\Z)|„[^“”\n]*(?:[“”]|\Z)|«[^»\n]*(?:»|\Z)"
    r"|「[^」\n]*(?:」|\Z)|『[^』\n]*(?:』|\Z)|《[^》\n]*(?:》|\Z)",
    re.DOTALL | re.MULTILINE,
)
_NAME = re.compile(r"(?<=[^\W\d_]|[,;])[ \t]+(?:[A-ZÀ-ÖØ-ÞА-ЯΑ-Ω][\w'’-]*)")
"""A word in the middle of a sentence that begins large."""

_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*(?:['’\u200c][\p{L}\p{M}]+)*")
_END = re.compile(r"[.!?…।؟۔](?:\s|$)|[。！？]|\n\s*\n")
_OTHER_LANGUAGE = re.compile(
    r"translat|übersetz|traduc|tradui|traduz|tradur|vertal|tłumacz|перев[её]|переклад|превед|"
    r"prevedi|çevir|翻[译譯訳]|번역|ترجم|अनुवाद|अनुबाद|แปล|dịch|terjemah|översätt|overs[ea]tt|"
    r"oversæt|kään|fordít|traduce|μετάφρα|μεταφρά|תרגמ|תרגום|přelož|prelož|tafsiri|"
    r"(?:write|say|schreib\w*|escr\w+|écri\w+|scriv\w+) (?:in|auf|en) \w+ ?:|"
    r"how (?:do|would|can|to)\b.{0,12}\bsay|what(?:'s| is| does)\b.{1,60}\b(?:in|mean|called)\b|"
    r"c[oó]mo se dice|como se diz|wie sagt man|was hei(?:ß|ss)t|comment (?:dit|on dit|dire)|"
    r"come si dice|hoe zeg|jak si[ęe] m[óo]wi|как (?:сказать|будет)|怎[么麼][说說]|何[とて][言い]|"
    r"なんて[言い]|어떻게 말|뭐라고|كيف (?:أ|ن|ت)?قول|nasıl den",
    re.IGNORECASE,
)
"""Who asks for words of another language gets them."""


class ReplyCheck:
    """Judges answers of one bot; it keeps nothing between them."""

    def __init__(self, bot: Bot) -> None:
        bases = {_base(tag) for tag in bot.languages}
        stray = [tag for tag in _STRAY if _base(tag) not in bases]
        self._detector = Detector((*bot.languages, *stray))
        self._names = _to_pattern(
            [
                *(bot.name, bot.contact),
                *(term.term for term in bot.terms if term.keep),
                *(event.title for event in bot.events),
                *(event.place for event in bot.events),
            ]
        )

    def judge(self, text: str, wanted: LanguageMemory, *, is_whole: bool) -> Verdict:
        """Judge an answer by what is there of it.

        Args:
            text: Markdown, from its beginning.
            wanted: What it was asked for in.
            is_whole: Nothing follows.
        """
        told = _NAME.sub(" ", self._names.sub(" ", _UNTOLD.sub(" ", text)))
        words = [word for word in _WORD.findall(told) if len(word) > 1 or not word.isascii()]
        counts = _count_scripts(words)
        letters = sum(_WORTH.get(script, 1) * count for script, count in counts.items())
        if not letters:
            return "right" if is_whole else "open"
        by_script = _judge_script(words, counts, wanted)
        if by_script == "wrong" or (by_script and not is_whole):
            return by_script
        sentence = len(text) if is_whole else _end_of_sentence(text)
        is_over = is_whole or letters >= _DECIDED or (sentence and letters >= _SENTENCE_LETTERS)
        return self._judge_words(" ".join(words), letters, wanted, is_over=bool(is_over))

    def _judge_words(
        self, told: str, letters: int, wanted: LanguageMemory, *, is_over: bool
    ) -> Verdict:
        found = self._detector.detect(told)
        is_alike = _is_kin(found.language, wanted.language)
        if found.is_romanised and not wanted.is_romanised:
            is_alike = False  # the right language in the wrong letters
        if is_alike or found.language == "und":
            if is_over:
                return "right"
            is_likely = letters >= _LIKELY_LETTERS and found.probability >= _LIKELY
            return "likely" if is_likely else "open"
        # What is written in Latin letters for once looks like many languages, but not like English.
        is_other = not wanted.is_romanised or _base(found.language) == "en"
        count = len(told.split()) if " " in told else letters // 2
        is_long = letters >= _SURE_LETTERS and count >= _SURE_WORDS
        is_short = is_over and letters >= _WHOLE_LETTERS and count >= _WHOLE_WORDS
        # Which of several others it is, Croatian or Serbian, does not matter.
        strange = sum(
            share for tag, share in found.shares.items() if not _is_kin(tag, wanted.language)
        )
        sure = max(strange, found.probability)
        if is_other and ((is_long and sure >= _SURE) or (is_short and sure >= _WHOLE_SURE)):
            # A clear case before the sentence is over is clear enough after two more words.
            return "wrong" if is_over or letters >= 2 * _SURE_LETTERS else "open"
        return "right" if is_over else "open"


def asks_for_other_words(question: str) -> bool:
    """Tell whether a fan asks for a translation, so that the answer may be in any language."""
    return _OTHER_LANGUAGE.search(question) is not None


def count_han(text: str) -> tuple[int, int]:
    """Count signs of simplified Chinese only, and of traditional Chinese only."""
    return sum(map(_TELLING_HANS.__contains__, text)), sum(map(_TELLING_HANT.__contains__, text))


def _judge_script(
    words: list[str], counts: dict[str, int], wanted: LanguageMemory
) -> Verdict | None:
    """Return what the script decides alone."""
    scripts = scripts_of(wanted.language)
    if wanted.is_romanised:
        return None
    own = sum(count for script, count in counts.items() if script in scripts)
    strange = sum(count for script, count in counts.items() if script not in (*scripts, "Latn"))
    if strange >= _STRANGE and strange > own:
        return "wrong"
    if "Latn" in scripts:
        return None
    small = sum(word[0].islower() and word.isascii() for word in words)
    latin = counts.get("Latn", 0)
    if latin >= _STRANGE_LATIN and small >= _STRANGE_WORDS and own * 8 < latin:
        return "wrong"
    return _judge_han("".join(words), wanted.language) if "Hani" in scripts else None


def _judge_han(text: str, language: str) -> Verdict | None:
    kana, han = len(_KANA.findall(text)), len(_HAN.findall(text))
    if _base(language) == "ja":
        return "wrong" if not kana and han >= _NO_KANA else None
    if kana >= _STRANGE and kana >= _KANA_SHARE * (kana + han):
        return "wrong"
    hans, hant = count_han(text)
    own, other = (hans, hant) if language.endswith("-Hans") else (hant, hans)
    if not language.endswith(("-Hans", "-Hant")):
        return None
    if other >= _TELLING and own * 5 <= other:
        return "wrong"
    return "open" if own <= other and han < _NO_KANA else None


def _count_scripts(words: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        script = find_script(word)
        if script:
            counts[script] = counts.get(script, 0) + len(word)
    return counts


def _end_of_sentence(text: str) -> int:
    found = _END.search(text)
    return found.end() if found else 0


def _is_kin(one: str, other: str) -> bool:
    first, second = _base(one), _base(other)
    return first == second or any(first in kin and second in kin for kin in _KIN)


def _base(tag: str) -> str:
    return tag.split("-", 1)[0]


def _to_pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Find any of some names as whole words, the longest first."""
    kept = sorted({name.strip() for name in names if len(name.strip()) > 1}, key=len, reverse=True)
    return re.compile("|".join(rf"\b{re.escape(name)}\b" for name in kept) or r"(?!)", re.I)
