"""What a fan has been speaking: a Bayesian filter over the messages of a dialogue.

Behind each message stands the language that the fan lives this talk in; now and then a message
is in another (a quoted song, a greeting, a word to someone else). The filter keeps how likely
each language of the talk is, weighs every new message against it, and so needs little to stay
and a clear message to follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from core.language.detect import Detection
from core.language.tags import match

STAY = 0.9
"""Probability that a fan goes on in the language of the talk."""

ONE_OFF = 0.12
"""Probability that a message is in another language than the talk."""

_LEAK = (("en", 0.35), ("home", 0.3), ("any", 0.35))
"""Where those go who leave: English, the language of their device, any of the offered."""

HOME = 0.6
"""Share of the platform's locale before the first message."""

_PLACE = 0.3
"""Share of what others speak in the same place, where something is known of it."""

FLOOR = 0.0002
"""Share of a message that every offered language has, however clear the message is."""

_KEPT = 0.01
"""Smaller shares are not remembered."""


class Belief(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How likely each offered language is."""

    talk: dict[str, float] = {}
    """Of the talk as a whole; empty before the first message."""

    message: dict[str, float] = {}
    """Of the newest message; not worth remembering."""


def weigh(
    talk: Mapping[str, float],
    detection: Detection,
    *,
    locale: str | None,
    place: Mapping[str, float] | None,
    offered: Sequence[str],
) -> Belief:
    """Take in a message.

    Args:
        talk: What was believed before, by offered tag; empty before the first message.
        detection: Of the message; one that tells nothing changes nothing.
        locale: What the platform says of the fan.
        place: How often each language was spoken here lately, by tag.
        offered: BCP 47 tags.
    """
    leak = _leak(match(locale, offered), offered)
    if talk:
        rest = (1 - sum(talk.values())) / len(offered)
        prior = {
            tag: STAY * (talk.get(tag, 0.0) + rest) + (1 - STAY) * leak[tag] for tag in offered
        }
    else:
        prior = _begin(match(locale, offered), place, leak)
    if not detection.shares:
        return Belief(talk=_trim(prior) if not talk else dict(talk))
    heard = {tag: max(detection.shares.get(tag, 0.0), FLOOR) for tag in offered}
    strange = sum(leak[tag] * heard[tag] for tag in offered)
    message = {
        tag: heard[tag] * ((1 - ONE_OFF) * prior[tag] + ONE_OFF * leak[tag]) for tag in offered
    }
    now = {tag: prior[tag] * ((1 - ONE_OFF) * heard[tag] + ONE_OFF * strange) for tag in offered}
    return Belief(talk=_trim(now), message=_trim(message))


def _leak(home: str | None, offered: Sequence[str]) -> dict[str, float]:
    """Return where a fan goes who leaves a language, by offered tag; sums to 1."""
    shares = dict.fromkeys(offered, 0.0)
    english = match("en", offered)
    for name, weight in _LEAK:
        tag = english if name == "en" else home if name == "home" else None
        if tag:
            shares[tag] += weight
        else:
            for each in offered:
                shares[each] += weight / len(offered)
    return shares


def _begin(
    home: str | None, place: Mapping[str, float] | None, leak: Mapping[str, float]
) -> dict[str, float]:
    spoken = {tag: count for tag, count in (place or {}).items() if tag in leak}
    total = sum(spoken.values())
    local = _PLACE if total else 0.0
    own = HOME * (1 - local) if home else 0.0
    shares = {tag: (1 - own - local) * share for tag, share in leak.items()}
    if home:
        shares[home] += own
    for tag, count in spoken.items():
        shares[tag] += local * count / total
    return shares


def _trim(shares: Mapping[str, float]) -> dict[str, float]:
    total = sum(shares.values())
    return {tag: share / total for tag, share in shares.items() if share >= _KEPT * total}
