"""/cases and /stats: what was decided about somebody, and what happens in a community."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime

from core.ability import Ability
from core.house.standing import standing_key, to_standing
from core.language.contract import fold
from core.language.tally import read_tally
from core.message import Command
from core.moderation import audit
from core.moderation.cases import Case, read_cases
from core.moderation.flag import key_of, read_open
from core.moderation.gate import to_moment
from core.moderation.orders import Orders
from core.moderation.sanctions import plain
from core.protocol import Commit
from core.store import Store
from core.voice import Voice
from core.worker import Turn

SHOWN = 10
"""Cases of one answer, the newest ones."""

_DAY = 24 * 3600.0
_DECISIONS = ("warn", "mute", "ban", "delete")


class Lookup:
    """Answers moderators who look something up."""

    def __init__(self, voice: Voice, store: Store, orders: Orders) -> None:
        self._voice = voice
        self._store = store
        self._orders = orders
        self.ability = Ability(commands={"cases": self._on_cases, "stats": self._on_stats})

    async def _on_cases(self, turn: Turn, command: Command) -> Commit:
        user = await self._orders.find_person(command)
        if user is None:
            return self._voice.say(turn, self._voice.text(turn, "option.person"))
        place, days = command.conversation, self._voice.bot.privacy.cases_days
        cases = await read_cases(self._store, place, user.id, days=days)
        found = [c for c in cases if _has(c, command.options.get("search", ""))]
        name = plain(user.name)
        if not found:
            return self._voice.say(turn, self._voice.text(turn, "cases.none", name=name))
        rows = [self._voice.text(turn, "cases.found", count=len(found), name=name)]
        rows += [self._row(turn, case) for case in reversed(found[-SHOWN:])]
        standing = to_standing(await self._store.get(standing_key(place, user.id)))
        now = time.time()
        for what, until in (("mute", standing.muted_until), ("ban", standing.banned_until)):
            if until > now:
                rows.append(self._until(turn, what, until))
        return self._voice.say(turn, "\n".join(rows))

    def _row(self, turn: Turn, case: Case) -> str:
        """Write a case as one line: number, what, for how long, when, by whom, why."""
        parts = [f"**{case.number}** {self._what(turn, case.what)}"]
        if case.seconds:
            language = self._voice.language(turn)
            parts.append(self._voice.strings.format_duration(case.seconds, language))
        parts.append(to_moment(self._voice, turn, case.at))
        parts.append(plain(case.by_name) or self._voice.text(turn, "cases.rule"))
        parts += [plain(case.why, 300)] if case.why else []
        return "- " + " · ".join(parts)

    def _until(self, turn: Turn, what: str, until: float) -> str:
        moment = self._voice.text(turn, "cases.for_good")
        if until != float("inf"):
            moment = to_moment(self._voice, turn, until)
        return f"{self._what(turn, what)}: → {moment}"

    def _what(self, turn: Turn, what: str) -> str:
        name = "choice.delete" if what == "delete" else f"command.{what}.name"
        return self._voice.text(turn, name)

    async def _on_stats(self, turn: Turn, command: Command) -> Commit:
        days = int(command.options.get("days", 7))
        language, strings = self._voice.language(turn), self._voice.strings
        rows = [strings.text("stats.answers", language, count=days)]
        for row in await read_tally(self._store, days=days):
            name = strings.language_name(row.language, language)
            number = strings.format_number(row.answers, language)
            off = strings.format_number(row.repaired + row.wrong, language)
            rows.append(f"- {name}: {number} ({off})")
        since = time.time() - days * _DAY
        acts = await audit.read_acts(self._store, command.conversation, since=since)
        counts = Counter(act.what for act in acts if act.result == "done")
        rows += ["", strings.text("stats.decided", language)]
        rows += [
            f"- {self._what(turn, what)}: {strings.format_number(counts[what], language)}"
            for what in _DECISIONS
        ]
        refused = sum(act.result == "refused" for act in acts)
        number = strings.format_number(refused, language)
        rows.append(f"- {strings.text('stats.refused', language)}: {number}")
        waiting = len(await read_open(self._store, key_of(command.conversation)))
        number = strings.format_number(waiting, language)
        rows.append(f"- {strings.text('stats.waiting', language)}: {number}")
        return self._voice.say(turn, "\n".join(rows))


def _has(case: Case, search: str) -> bool:
    """Tell whether every word of a search stands somewhere in a case."""
    day = datetime.fromtimestamp(case.at, UTC).date().isoformat()
    text = fold(f"{case.number} {case.what} {case.name} {case.by_name} {case.why} {day}")
    return all(fold(word) in text for word in search.split())
