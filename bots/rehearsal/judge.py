"""Judges what stands on the platforms at the end, and how it came there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from bots.rehearsal.board import Asked, Board, Post
from bots.rehearsal.words import Mark, Words, find_begins, find_ends

FAULTS = ("lost", "cut", "doubled", "out of order", "wrong place", "wrong language", "half-written")
"""Each of them fails a rehearsal."""

_EXAMPLES = 10


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of all questions."""

    asked: dict[str, int]
    """Questions by platform."""

    faults: dict[str, dict[str, int]]
    """Of every fault, how often by platform."""

    own_words: dict[str, int]
    """Answers not from the model: the guide's, or that it cannot answer now; by platform."""

    examples: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Return whether nothing went wrong at all."""
        return not any(sum(row.values()) for row in self.faults.values())


def judge(board: Board, words: Words, platforms: Sequence[str]) -> Verdict:
    """Look at every question once."""
    answers: dict[Mark, list[Post]] = {}
    for post in board.posts.values():
        for mark in post.answers:
            answers.setdefault(mark, []).append(post)
    found = [(asked, fault) for asked, fault in _order(board, answers)]
    own: Counter[str] = Counter()
    for asked in board.asked.values():
        posts = [post for post in answers.get(asked.mark, ()) if post.place == asked.place]
        found += [(asked, fault) for fault in _find(asked, posts, board, words)]
        if posts and not any(find_begins(post.text) for post in posts):
            own[_platform(asked)] += 1
    count = Counter(map(_platform, board.asked.values()))
    counts = {fault: Counter(_platform(a) for a, f in found if f == fault) for fault in FAULTS}
    return Verdict(
        asked={name: count[name] for name in platforms},
        faults={fault: dict(row) for fault, row in counts.items()},
        own_words=dict(own),
        examples=tuple(_show(asked, fault, answers) for asked, fault in found[:_EXAMPLES]),
    )


def _find(asked: Asked, posts: list[Post], board: Board, words: Words) -> list[str]:
    """Return what is wrong with the answer to one question; `posts` are those in its place."""
    found = ["wrong place"] if _is_misplaced(asked, posts, board) else []
    if not posts:
        return [*found, "lost"]
    begun = [post for post in posts if asked.mark in find_begins(post.text)]
    ended = [post for post in posts if asked.mark in find_ends(post.text)]
    bare = [p for p in posts if not (p.is_part or find_begins(p.text) or find_ends(p.text))]
    if len(begun) > 1 or len(ended) > 1 or (begun and bare) or len(bare) > 1:
        found.append("doubled")
    if bare and not begun:
        return found
    if not ended:
        broken = any(board.is_broken_off(post.text) for post in begun)
        return found if broken else [*found, "half-written"]
    if not begun:
        return [*found, "cut"]
    parts = [post.text for post in posts if begun[0].at <= post.at <= ended[-1].at]
    language = words.find_language("".join(parts), find_begins(begun[0].text))
    if not language:
        found.append("cut")
    elif language != asked.language:
        found.append("wrong language")
    return found


def _is_misplaced(asked: Asked, posts: list[Post], board: Board) -> bool:
    """Tell whether it stood in another chat, or answers another fan's message."""
    owners = [board.owner(post.place, post.reply_to) for post in posts]
    return asked.mark in board.misplaced or any(
        owner is not None and owner.mark.fan != asked.mark.fan for owner in owners
    )


def _show(asked: Asked, fault: str, answers: Mapping[Mark, list[Post]]) -> str:
    posts = "".join(
        f"\n    {post.at - asked.at:.2f} s, {post.place}/{post.id}: {post.text[:40]!r}"
        for post in answers.get(asked.mark, ())
    )
    return f"{fault}: {asked.mark.begin} in {asked.place}{posts}"


def _order(board: Board, answers: dict[Mark, list[Post]]) -> list[tuple[Asked, str]]:
    """Return questions whose answer began before that of an earlier question of the same fan."""
    found: list[tuple[Asked, str]] = []
    latest: dict[int, float] = {}
    for mark in sorted(board.asked):
        asked = board.asked[mark]
        begun = min((p.at for p in answers.get(mark, ()) if p.place == asked.place), default=0.0)
        if begun and begun < latest.get(mark.fan, 0.0):
            found.append((asked, "out of order"))
        latest[mark.fan] = max(begun, latest.get(mark.fan, 0.0))
    return found


def _platform(asked: Asked) -> str:
    return asked.place.partition(":")[0]
