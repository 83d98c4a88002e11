"""`/glossary`: a community's own words, for translations and answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from core.ability import Ability
from core.bot import Term
from core.guard import clean
from core.house.community import Community, change_community
from core.language.tongues import find_language
from core.message import Command
from core.moderation import audit
from core.moderation.sanctions import plain
from core.protocol import Commit
from core.store import Store
from core.voice import Voice, with_effects
from core.worker import Turn

Terms: TypeAlias = tuple[Term, ...]

MOST = 200
"""Terms of a community; our own: a list that a moderator can still look through."""


class Glossary:
    """Lets moderators add to the bot's glossary at run time."""

    def __init__(self, voice: Voice, store: Store) -> None:
        self._voice = voice
        self._store = store
        self.ability = Ability(commands={"glossary": self._on_glossary})

    async def _on_glossary(self, turn: Turn, command: Command) -> Commit:
        wish = command.options.get("language", "")
        language = self._find(turn, wish) if wish else ""
        if language is None:
            return self._say(turn, "translate.unknown", text=plain(wish, 40))
        term = " ".join(clean(command.options.get("term", "")).split())
        match command.options["action"]:
            case "list":
                return self._list(turn, language)
            case _ if not term:
                return self._say(turn, "glossary.how")
            case "add":
                return await self._add(turn, command, term, language)
            case _:
                return await self._remove(turn, command, term, language)

    async def _add(self, turn: Turn, command: Command, term: str, language: str) -> Commit:
        """Add a translation of a term, or, where there is none, a name that stays as it is."""
        written = " ".join(clean(command.options.get("translation", "")).split())
        if bool(language) != bool(written):
            return self._say(turn, "glossary.how")
        known = turn.state.community.terms
        if len(known) >= MOST and _find(known, term) is None:
            return self._say(turn, "glossary.full", count=MOST)
        terms = await self._change(command, lambda terms: _with(terms, term, language, written))
        new = _find(terms, term)
        assert new is not None
        return self._end(turn, command, self._to_row(turn, new))

    async def _remove(self, turn: Turn, command: Command, term: str, language: str) -> Commit:
        """Remove a term, or only what it is called in one language."""
        old = _find(turn.state.community.terms, term)
        if old is None or (language and language not in old.translations):
            return self._say(turn, "glossary.missing", term=plain(term))
        await self._change(command, lambda terms: _without(terms, term, language))
        return self._end(
            turn, command, self._voice.text(turn, "glossary.removed", term=plain(term))
        )

    def _list(self, turn: Turn, language: str) -> Commit:
        terms = sorted(turn.state.community.terms, key=lambda term: term.term.casefold())
        shown = [t for t in terms if not language or t.keep or language in t.translations]
        rows = [f"- {self._to_row(turn, term)}" for term in shown]
        return self._voice.say(turn, "\n".join(rows) or self._voice.text(turn, "glossary.none"))

    async def _change(self, command: Command, change: Callable[[Terms], Terms]) -> Terms:
        def set_terms(community: Community) -> Community:
            return msgspec.structs.replace(community, terms=change(community.terms))

        return (await change_community(self._store, command.conversation, set_terms)).terms

    def _end(self, turn: Turn, command: Command, told: str) -> Commit:
        by = self._voice.with_rights(command)
        why = " ".join(command.options.values())
        noted = audit.note(command.conversation, by, "glossary", why=why)
        return with_effects(self._voice.say(turn, told), writes=noted)

    def _to_row(self, turn: Turn, term: Term) -> str:
        if term.keep:
            return self._voice.text(turn, "glossary.stays", term=plain(term.term))
        forms = ", ".join(f"{tag}: {plain(text)}" for tag, text in term.translations.items())
        return f"{plain(term.term)} → {forms}"

    def _find(self, turn: Turn, wish: str) -> str | None:
        languages = self._voice.bot.languages
        speakers = (self._voice.language(turn), *languages)
        return find_language(clean(wish), speakers=speakers, offered=languages)

    def _say(self, turn: Turn, name: str, /, **values: str | int) -> Commit:
        return self._voice.say(turn, self._voice.text(turn, name, **values))


def _find(terms: Terms, name: str) -> Term | None:
    return next((term for term in terms if term.term.casefold() == name.casefold()), None)


def _with(terms: Terms, name: str, language: str, written: str) -> Terms:
    """Return a glossary with one thing more in it, in the place of what it replaces."""
    old = _find(terms, name) or Term(term=name)
    translations = {**old.translations, language: written} if language else {}
    new = msgspec.structs.replace(old, translations=translations, keep=not language)
    return (*(term for term in terms if term is not old), new)


def _without(terms: Terms, name: str, language: str) -> Terms:
    old = _find(terms, name)
    if old is None:
        return terms
    rest = {tag: text for tag, text in old.translations.items() if language and tag != language}
    kept = (msgspec.structs.replace(old, translations=rest),) if rest else ()
    return (*(term for term in terms if term is not old), *kept)
