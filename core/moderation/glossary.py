"""`/glossary`: a community's own words, for translations and answers."""

from __future__ import annotations

import msgspec

from core.ability import Ability
from core.bot import Term
from core.guard import clean
from core.language.tongues import find_language
from core.message import Command
from core.moderation import audit
from core.moderation.community import Community, set_community
from core.moderation.sanctions import plain
from core.protocol import Commit
from core.voice import Voice, with_effects
from core.worker import Turn

MOST = 200
"""Terms of a community; our own: a list that a moderator can still look through."""


class Glossary:
    """Lets moderators add to the bot's glossary at run time."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self.ability = Ability(commands={"glossary": self._on_glossary})

    async def _on_glossary(self, turn: Turn, command: Command) -> Commit:
        wish = command.options.get("language", "")
        language = self._find(turn, wish) if wish else ""
        if language is None:
            return self._say(turn, "translate.unknown", text=clean(wish))
        term = clean(command.options.get("term", ""))
        match command.options["action"]:
            case "list":
                return self._list(turn, language)
            case _ if not term:
                return self._say(turn, "glossary.how")
            case "add":
                written = clean(command.options.get("translation", ""))
                return self._add(turn, command, term, language, written)
            case _:
                return self._remove(turn, command, term, language)

    def _add(self, turn: Turn, command: Command, term: str, language: str, written: str) -> Commit:
        """Add a translation of a term, or, where there is none, a name that stays as it is."""
        terms = {_to_name(known): known for known in turn.state.community.terms}
        old = terms.get(_to_name(Term(term=term)), Term(term=term))
        if bool(language) != bool(written):
            return self._say(turn, "glossary.how")
        if language:
            translations = {**old.translations, language: written}
            new = msgspec.structs.replace(old, translations=translations, keep=False)
        else:
            new = msgspec.structs.replace(old, translations={}, keep=True)
        terms[_to_name(new)] = new
        if len(terms) > MOST:
            return self._say(turn, "glossary.full", count=MOST)
        return self._set(turn, command, tuple(terms.values()), self._to_row(turn, new))

    def _remove(self, turn: Turn, command: Command, term: str, language: str) -> Commit:
        """Remove a term, or only what it is called in one language."""
        name = _to_name(Term(term=term))
        old = next((t for t in turn.state.community.terms if _to_name(t) == name), None)
        if old is None or (language and language not in old.translations):
            return self._say(turn, "glossary.missing", term=term)
        rest = {tag: text for tag, text in old.translations.items() if tag != language}
        kept = [msgspec.structs.replace(old, translations=rest)] if language and rest else []
        others = [t for t in turn.state.community.terms if t is not old]
        told = self._voice.text(turn, "glossary.removed", term=term)
        return self._set(turn, command, (*others, *kept), told)

    def _list(self, turn: Turn, language: str) -> Commit:
        terms = sorted(turn.state.community.terms, key=_to_name)
        shown = [t for t in terms if not language or t.keep or language in t.translations]
        rows = [f"- {self._to_row(turn, term)}" for term in shown]
        return self._voice.say(turn, "\n".join(rows) or self._voice.text(turn, "glossary.none"))

    def _set(self, turn: Turn, command: Command, terms: tuple[Term, ...], told: str) -> Commit:
        community: Community = msgspec.structs.replace(turn.state.community, terms=terms)
        by = self._voice.with_rights(command)
        writes = (
            set_community(command.conversation, community),
            *audit.note(
                command.conversation,
                by,
                f"glossary {command.options['action']}",
                why=clean(command.options.get("term", "")),
            ),
        )
        return with_effects(self._voice.say(turn, told), writes=writes)

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


def _to_name(term: Term) -> str:
    return term.term.casefold()
