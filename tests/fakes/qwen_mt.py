"""What a Qwen-MT model takes and what it refuses.

alibabacloud.com/help/en/model-studio/machine-translation, read 2026-11-23.
"""

from __future__ import annotations

from typing import Any, cast

_LANGUAGES = frozenset(
    [
        "en",
        "zh",
        "zh_tw",
        "ru",
        "ja",
        "ko",
        "es",
        "fr",
        "pt",
        "de",
        "it",
        "th",
        "vi",
        "id",
        "ms",
        "ar",
        "hi",
        "he",
        "ur",
        "bn",
        "pl",
        "nl",
        "tr",
        "km",
        "cs",
        "sv",
        "hu",
        "da",
        "fi",
        "tl",
        "fa",
        "el",
        "uk",
        "bg",
        "hr",
        "sk",
        "is",
        "ka",
        "sw",
        "ta",
        "te",
        "kn",
        "my",
    ]
)
"""Codes of some of its languages."""

_FIELDS = frozenset(
    {
        *("model", "messages", "translation_options", "max_tokens", "stream", "stream_options"),
        *("seed", "temperature", "top_p", "top_k", "repetition_penalty"),
    }
)
_OPTIONS = frozenset(("source_lang", "target_lang", "terms", "tm_list", "domains"))


def refusal(body: dict[str, Any]) -> str:
    """Return what is wrong with a request, or "" for a good one or one to another model."""
    options = cast("dict[str, Any] | None", body.get("translation_options"))
    if not body["model"].startswith("qwen-mt"):
        return "Unexpected translation_options." if options is not None else ""
    messages = body["messages"]
    if len(messages) != 1 or messages[0]["role"] != "user":
        return "Exactly one user message is supported."
    if options is None:
        return "translation_options is required."
    strange = (set(body) - _FIELDS) | (set(options) - _OPTIONS)
    if strange:
        return f"Unexpected fields: {sorted(strange)}"
    sources = _LANGUAGES | {"auto"}
    if options["source_lang"] not in sources or options["target_lang"] not in _LANGUAGES:
        return "Current language settings are not supported!"
    return ""
