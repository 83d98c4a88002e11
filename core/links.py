"""Links in what a model wrote: only to where the bot's own data leads, all else is plain text.

Programs make links of addresses by themselves, each in its own way. So an address that is not
the bot's is written so that none of them takes it for one, and people can still read it:
`https[:]//example[.]com`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from core.guard import clean

_ADDRESS = re.compile(r"https?://[^\s<>\"'`)\]}]+", re.IGNORECASE)
_MASKED = re.compile(
    r"!?\[(?P<text>(?:[^\[\]\n]|\[[^\[\]\n]*\])*)\]"
    r"\([ \t]*<?(?P<url>[^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:[ \t]+[^)\n]*)?\)"
)
_DEFINED = re.compile(r"^(?P<lead>[ ]{0,3}\[[^\]\n]+\]):(?=[ \t]*\S)", re.MULTILINE)
_SCHEME = re.compile(r"\b(?P<scheme>[a-z][a-z0-9+.-]{1,30}):(?P<marks>[\\*_~|]*/[\\*_~|]*/)", re.I)
_BODILESS = re.compile(r"\b(?P<scheme>javascript|data|vbscript|mailto|tel|sms):(?=\S)", re.I)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,30});", re.IGNORECASE)
_MARKS = re.compile(r"[\\*_~|]")
_DOT = r"[\\*_~|]*[.\u3002\uff0e\uff61][\\*_~|]*"
_MAYBE = re.compile(r"\.[\\*_~|]*\w|[\u3002\uff0e\uff61][\\*_~|]*[a-zA-Z0-9]")
_BARE = re.compile(
    rf"(?<![\w.])[\w\\*~|-]+(?:{_DOT}[\w\\*~|-]+)+(?P<port>:\d{{1,5}}(?!\d))?(?P<path>/)?"
)
_DOTS = re.compile(r"[.\u3002\uff0e\uff61]")
_ENDINGS = frozenset(
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs "
    "bt bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee "
    "eg er es et eu fi fj fk fm fo fr ga gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm "
    "hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb "
    "lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz "
    "na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs "
    "ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk "
    "tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw "
    "com org net info biz edu gov mil int arpa name pro mobi xyz online site shop store app dev "
    "top win vip bet live club fun link click page website space tech news media video tickets "
    "ticket sale football soccer sport sports fans team games game casino poker money cash bank "
    "finance loan crypto wallet host cloud email chat social zone world today life blog wiki art "
    "work jobs agency digital network systems support center help guru icu cyou monster buzz rest "
    "bar cfd sbs lol mom zip mov exchange market events community example test invalid local "
    "localhost onion evil рф укр срб бел 中国 公司 网络 在线 भारत امارات السعودية".split()
)
"""What names of hosts end in that programs make links of by themselves: all countries and much
used others of data.iana.org/TLD, read 2026-11-25, with the reserved ones of RFC 2606."""

_ADDRESS_NUMBERS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}")
_OPEN = re.compile(
    r"(?:!?\[[^\[\]\n]*(?:\](?:\([^()\s]*)?)?"  # a masked link that is not closed yet
    r"|\S*(?:https?:?/?|://\S*|www\.\S*))\Z",
    re.IGNORECASE,
)
_LONGEST_OPEN = 300


class Links:
    """The hosts that one bot may link to."""

    def __init__(self, texts: Iterable[str], listed: Iterable[str] = ()) -> None:
        """Learn where the bot's own data leads.

        Args:
            texts: Addresses, or texts with addresses in them, mail among them.
            listed: Hosts.
        """
        hosts = {_plain(host) for host in listed}
        for text in texts:
            hosts.update(_to_host(found[0]) for found in _ADDRESS.finditer(text))
            hosts.update(_plain(name) for name in re.findall(r"@([\w-]+(?:\.[\w-]+)+)", text))
        self._hosts = frozenset(hosts - {""})

    def tame(self, text: str) -> str:
        """Return a text in which only addresses of the bot's own are alive.

        A link whose label names another host shows its address beside it.
        """
        if "." not in text and ":" not in text and "&" not in text and "\u3002" not in text:
            return text
        text = _ENTITY.sub(_resolve, text)
        text = _DEFINED.sub(r"\g<lead>\\:", text)  # a link whose label stands elsewhere
        text = _MASKED.sub(self._unmask, text)
        pieces: list[str] = []
        end = 0
        for found in _ADDRESS.finditer(text):
            if self._is_own(found[0]):
                pieces += [self._break(text[end : found.start()]), found[0]]
                end = found.end()
        return "".join([*pieces, self._break(text[end:])])

    def _unmask(self, found: re.Match[str]) -> str:
        label, url = found["text"].strip(), found["url"]
        if not _ADDRESS.match(url) or not self._is_own(url):
            return f"{label} ({url})" if label and label != url else url
        named = {_plain(name[0]) for name in _BARE.finditer(unquote(label)) if _is_host(name)}
        if found[0].startswith("!") or "[" in label or not named <= {_to_host(url)}:
            return f"{label} ({url})" if label else url
        return found[0]

    def _is_own(self, url: str) -> bool:
        host = _to_host(url)
        return host in self._hosts

    def _break(self, text: str) -> str:
        """Make every address in a text inert."""
        text = _SCHEME.sub(r"\g<scheme>[:]\g<marks>", text)
        text = _BODILESS.sub(r"\g<scheme>[:]", text)
        return _BARE.sub(self._break_name, text) if _MAYBE.search(text) else text

    def _break_name(self, found: re.Match[str]) -> str:
        if not _is_host(found) or _plain(found[0]) in self._hosts:
            return found[0]
        return _DOTS.sub("[.]", found[0])


def without_open_link(text: str) -> str:
    """Leave off a link at the end of a growing text that is not all there yet."""
    found = _OPEN.search(text, max(0, len(text) - _LONGEST_OPEN))
    return text[: found.start()] if found else text


def _to_host(url: str) -> str:
    """Return the host of an address that all programs read in the same way, else ""."""
    authority = url.partition("://")[2].partition("/")[0]
    if not authority.isascii() or any(sign in url for sign in "\\@") or "%" in authority:
        return ""
    try:
        return _plain(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def _plain(host: str) -> str:
    name = _DOTS.sub(".", _MARKS.sub("", normalize("NFKC", host))).lower().strip("./")
    return re.sub(r":\d+$", "", name).removeprefix("www.")


def _is_host(found: re.Match[str]) -> bool:
    """Tell whether programs would make a link of what looks like the name of a host."""
    name = _plain(found[0])
    labels = name.split(".")
    if _ADDRESS_NUMBERS.fullmatch(name):
        return bool(found["path"] or found["port"])
    last = labels[-1]
    if last not in _ENDINGS:
        return last.startswith("xn--")
    # "m.in." and "z.B." are words, and "Bring ID.Then" lacks a blank.
    return len(last) > len("in") or bool(found["path"]) or len(labels[-2]) > 1


def _resolve(found: re.Match[str]) -> str:
    sign = html.unescape(found[0])
    if not clean(sign) and not sign.isspace():
        return ""  # it would come to life after everything hidden was taken out
    return sign if re.fullmatch(r"[\w.:/@-]", sign) else found[0]
