"""What a choice of language leaves open: the script that a fan writes, and the variety."""

from __future__ import annotations

import msgspec

from core.language.contract import LanguageMemory
from core.language.detect import Detection
from core.language.reply import count_han
from core.language.script import find_script, scripts_of


def settle(
    before: LanguageMemory, after: LanguageMemory, detection: Detection, text: str
) -> LanguageMemory:
    """Return what was chosen with its script, and with the variety that was spoken before.

    A message that fits two varieties of one language alike ("好", "obrigado") switches none.

    Args:
        before: What was spoken before the message.
        after: What was chosen.
        detection: Of the message.
        text: The message.
    """
    old, new = before.language, after.language
    is_open = not after.is_fixed and old != new and _is_sibling(old, new)
    if is_open and not _is_told(old, new, text):
        after = msgspec.structs.replace(after, language=old)
    is_romanised = _is_romanised(before, after.language, detection, text)
    return msgspec.structs.replace(after, is_romanised=is_romanised)


def _is_sibling(one: str, other: str) -> bool:
    return one.split("-", 1)[0] == other.split("-", 1)[0]


def _is_told(before: str, after: str, text: str) -> bool:
    """Tell whether a message is written as only one of two varieties is."""
    hans, hant = count_han(text)
    if "Hani" in scripts_of(after):
        return hant > hans if after.endswith("-Hant") else hans > hant
    script = find_script(text)
    return script in scripts_of(after) and script not in scripts_of(before)


def _is_romanised(before: LanguageMemory, language: str, detection: Detection, text: str) -> bool:
    scripts = scripts_of(language)
    script = find_script(text)
    if "Latn" in scripts or script in scripts:
        return False
    if script == "Latn" and detection.is_romanised and _is_sibling(detection.language, language):
        return True
    # "ok" and a name are in Latin letters everywhere.
    return before.is_romanised and before.language == language
