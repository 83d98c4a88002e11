"""What the tables learn from: items of known language, lists of words, what fans write."""

# pyright: basic
from __future__ import annotations

import gzip
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import msgspec

from core.language.noise import read
from core.language.script import find_script, scripts_of
from core.language.table import MOST_WORDS
from tests.bench.lid.romanise import ROMANISED, romanise

BUCKETS = ("w1", "w2", "w3-5", "sentence", "tweet")
FOLDS = 5

CHAT_59 = tuple(
    "af ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gu he hi hr hu hy id is it ja "
    "ka kk ko lt lv mk mn mr ms nl no pa pl pt ro ru sk sl sq sr sv sw ta te th tl tr uk ur vi "
    "zh".split()
)
CHAT_24 = tuple("ar cs de el en es fa fr hi hu id it ja ko nl pl pt ro ru th tr uk vi zh".split())

_LISTS = {"pt_br": "pt", "zh_cn": "zh-Hans", "zh_tw": "zh-Hant", "no": "nb"}
_ARABIC = ("arq", "arz", "ary")
_RENAMED = {"no": "nb", "fil": "tl", "prs": "fa", "arq-Latn": "ary-Latn"}
_LEAST_ITEMS = 40
_STRIPPED, _STRIPPED_WORDS = 0.3, 8000
_CHAT = 5e-4
"""How frequent a word that fans write is taken to be."""


_ROW = 3


class Item(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A text of known language."""

    bucket: str
    label: str
    text: str
    written: str
    """Its words as they are written, without what is between them."""

    words: tuple[str, ...]
    script: str
    fold: int


def to_class(tag: str) -> str:
    """Return the class of a tag of the data."""
    tag = _RENAMED.get(tag, tag)
    base = tag.split("-")[0]
    if tag.endswith("-Latn") and base != "sr":
        return tag
    if base in _ARABIC:
        return "ar"
    return tag if base == "zh" else base


def to_base(tag: str) -> str:
    """Return what a tag is counted as: no regions, no scripts, no varieties."""
    base = tag.split("-")[0]
    folded = {"nb": "no", "nn": "no", "yue": "zh", "wuu": "zh", "prs": "fa", "fil": "tl"}
    return "ar" if base in _ARABIC else folded.get(base, base)


def read_items(folder: Path) -> list[Item]:
    """Read `public/*.tsv`: language, text, source."""
    items: list[Item] = []
    for bucket in BUCKETS:
        for line in (folder / "public" / f"{bucket}.tsv").read_text("utf-8").splitlines()[1:]:
            tag, text, _ = line.split("\t")
            # Tweets are half English in many languages; only where there is little else they help.
            if bucket != "tweet" or tag.startswith("ary"):
                items.append(make_item(bucket, to_class(tag), text))
    return items


def make_item(bucket: str, label: str, text: str) -> Item:
    """Prepare a text as the detector does."""
    written = read(text[:300])[0][:MOST_WORDS]
    words = tuple(word.lower() for word in written)
    fold = crc32(text.encode()) % FOLDS
    script = find_script("".join(words))
    return Item(
        bucket=bucket, label=label, text=text, written=" ".join(written), words=words,
        script=script, fold=fold,
    )  # fmt: skip


class Lexicon:
    """How frequent each word is in each class, by script; and phrases."""

    def __init__(self, folder: Path) -> None:
        """Read the lists in `wordlists`, and the words of chats beside this file."""
        self.words: dict[str, dict[str, dict[str, float]]] = {}
        self.phrases: list[Item] = []
        for path in sorted((folder / "wordlists").glob("*.tsv.gz")):
            name = path.name.removesuffix(".tsv.gz")
            self._add_list(_LISTS.get(name, name), path)
        chat = tomllib.loads(Path(__file__).with_name("chat_words.toml").read_text("utf-8"))
        for tag, text in chat.items():
            words, *phrases = str(text).split("|")
            label = to_class(tag)
            single = words.split()
            for word in single:
                self._add(label, word, _CHAT)
            # Words in a row are no sentence, but in a chat they are close to one.
            phrases += [" ".join(single[at : at + _ROW]) for at in range(0, len(single), _ROW)]
            self.phrases += [make_item("chat", label, phrase.strip()) for phrase in phrases]

    def _add_list(self, label: str, path: Path) -> None:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows = [line.rstrip("\n").split("\t") for line in lines]
        total = sum(int(count) for _, count in rows)
        own = set(scripts_of(label.split("-")[0]))
        romanised = ROMANISED.get(label)
        for rank, (word, count) in enumerate(rows):
            if find_script(word) not in own:
                continue
            frequency = int(count) / total
            self._add(label, word, frequency)
            if rank < _STRIPPED_WORDS:
                for plain in _strip(word, label):
                    self._add(label, plain, frequency * _STRIPPED)
            if romanised:
                for latin in dict.fromkeys(romanise(word, label)):
                    self._add(romanised, latin, frequency / 2)
            if label == "sr":
                self._add(label, _to_cyrillic(word), frequency)

    def _add(self, label: str, word: str, frequency: float) -> None:
        for part in read(word)[0]:
            shares = self.words.setdefault(find_script(part), {}).setdefault(part.lower(), {})
            shares[label] = shares.get(label, 0.0) + frequency


def choose_classes(
    items: list[Item], lexicon: Lexicon, wanted: frozenset[str]
) -> dict[str, tuple[tuple[str, ...], int]]:
    """Return the classes of each script that several share; those with enough to learn from first.

    Args:
        items: What is known.
        lexicon: Whose languages are always classes.
        wanted: Classes worth telling besides those with a list of words.
    """
    counts = Counter((item.script, item.label) for item in items)
    chosen: dict[str, tuple[tuple[str, ...], int]] = {}
    for script in {item.script for item in items} - {""}:
        listed = {label for shares in lexicon.words.get(script, {}).values() for label in shares}
        own = {label for label in listed if _is_at_home(label, script)}
        taught = own | {
            label
            for (where, label), count in counts.items()
            if where == script and count >= _LEAST_ITEMS and label in wanted
        }
        others = {
            label
            for (where, label), count in counts.items()
            if where == script and count >= 2 and label in wanted
        } - taught
        if len(taught) > 1:
            chosen[script] = ((*sorted(taught), *sorted(others)), len(taught))
    return chosen


def _is_at_home(label: str, script: str) -> bool:
    return script == "Latn" if label.endswith("-Latn") else script in scripts_of(label)


def _strip(word: str, label: str) -> Iterator[str]:
    """Yield a word as it is written where marks are hard to type."""
    decomposed = unicodedata.normalize("NFD", word)
    plain = "".join(letter for letter in decomposed if not "\u0300" <= letter <= "\u036f")
    plain = plain.replace("ł", "l").replace("đ", "d").replace("ı", "i").replace("ø", "o")
    if plain != word:
        yield plain
    if label == "de":
        umlaut = word
        for letter, pair in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
            umlaut = umlaut.replace(letter, pair)
        if umlaut != word:
            yield umlaut


def _to_cyrillic(word: str) -> str:
    for latin, cyrillic in (("lj", "љ"), ("nj", "њ"), ("dž", "џ")):
        word = word.replace(latin, cyrillic)
    return word.translate(_SERBIAN)


_SERBIAN = str.maketrans("abcčćdđefghijklmnoprsštuvzž", "абцчћдђефгхијклмнопрсштувзж")
