"""What stands on the platforms, and what the fans wait for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass, field

from bots.rehearsal.words import Mark, find_begins, find_ends, squeeze

Place = str
"""Platform and chat, such as "telegram:17"."""


@dataclass(slots=True)
class Asked:
    """A question, from the moment it was asked."""

    mark: Mark
    place: Place
    message: str
    """The platform's id of it."""

    language: str
    at: float
    """Monotonic seconds, like all times here."""

    first: float = 0.0
    """When the first text of an answer could be seen, 0 before."""

    begun: str = ""
    """The message in which an answer began last."""

    done: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Post:
    """A message of the bot's."""

    place: Place
    id: str
    text: str
    at: float
    changed: float
    reply_to: str = ""
    answers: set[Mark] = field(default_factory=set[Mark])
    """Questions that it has ever answered: by its marks, else by what it replies to."""

    is_part: bool = False
    """It goes on where an earlier message ended."""


class Board:
    """All questions and all messages of the bot's, in the order in which they came."""

    def __init__(self, endings: Collection[str] = ()) -> None:
        """`endings`: what the bot says when an answer broke off, squeezed."""
        self.asked: dict[Mark, Asked] = {}
        self.posts: dict[tuple[Place, str], Post] = {}
        self.changed = 0.0
        """When the bot showed something last."""

        self.misplaced: set[Mark] = set()
        """Questions whose answer was shown elsewhere, were it only for a moment."""

        self.calls: dict[str, int] = {}
        """Calls that show something, by platform."""

        self.refused: dict[str, int] = {}
        """Those of them that were answered with 429."""

        self._endings = endings
        self._open: dict[Place, dict[Mark, Asked]] = {}
        self._by_message: dict[tuple[Place, str], Asked] = {}

    def ask(self, asked: Asked) -> None:
        """Note a question; before the bot can have heard of it."""
        self.asked[asked.mark] = asked
        self._open.setdefault(asked.place, {})[asked.mark] = asked
        self._by_message[asked.place, asked.message] = asked

    def post(self, place: Place, message: str, text: str, reply_to: str = "") -> None:
        """Note a new message of the bot's."""
        now = time.monotonic()
        post = Post(place, message, text, now, now, reply_to)
        self.posts[place, message] = post
        self._see(post)

    def edit(self, place: Place, message: str, text: str) -> bool:
        """Note that a message reads differently; False when it does not stand."""
        post = self.posts.get((place, message))
        if post is None:
            return False
        post.text, post.changed = text, time.monotonic()
        self._see(post)
        return True

    def remove(self, place: Place, message: str) -> bool:
        """Note that a message is gone; False when it did not stand."""
        return self.posts.pop((place, message), None) is not None

    def draft(self, place: Place, text: str) -> None:
        """Note a text that is shown but does not stand yet."""
        self.changed = time.monotonic()
        self._show(place, find_begins(text), self.changed)

    def call(self, platform: str, *, is_refused: bool) -> None:
        """Count a call that shows something."""
        self.calls[platform] = self.calls.get(platform, 0) + 1
        if is_refused:
            self.refused[platform] = self.refused.get(platform, 0) + 1

    def owner(self, place: Place, message: str) -> Asked | None:
        """Return the question that a message was."""
        return self._by_message.get((place, message))

    def _see(self, post: Post) -> None:
        self.changed = post.changed
        begins, ends = find_begins(post.text), find_ends(post.text)
        self._show(post.place, begins, post.changed, post.id)
        post.answers.update(begins, ends)
        if not post.answers:
            self._place(post)
        # Without a mark it speaks for itself: the guide, an apology.
        over = ends
        if not (begins or ends or post.is_part):
            over = list(post.answers)
        elif begins and not ends and self.is_broken_off(post.text):
            over = begins
        for mark in over:
            asked = self._open.get(post.place, {}).pop(mark, None)
            if asked is not None:
                asked.done.set()

    def _place(self, post: Post) -> None:
        """Find out what a message without marks belongs to, as far as can be told."""
        waiting = list(self._open.get(post.place, {}).values())
        begun = [asked for asked in waiting if (post.place, asked.begun) in self.posts]
        asked = self.owner(post.place, post.reply_to)
        if asked is None and len(begun or waiting) == 1:
            asked = (begun or waiting)[0]
        if asked is not None:
            post.answers.add(asked.mark)
            post.is_part = asked in begun
            asked.first = asked.first or post.changed

    def is_broken_off(self, text: str) -> bool:
        """Tell whether a text says of itself that it is not whole."""
        squeezed = squeeze(text)
        return any(ending in squeezed for ending in self._endings)

    def _show(self, place: Place, marks: list[Mark], now: float, message: str = "") -> None:
        for mark in marks:
            asked = self.asked.get(mark)
            if asked is None or asked.place != place:
                self.misplaced.add(mark)
                continue
            asked.first = asked.first or now
            asked.begun = message or asked.begun
