"""The door for every translation between people: whole, with its names and numbers, or not at all.

A model is asked twice at most. What it returns is trimmed, judged (`core.language.fidelity`)
and gets its tokens back (`core.language.locked`); the second time it is told what was wrong, and
sees neither names nor numbers that it could damage. Then the text is refused.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping, Sequence

import msgspec

from core.bot import Term
from core.errors import (
    QwenBrokenError,
    QwenError,
    QwenRefusedError,
    StoreError,
    TranslationError,
)
from core.guard import clean
from core.language.asking import to_messages, to_mt_messages, to_options
from core.language.detect import Detector
from core.language.fidelity import is_short
from core.language.judge import Judge, Verdict
from core.language.locked import Locked, lock
from core.language.models import Models, ask_once
from core.language.tongues import is_same, to_mt_code
from core.language.vocabulary import Vocabulary, version_of
from core.qwen.client import Snapshot
from core.store import TRANSLATION, Store, key

LONGEST = 4_000
"""Characters of a text that is translated; more than any message has on our platforms."""

_MOST_AT_ONCE = 6_000
"""Characters that one request for several languages may return, about: a cut answer is lost."""

_PATIENCE = 60.0  # seconds for all attempts together: longer no fan waits
_KNOWN = 0.6
"""Probability from which a source language is named."""

_MOST_VOCABULARIES = 64  # glossaries that are held, each from one language into another
_FORM = "1"
"""Counts up when prompts or checks change so that older translations should be made anew."""

_log = logging.getLogger(__name__)
_to_texts = msgspec.json.Decoder(dict[str, str]).decode


class Translated(msgspec.Struct, frozen=True, kw_only=True):
    """A text in another language."""

    text: str
    source: str
    """BCP 47 tag of what it was, or "" where nobody knows."""

    target: str


class Counts(msgspec.Struct, kw_only=True):
    """What became of attempts, since the program began."""

    delivered: int = 0
    mended: int = 0
    retried: int = 0
    refused: int = 0
    faults: dict[str, int] = {}
    """By kind."""


class _Job(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    source: str
    terms: tuple[Term, ...]
    version: str
    """Of the terms."""


class Translator:
    """Translates what people write."""

    def __init__(
        self, models: Models, store: Store, *, terms: Sequence[Term], detector: Detector,
        languages: Sequence[str],
    ) -> None:  # fmt: skip
        """Wire it.

        Args:
            models: Who translates.
            store: Where translations are kept for a day.
            terms: The club's words.
            detector: Tells languages apart.
            languages: Those that it knows.
        """
        self._models = models
        self._store = store
        self._terms = tuple(terms)
        self._detector = detector
        self._judging = Judge(detector, languages)
        self._version = version_of(terms)
        self._vocabularies: dict[tuple[str, str, str], Vocabulary] = {}
        self.counts = Counts()

    @property
    def is_available(self) -> bool:
        """Return whether a text could be translated now."""
        return self._models.is_available

    def detect(self, text: str) -> str:
        """Return the language of a text, or "" where it is not sure enough to be named."""
        plain = lock(text, Vocabulary((), "", "")).plain
        found = self._detector.detect(plain)
        return "" if found.language == "und" or found.probability < _KNOWN else found.language

    async def translate(
        self,
        text: str,
        target: str,
        *,
        source: str | None = None,
        terms: Sequence[Term] = (),
    ) -> Translated:
        """Translate a text; the same one, asked for again within a day, costs nothing.

        A text that is in the target language already, or has no words, comes back as it is.

        Args:
            text: As a person wrote it; at most `LONGEST` characters.
            target: BCP 47 tag.
            source: BCP 47 tag; None looks.
            terms: Words of a community, which count before the club's.

        Raises:
            TranslationError: It cannot be done without damage, or is too long.
            QwenError: No model can be reached, or moderation refuses the text.
        """
        found = await self._translate(text, (target,), source, terms)
        outcome = found[target]
        if isinstance(outcome, QwenError):
            raise outcome
        if outcome is None:
            raise TranslationError(f"no translation into {target} was whole")
        return outcome

    async def translate_all(
        self, text: str, targets: Sequence[str], *, source: str | None = None
    ) -> dict[str, Translated]:
        """Translate a text into several languages, in one request where the model can.

        Args:
            text: As a person wrote it; at most `LONGEST` characters.
            targets: BCP 47 tags.
            source: BCP 47 tag; None looks.

        Returns:
            By target; languages into which it failed are missing.

        Raises:
            TranslationError: The text is too long.
        """
        found = await self._translate(text, tuple(dict.fromkeys(targets)), source)
        return {tag: made for tag, made in found.items() if isinstance(made, Translated)}

    async def _translate(
        self, text: str, targets: Sequence[str], source: str | None, terms: Sequence[Term] = ()
    ) -> dict[str, Translated | QwenError | None]:
        text = clean(text)
        if len(text) > LONGEST:
            raise TranslationError("the text is too long", is_too_long=True)
        every = (*terms, *self._terms)
        job = _Job(
            text=text,
            source=self.detect(text) if source is None else source,
            terms=every,
            version=version_of(every) if terms else self._version,
        )
        made: dict[str, str | QwenError | None] = {}
        if lock(text, Vocabulary((), "", "")).is_wordless:
            made = dict.fromkeys(targets, text)
        else:
            made |= {tag: text for tag in targets if job.source and is_same(job.source, tag)}
            made |= await self._recall(job, [tag for tag in targets if tag not in made])
            left = [tag for tag in targets if tag not in made]
            new = await self._make(job, left) if left else {}
            await self._keep(job, new)
            made |= new
        return {
            tag: Translated(text=outcome, source=job.source, target=tag)
            if isinstance(outcome, str)
            else outcome
            for tag, outcome in made.items()
        }

    async def _make(self, job: _Job, targets: Sequence[str]) -> dict[str, str | QwenError | None]:
        made: dict[str, str | QwenError | None] = {}
        late = QwenBrokenError("A translation was not done in time.", code="late")
        try:
            async with asyncio.timeout(_PATIENCE), asyncio.TaskGroup() as group:
                for some in self._share_out(job, targets):
                    group.create_task(self._make_some(job, some, made))
        except TimeoutError:
            made |= {tag: late for tag in targets if tag not in made}
        self.counts.delivered += sum(isinstance(outcome, str) for outcome in made.values())
        self.counts.refused += sum(outcome is None for outcome in made.values())
        return made

    def _share_out(self, job: _Job, targets: Sequence[str]) -> list[list[str]]:
        """Return which targets go into one request: several only where a chat model is asked."""
        alone = [tag for tag in targets if self._goes_to_mt(job, tag)]
        size = max(1, _MOST_AT_ONCE // len(job.text))
        rest = [tag for tag in targets if tag not in alone]
        shares = [[tag] for tag in alone]
        return shares + [rest[at : at + size] for at in range(0, len(rest), size)]

    async def _make_some(
        self, job: _Job, targets: Sequence[str], made: dict[str, str | QwenError | None]
    ) -> None:
        faults: dict[str, str] = {}
        if len(targets) > 1:
            try:
                first = await self._ask_for_many(job, targets)
            except QwenError as error:
                made |= dict.fromkeys(targets, error)
                return
            for tag in targets:
                text, faults[tag] = self._judge(job, tag, first.get(tag), is_last=False)
                if not faults[tag]:
                    made[tag] = text
        async with asyncio.TaskGroup() as group:
            for tag in targets:
                if tag not in made:
                    group.create_task(self._make_one(job, tag, made, faults.get(tag, "")))

    async def _make_one(
        self, job: _Job, target: str, made: dict[str, str | QwenError | None], fault: str
    ) -> None:
        """Ask for one language; once more, and firmly, where something was wrong."""
        try:
            for is_last in (False, True) if not fault else (True,):
                self.counts.retried += is_last
                answer = await self._ask(job, target, fault)
                text, fault = self._judge(job, target, answer, is_last=is_last)
                if not fault:
                    made[target] = text
                    return
            made[target] = None
        except QwenError as error:
            made[target] = error

    def _judge(
        self, job: _Job, target: str, answer: Snapshot | str | None, *, is_last: bool
    ) -> tuple[str, str]:
        """Return the finished translation, or why there is none."""
        found = Verdict(fault="empty")
        if isinstance(answer, Snapshot) and answer.finish == "length":
            found = Verdict(fault="cut")
        elif answer is not None:
            locked = self._lock(job, target, hides_all=is_last)
            raw = answer.text if isinstance(answer, Snapshot) else answer
            found = self._judging.judge(locked, raw, source=job.source, target=target)
            if found.fault == "echo" and is_last and is_short(locked.plain):
                found = msgspec.structs.replace(found, fault="")
        if found.fault:
            self.counts.faults[found.fault] = self.counts.faults.get(found.fault, 0) + 1
            _log.info("a translation into %s is not shown: %s", target, found.fault)
        self.counts.mended += found.is_mended and not found.fault
        return found.text, found.fault

    def _lock(self, job: _Job, target: str, *, hides_all: bool) -> Locked:
        languages = (job.version, job.source, target)
        if languages not in self._vocabularies:
            if len(self._vocabularies) >= _MOST_VOCABULARIES:
                self._vocabularies.clear()
            self._vocabularies[languages] = Vocabulary(job.terms, job.source, target)
        return lock(job.text, self._vocabularies[languages], hides_all=hides_all)

    async def _ask_for_many(self, job: _Job, targets: Sequence[str]) -> dict[str, str]:
        locked = {tag: self._lock(job, tag, hides_all=False) for tag in targets}
        asked = to_messages(
            locked[targets[0]].template,
            source=job.source,
            targets={tag: one.vocabulary.pairs(one.plain) for tag, one in locked.items()},
        )
        tokens = _tokens(job.text) * len(targets)
        answer = await self._models.chat_once(asked, tokens=tokens)
        begin, end = answer.text.find("{"), answer.text.rfind("}")
        try:
            return dict(_to_texts(answer.text[begin : end + 1]))
        except msgspec.DecodeError:
            return {}

    async def _ask(self, job: _Job, target: str, fault: str) -> Snapshot:
        locked = self._lock(job, target, hides_all=bool(fault))
        pairs = locked.vocabulary.pairs(locked.plain)
        if self._goes_to_mt(job, target) and (not fault or self._models.chat is None):
            options = to_options(source=job.source, target=target, pairs=pairs)
            mt = self._models.mt
            assert mt is not None
            asked = to_mt_messages(locked.template)
            try:
                return await ask_once(mt, asked, _tokens(job.text), options)
            except QwenError as error:
                if self._models.chat is None or isinstance(error, QwenRefusedError):
                    raise
                _log.warning("the chat model translates: %s", error)
        asked = to_messages(
            locked.template, source=job.source, targets={target: pairs}, fault=fault
        )
        return await self._models.chat_once(asked, tokens=_tokens(job.text))

    def _goes_to_mt(self, job: _Job, target: str) -> bool:
        mt = self._models.mt
        is_known = to_mt_code(target) and (not job.source or to_mt_code(job.source))
        return bool(mt is not None and mt.is_available and is_known)

    async def _recall(self, job: _Job, targets: Sequence[str]) -> dict[str, str]:
        """Return what was translated before."""
        if not targets:
            return {}
        try:
            found = await self._store.get_all([self._key(job, tag) for tag in targets])
        except StoreError as error:
            _log.warning("no translations are remembered: %s", error)
            return {}
        return {tag: text.decode() for tag, text in zip(targets, found, strict=True) if text}

    async def _keep(self, job: _Job, made: Mapping[str, str | QwenError | None]) -> None:
        new = {
            self._key(job, tag): text.encode()
            for tag, text in made.items()
            if isinstance(text, str)
        }
        if not new:
            return
        try:
            await self._store.keep_all(new, ttl=TRANSLATION)
        except StoreError as error:
            _log.warning("a translation is not remembered: %s", error)

    def _key(self, job: _Job, target: str) -> str:
        parts = (_FORM, job.version, self._models.name, job.source, target, job.text)
        return key("translation", hashlib.sha256(msgspec.json.encode(parts)).hexdigest())


def _tokens(text: str) -> int:
    """Return what a translation may take: scripts that cost most take two tokens a letter."""
    return min(8_000, 256 + 3 * len(text))
