"""What must come through a translation untouched, and the proof that it did.

Mentions, links, addresses, hashtags, emoji, code and markup mean nothing to a translation, and
models translate, shorten and double them when they can read them. So they travel as marks such
as `⟦1⟧`: short, of no meaning in any language, markup or JSON, and so rare that a mangled one is
still recognised and mended. Emoji and links at the end of a text do not travel at all.
Numbers stay readable, since grammar hangs on them ("1 goal", "5 голов"), and are compared; so
are the club's words, which must be inflected. When that fails, the next attempt hides both too.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

import msgspec
import regex

from core.language.figures import mend_numbers, to_ascii
from core.language.vocabulary import Vocabulary

_DOMAINS = (
    "com|org|net|info|gg|tv|me|io|co|app|dev|ly|eu|de|fr|it|es|pt|uk|nl|be|ch|at|pl|se|no|fi|dk|cz|"
    "ru|ua|tr|gr|ro|hu|ie|us|ca|br|mx|ar|jp|kr|cn|in|id|vn|th|sa|ae|eg|ir|il|au|nz|za"
)
"""Endings of addresses that people write without a scheme."""

_OUTSIDE = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}、。，！？：；「」（）…،؛؟।॥»«”“’‘"
"""What no address holds unescaped: text without spaces goes on with it."""
_EMOJI = (
    r"(?:\p{RI}\p{RI}|[0-9\#*]\uFE0F?\u20E3|\p{Extended_Pictographic}[\uFE0E\uFE0F]?\p{EMod}?"
    r"(?:[\U000E0020-\U000E007F]+|(?:\u200D\p{Extended_Pictographic}\uFE0F?\p{EMod}?)*))"
)
_TOKEN = regex.compile(
    rf"""(?P<code>```.*?```|(?<!`)(?P<tick>`{{1,2}})(?!`)[^`\n]+(?P=tick)(?!`)|`+)
    |(?P<link><?(?<![A-Z0-9])[a-z][a-z0-9+.\-]{{1,15}}://(?:[^\s<>(){_OUTSIDE}]|\([^\s<>(){_OUTSIDE}]*\))+
        (?<![.,;:!?'"\]*_~])>?
      |(?<![A-Z0-9_\-.@])(?:www\.|(?:[a-z0-9\-]{{1,63}}\.){{1,5}}(?:{_DOMAINS})(?![\w\-])(?=[/?\#:]|\b))
        (?:[^\s<>(){_OUTSIDE}]|\([^\s<>(){_OUTSIDE}]*\))*(?<![,;:!?'"\]*_~.]))
    |(?P<markup><(?=[@\#/:|!\w])(?!3)[^<>\n]{{1,200}}>|<[/|@\#:!\w][^\s<>]*)
    |(?P<mail>(?<![A-Z0-9._%+\-])[A-Z0-9._%+\-]{{1,64}}@[A-Z0-9\-]{{1,63}}(?:\.[A-Z0-9\-]{{1,63}}){{1,6}})
    |(?P<name>(?<![A-Z0-9_@.])@(?:[A-Z0-9_](?:[A-Z0-9_.]*[A-Z0-9_])?|[\w\p{{M}}]+))
    |(?P<tag>(?<![A-Z0-9_&/\#])[\#＃](?=\w*[^\W\d_])[\w\p{{M}}]+)
    |(?P<emoji>{_EMOJI}(?:[ ]?{_EMOJI})*|(?<![A-Z0-9_:]):[a-z][a-z0-9_+\-]{{1,31}}:(?![A-Z0-9_:]))
    |(?P<slash>(?<![\w/<])/[a-z_]{{2,32}}(?![\w/]))
    |(?P<slot>\{{\w+\}})
    |(?P<mark>[⟦⟧]+)""",
    regex.VERBOSE | regex.IGNORECASE | regex.DOTALL,
)
_NUMBER = regex.compile(
    r"[€$£¥₺₽₹₩₴₪฿]?(?:(?<![\w)])[-+−])?\p{Nd}+(?:[.,:/\-–—'’٫٬×\u00A0\u202F]\p{Nd}+){0,6}[%٪€$£¥₺₽₹₩₴₪฿]?"
)
_EDGE = frozenset(("emoji", "link", "tag"))
"""Kinds that no sentence is built on when they stand at its end."""

_MARK = regex.compile(r"⟦(\d{1,4})⟧")
_NUMERAL = r"(\p{Nd}{1,3}|[一二三四五六七八九])"
_DAMAGED = regex.compile(
    rf"[⟦〚\[【［]?[⟦〚]\s*{_NUMERAL}(?:\s*[⟧〛\]】］]{{1,2}})?|{_NUMERAL}\s*[⟧〛][⟧〛\]】］]?"
)
_ALIEN = regex.compile(
    rf"[\[［【〔｟{{｛(（«《<〈]{{1,2}}\s*{_NUMERAL}\s*[\]］】〕｠}}｝)）»》>〉]{{1,2}}"
)
_OPEN = frozenset(("link", "mail", "name", "tag", "slash"))
"""Kinds that would grow by a letter that stands right behind them."""

_CURRENCY = frozenset("€$£¥₺₽₹₩₴₪฿")


class Token(msgspec.Struct, frozen=True):
    """One locked piece."""

    kind: str
    text: str
    """As it must stand in the translation."""


class Locked(msgspec.Struct, frozen=True, kw_only=True):
    """A text on its way to a model."""

    source: str
    """The text as it was."""

    template: str
    """What the model gets to see."""

    tokens: tuple[Token, ...]
    """The first is behind ⟦1⟧."""

    head: str
    tail: str
    """What stands before and after the template and does not travel."""

    vocabulary: Vocabulary

    @property
    def plain(self) -> str:
        """Return the template without marks."""
        return _MARK.sub(" ", self.template)

    @property
    def is_wordless(self) -> bool:
        """Return whether there is nothing to translate."""
        return not any(map(str.isalpha, self.plain))


class Unlocked(msgspec.Struct, frozen=True, kw_only=True):
    """A translation with its tokens back in place, or what is wrong with it."""

    text: str = ""
    plain: str = ""
    """Without tokens."""

    fault: str = ""
    """"" when every token stands there, as often as it should, and no other does."""

    is_mended: bool = False


def lock(text: str, vocabulary: Vocabulary, *, hides_all: bool = False) -> Locked:
    """Hide what must not be touched.

    Args:
        text: As a person wrote it.
        vocabulary: The club's words between the two languages.
        hides_all: Hide numbers and all words of the club too: safer, and worse grammar.
    """
    pieces: list[str | Token] = []
    for piece in _cut(text):
        if isinstance(piece, Token):
            pieces.append(piece)
            continue
        for part in vocabulary.cut(piece, hides_all=hides_all):
            if not isinstance(part, str):
                pieces.append(Token("word", part.form))
            elif hides_all:
                pieces += _cut_numbers(part)
            else:
                pieces.append(part)
    head, tail = _trim(pieces)
    template = ""
    tokens: list[Token] = []
    for piece in pieces:
        if isinstance(piece, Token):
            tokens.append(piece)
            template += f"⟦{len(tokens)}⟧"
        else:
            template += piece
    inner = template.strip()
    before = template[: len(template) - len(template.lstrip())]
    after = template[len(template.rstrip()) :] if inner else ""
    return Locked(
        source=text,
        template=inner,
        tokens=tuple(tokens),
        head=head + before,
        tail=after + tail,
        vocabulary=vocabulary,
    )


def unlock(locked: Locked, translated: str, *, source: str, target: str) -> Unlocked:
    """Put the tokens back into a translation, mending what is mechanical.

    Args:
        locked: What the model was given.
        translated: What it made of `locked.template`.
        source: BCP 47 tag, or "" where nobody knows.
        target: BCP 47 tag.
    """
    text = _mend_marks(translated.strip(), locked)
    marks = Counter(int(number) for number in _MARK.findall(text))
    if set(marks) != set(range(1, len(locked.tokens) + 1)) or any(n > 1 for n in marks.values()):
        return Unlocked(fault="marks")
    blanked = _MARK.sub("\ue000", text)
    if _TOKEN.search(blanked) or not _CURRENCY.intersection(blanked) <= set(locked.template):
        return Unlocked(fault="added")
    figures = mend_numbers(locked.template, text, _MARK, source=source, target=target)
    if figures is None:
        return Unlocked(fault="numbers")
    if not locked.vocabulary.is_kept(locked.plain, _MARK.sub(" ", figures)):
        return Unlocked(fault="words")
    filled = locked.head + _fill(figures, locked.tokens) + locked.tail
    if not _is_whole(locked.source, filled):
        return Unlocked(fault="broken")
    return Unlocked(
        text=filled,
        plain=_MARK.sub(" ", figures),
        is_mended=figures != translated.strip(),
    )


def find_tokens(text: str) -> list[str]:
    """Return every locked token of a text but numbers and words, in order."""
    return [piece.text for piece in _cut(text) if isinstance(piece, Token)]


def _cut(text: str) -> list[str | Token]:
    pieces: list[str | Token] = []
    end = 0
    for found in _TOKEN.finditer(text):
        pieces += [text[end : found.start()], Token(_kind(found), found[0])]
        end = found.end()
    return [*pieces, text[end:]]


def _kind(found: regex.Match[str]) -> str:
    return next(k for k, v in found.groupdict().items() if v is not None and k != "tick")


def _cut_numbers(text: str) -> list[str | Token]:
    pieces: list[str | Token] = []
    end = 0
    for found in _NUMBER.finditer(text):
        pieces += [text[end : found.start()], Token("number", to_ascii(found[0]))]
        end = found.end()
    return [*pieces, text[end:]]


def _trim(pieces: list[str | Token]) -> tuple[str, str]:
    """Take what need not travel from both ends; keeps at least what has letters."""
    head = tail = ""
    while pieces and _is_edge(pieces[-1]):
        tail = _text_of(pieces.pop()) + tail
    while pieces and _is_edge(pieces[0], only="emoji"):
        head += _text_of(pieces.pop(0))
    return head, tail


def _is_edge(piece: str | Token, *, only: str = "") -> bool:
    if isinstance(piece, str):
        return not piece.strip()
    is_emoji = piece.kind == "emoji" or regex.fullmatch(r"<a?:\w+:\d+>", piece.text) is not None
    return is_emoji or (not only and piece.kind in _EDGE)


def _text_of(piece: str | Token) -> str:
    return piece if isinstance(piece, str) else piece.text


def _mend_marks(text: str, locked: Locked) -> str:
    """Bring marks with other brackets, digits, spaces or one bracket less into their form."""
    count = len(locked.tokens)
    if not count:
        return text
    text = _DAMAGED.sub(lambda found: f"⟦{_value(found[1] or found[2])}⟧", text)
    missing = set(range(1, count + 1)) - {int(number) for number in _MARK.findall(text)}
    # Where the text has brackets of its own nobody can tell which are meant.
    if missing and not _ALIEN.search(locked.template):
        seen = Counter(_value(found[1]) for found in _ALIEN.finditer(text))
        lost = {number for number in missing if seen[number] == 1}
        text = _ALIEN.sub(
            lambda found: f"⟦{_value(found[1])}⟧" if _value(found[1]) in lost else found[0], text
        )
    return regex.sub(r"\]\s+\((?=⟦)", "](", text) if "](⟦" in locked.template else text


def _value(numeral: str) -> int:
    if numeral.isdecimal():
        return int(numeral)  # of any script
    return int(unicodedata.numeric(numeral))


def _fill(text: str, tokens: Sequence[Token]) -> str:
    """Put tokens where their marks are, with a space where letters beside one would join it."""
    filled = ""
    end = 0
    last: Token | None = None
    for found in _MARK.finditer(text):
        between = text[end : found.start()]
        token = tokens[int(found[1]) - 1]
        filled += _gap(last, between or token.text) + between
        is_glued = token.kind in _OPEN and (between[-1:].isalnum() or between[-1:] == "_")
        filled += (" " if is_glued else "") + token.text
        last, end = token, found.end()
    return filled + _gap(last, text[end:]) + text[end:]


def _gap(last: Token | None, following: str) -> str:
    """Return a space where what follows a token would become part of it."""
    first = following[:1]
    if last is None or not first:
        return ""
    if last.kind in _OPEN:
        is_part = first.isalnum() or first in "_/@#<&=+-%" or ord(first) > 0x2FFF
        return " " if is_part else ""
    return " " if last.text[-1:].isdecimal() and first.isdecimal() else ""


def _is_whole(source: str, filled: str) -> bool:
    return Counter(find_tokens(source)) == Counter(find_tokens(filled))
