"""Our own words in languages for which nobody wrote them: translated once, by a model, for all.

A bot may offer any language that Qwen writes. Where there is no locale, a process that has a model
translates the English texts in the background and keeps them in Redis, under the language and
the state of the English ones; every other process takes them from there. Until then, and without
a model, people read the nearest locale.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from core.errors import QwenError, StoreError
from core.language.asking import to_batch
from core.language.locked import find_tokens, lock
from core.language.names import find_locale
from core.language.script import find_script
from core.language.tongues import script_of
from core.language.vocabulary import Vocabulary
from core.store import WORDS, Script, Store, key

if TYPE_CHECKING:
    from core.language.models import Models
    from core.language.strings import Strings

_BATCH = 25  # texts in one request: about 1,500 tokens back
_TOKENS = 4_000
_LOCK = 600  # seconds that one process has for a language
_PAUSE = 60.0  # seconds between two looks for what others may have translated
_ENOUGH = 0.8
"""Part of the texts that must have come out right, else none is kept."""

_NOT_OURS = (".name",)
"""Endings of keys whose text is what people type: it works in English everywhere."""

_LIMITS = {
    re.compile(r"(command|option)\.\w+\.\w+"): 100,
    re.compile(r"choice\."): 100,
    re.compile(r"menu\.|language\.follow"): 32,
}
"""Characters, by what a key begins with; what Discord's menus hold and a button shows."""

_NO_WORDS = Vocabulary((), "", "")
_log = logging.getLogger(__name__)
_to_texts = msgspec.json.Decoder(dict[str, str]).decode

_CLAIM = Script("""#!lua
-- KEYS claim ; ARGV seconds
return redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[1]) and 1 or 0
""")


class Borrowed:
    """Teaches `Strings` the languages of a bot that have no locale."""

    def __init__(
        self, strings: Strings, store: Store, models: Models | None, languages: Sequence[str]
    ) -> None:
        """Wire it.

        Args:
            strings: Learns.
            store: Where all processes meet.
            models: Who translates; None only takes what others have translated.
            languages: BCP 47 tags of the bot.
        """
        self._strings = strings
        self._store = store
        self._models = models
        self.missing = [tag for tag in languages if not strings.has_locale(tag)]
        """Languages that are still to be learned."""

        self._english = dict(strings.english())
        state = msgspec.json.encode(sorted(self._english.items()))
        self._digest = hashlib.sha256(state).hexdigest()[:16]

    async def run(self, *, pause: float = _PAUSE) -> None:
        """Learn until nothing is missing; `pause` is in seconds."""
        while self.missing:
            try:
                await self._learn()
            except (StoreError, QwenError) as error:
                _log.warning("our own words are not translated yet: %s", error)
            if self.missing:
                await asyncio.sleep(pause)

    async def _learn(self) -> None:
        kept = await self._store.get_all([self._key(tag) for tag in self.missing])
        for tag, texts in zip(tuple(self.missing), kept, strict=True):
            if texts and (found := _read(texts.decode())):
                self._take(tag, found)
            elif self._models is not None and self._models.is_available and await self._claim(tag):
                made = await self._translate(self._models, tag)
                if made:
                    await self._store.keep_all(
                        {self._key(tag): msgspec.json.encode(made)}, ttl=WORDS
                    )
                    self._take(tag, made)

    def _take(self, tag: str, texts: Mapping[str, str]) -> None:
        self._strings.learn(tag, texts)
        self.missing.remove(tag)
        _log.info("our own words are now there in %s", tag)

    async def _claim(self, tag: str) -> bool:
        """Return whether it falls to this process to translate a language now."""
        claim = key("turnstile", f"words:{tag}")
        return bool(await self._store.run(_CLAIM, [claim], [_LOCK]))

    def _key(self, tag: str) -> str:
        return key("words", f"{tag}:{self._digest}")

    async def _translate(self, models: Models, tag: str) -> dict[str, str]:
        """Return all texts that came out right, twice asked for; none when too many did not."""
        wanted = to_wanted(self._english, tag)
        made: dict[str, str] = {}
        for is_again in (False, True):
            left = [name for name in wanted if name not in made]
            for at in range(0, len(left), _BATCH):
                batch = {name: wanted[name] for name in left[at : at + _BATCH]}
                answer = await models.ask(
                    to_batch(batch, target=tag, counts=_examples(tag), is_again=is_again),
                    tokens=_TOKENS,
                )
                made |= {
                    name: text.strip()
                    for name, text in _read(answer).items()
                    if name in batch and is_fit(name, batch[name], text, tag)
                }
        whole = _without_halves(made, wanted)
        if len(whole) < _ENOUGH * len(wanted):
            _log.warning("our own words in %s came back damaged and are not used", tag)
            return {}
        return whole


def to_wanted(english: Mapping[str, str], tag: str) -> dict[str, str]:
    """Return what is to be translated: a counted text once for each form that a language has.

    Args:
        english: By key; a counted text as `key.one` and `key.other`.
        tag: BCP 47 tag.
    """
    wanted: dict[str, str] = {}
    for name, text in english.items():
        stem, _, form = name.rpartition(".")
        if name.endswith(_NOT_OURS) or lock(text, _NO_WORDS).is_wordless:
            continue
        if f"{stem}.other" not in english:
            wanted[name] = text
        elif form == "other":
            forms = _examples(tag)
            wanted |= {f"{stem}.{one}": english.get(f"{stem}.{one}", text) for one in forms}
    return wanted


def is_fit(name: str, english: str, text: str, tag: str) -> bool:
    """Tell whether a translated text can take the place of the English one.

    It has the same placeholders, commands, emoji and links, is in the right script, and not too
    long for where it is shown.
    """
    if sorted(find_tokens(english)) != sorted(find_tokens(text)):
        return False
    limit = next((most for begin, most in _LIMITS.items() if begin.match(name)), 0)
    longest = limit or 60 + 3 * len(english)
    written = find_script(lock(text, _NO_WORDS).plain)
    return 0 < len(text.strip()) <= longest and (written == script_of(tag) or not written)


def _examples(tag: str) -> dict[str, int]:
    """Return the plural forms of a language, each with a number that takes it.

    unicode.org/reports/tr35/tr35-numbers.html#Language_Plural_Rules, read 2026-11-25.
    """
    form_of = find_locale(tag).plural_form
    found: dict[str, int] = {}
    for number in (1, 2, 3, 5, 11, 20, 21, 100, 0):
        found.setdefault(str(form_of(number)), number)
    found.setdefault("other", 100)
    return found


def _read(answer: str) -> dict[str, str]:
    begin, end = answer.find("{"), answer.rfind("}")
    try:
        return _to_texts(answer[begin : end + 1])
    except msgspec.DecodeError:
        return {}


def _without_halves(made: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """Leave out counted texts of which a form is missing."""
    stems = {name.rpartition(".")[0] for name in wanted if name.endswith(".other")}
    broken = {
        stem
        for stem in stems
        if any(name.rpartition(".")[0] == stem and name not in made for name in wanted)
    }
    return {n: text for n, text in made.items() if n.rpartition(".")[0] not in broken}
