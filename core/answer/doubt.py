"""Whether an answer says that the bot does not know."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"\d{3}")


class Doubt:
    """Knows it by the bot's contact, which the prompt wants named where nothing answers."""

    def __init__(self, contact: str) -> None:
        """`contact`: of the bot; what of it is the same in every language is looked for."""
        words = (word.strip("()[]<>,;.") for word in contact.split())
        marks = tuple(word for word in words if "@" in word or "/" in word or _NUMBER.search(word))
        self._marks = marks or (contact,)

    def is_in(self, answer: str, facts: str) -> bool:
        """Tell whether an answer names the contact, and not because the facts name it."""
        return any(mark in answer and mark not in facts for mark in self._marks)
