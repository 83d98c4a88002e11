"""Makes `core/language/called.tsv`: what languages are called in each other.

    python -m tests.bench.names

From babel's tables (Unicode CLDR), with the forms that stand in a request: "po polsku",
"на русском", "magyarul". A test compares the file with what this makes.
"""

from __future__ import annotations

from pathlib import Path

from core.language.names import find_name
from core.language.wish import plain

FILE = Path(__file__).parents[2] / "core" / "language" / "called.tsv"

_CODES = (
    "af am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fil fr ga gl gu he hi hr hu "
    "hy id is it ja ka kk km kn ko ky lo lt lv mk ml mn mr ms my nb ne nl pa pl ps pt ro ru "
    "si sk sl so sq sr sv sw ta te th tr uk ur uz vi yue zh zu"
)
LANGUAGES = tuple(_CODES.split())
VARIETIES = ("nn", "no", "tl", "pt-BR", "pt-PT", "zh-Hans", "zh-Hant", "sr-Cyrl", "sr-Latn")

ENDINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "ru": (("ии", "ом и ии ого"),), "be": (("ая", "аи"),), "uk": (("а", "ою іи у и"),),
    "pl": (("i", "u iego im"),), "hr": (("i", "om"),), "bs": (("i", "om"),), "sr": (("и", "ом"),),
    "cs": (("stina", "sky stine"), ("ctina", "cky ctine"), ("stina", "stinou")),
    "sk": (("cina", "cky cine"), ("ina", "ine")), "sl": (("scina", "scini sko"), ("ina", "ini")),
    "hu": (("", "ul"),), "az": (("", "ca ce"),), "eu": (("a", "az"), ("", "ez z")),
    "ro": (("a", "este"),), "ko": (("", "로 으로"),), "et": (("", "_keeles"),),
    "ar": (("ية", "ي"),), "he": (("", ""),), "bn": (("", "তে য় য়"), ("া", "ায়")),
    "mr": (("", "त"),), "gu": (("", "માં"),), "te": (("", "లో"),), "kn": (("", "ನಲ್ಲಿ"),),
    "ta": (("ம்", "த்தில்"), ("்", "ில்")), "ml": (("", "ൽ യിൽ"), ("ം", "ത്തിൽ"), ("്", "ിൽ")),
    "ka": (("ი", "ად"),), "kk": ((" тілі", "ша ше"),), "uz": (("", "da"),), "ky": (("", "ча че"),),
    "mn": (("", "аар ээр"),), "lv": (("u", "u_valoda"),), "lt": (("u", "u_kalba iskai"),),
    "fi": (("", "ksi"), ("i", "iksi")), "sw": (("", ""),), "si": (("", "න්"),),
}  # fmt: skip
"""By the language that is spoken: the ending of a name, folded, and what may stand instead."""

PREFIXES = {"ar": "ب", "he": "ב"}  # fmt: skip

MORE = {
    "en": "anglicky anglictine angliski angliskai inglise anglisht ingilis ingilisce inglis "
    "engleza engelska engelsk 英文 ينجليزي انجليزي بالانجليزي انكليزي بالانكليزي انگليسي",
    "de": "nemecky nemcine vokieciu vaciski saksaks saksa german aleman almanca alman 德文 المانية "
    "الماني بالالماني",
    "es": "spanelsky spanstine castellano espanyol castella ispanca 西文",
    "fr": "francouzsky francouzstine fransizca franceza 法文 فرنسي بالفرنسي",
    "it": "italsky italstine italianca 意大利文",
    "pt": "portugalsky portugues portuguesa brazilian brasileiro brasilian 葡文",
    "ru": "rusky rustine po-russki russki rusca 俄文 روسي بالروسي",
    "uk": "ukrajinsky 乌克兰文",
    "pl": "polsky polstine po-polsku",
    "cs": "cesky cestine cestina",
    "sk": "slovensky slovencine",
    "sl": "slovensko slovenscini",
    "hu": "magyarul madarsky",
    "fi": "suomeksi finsky",
    "et": "eesti estonsky",
    "sv": "svenska svedsky",
    "tr": "turkce turecky 土文 تركي بالتركي",
    "ar": "arabsky عربي بالعربي عربى بالعربى عربية بالعربية 阿拉伯文 阿文",
    "fa": "farsi parsi persky پارسی",
    "he": "ivrit hebrejsky ebrei",
    "hi": "hindi hindustani hinglish हिंदी",
    "bn": "bangla bengali বাংলা বাংলায়",
    "ja": "japonsky nihongo にほんご ニホンゴ 日文 日语 日語",
    "ko": "korejsky hangul hangugeo 韩文 韓文 韩语 한국말 한국말로 우리말",
    "zh": "cinsky mandarin putonghua zhongwen 中文 漢語 汉语 华语 華語 普通话 普通話 国语 國語",
    "zh-Hans": "简体 简体字 簡體",
    "zh-Hant": "繁体 繁體 繁体字 繁體字",
    "yue": "cantonese 粤语 粵語 廣東話 广东话",
    "nl": "nizozemsky flemish vlaams flamand",
    "el": "recky ellinika greeklish",
    "vi": "vietnamsky viet",
    "th": "thajsky ภาษาไทย",
    "nb": "bokmal norsk norsky",
    "ro": "romaneste rumunsky",
    "sr": "srpski srbsky",
    "fil": "tagalog pilipino",
    "ms": "melayu",
    "ur": "urdu اردو",
    "pa": "punjabi panjabi",
    "da": "dansk dansky",
    "ca": "catala catalan",
}
"""Names and forms that no table has, written apart by spaces."""

EVERYDAY = frozenset(["lets", "dan", "fin", "ir", "iru", "cin", "tai", "tay", "rus", "cex"])
"""Names that are everyday words elsewhere."""


def make() -> str:
    """Return the file: a tag, and what it is called, by tabs."""
    rows: list[str] = []
    for target in (*LANGUAGES, *VARIETIES):
        names = {plain(word) for word in MORE.get(target, "").split()}
        for speaker in LANGUAGES:
            name = find_name(target, speaker)
            if name != target and not set(name) & set("(),"):
                names |= inflect(plain(name), speaker)
        names |= {name.replace("-", " ") for name in names}
        rows.append(
            "\t".join([target, *sorted(name for name in names - EVERYDAY if len(name) > 1)])
        )
    return "\n".join(rows) + "\n"


def inflect(name: str, speaker: str) -> set[str]:
    """Return a folded name and its forms in the language of who speaks."""
    forms = {name}
    for ending, others in ENDINGS.get(speaker, ()):
        if name.endswith(ending):
            stem = name.removesuffix(ending)
            forms |= {stem + other.replace("_", " ") for other in others.split(" ") if other}
    if speaker == "ar":
        forms |= {form.removeprefix("ال") for form in forms}
    if prefix := PREFIXES.get(speaker):
        forms |= {prefix + form for form in forms}
    return forms


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
