"""Words with which somebody speaks of ending their own life, in the languages that tifo speaks.

Few and plain ones, said about oneself: a fan who hears of a help line without need loses a
moment. What they miss a guard model may find.
"""

from __future__ import annotations

import re
from unicodedata import normalize

_SAID = {
    "ar": "أريد أن أموت|اريد ان اموت|أريد الموت|اريد الموت|أفكر في الانتحار|افكر في الانتحار|سأنتحر"
    "|(?:أريد|اريد) (?:أن|ان) (?:أنتحر|انتحر)|سأقتل نفسي|(?:أقتل|اقتل) نفسي",
    "bg": "искам да умра|ще се самоубия|да се самоубия|не искам да живея",
    "bn": "আমি মরতে চাই|আত্মহত্যা কর(?:তে চাই|ব)|বাঁচতে চাই না",
    "ca": "em vull morir|vull morir|em vull suïcidar|vull suïcidar-me|matar-me|no vull viure",
    "cs": "chci umřít|chci zemřít|chci se zabít|zabiju se|spáchat sebevraždu|nechci (?:už )?žít",
    "da": "jeg vil dø|jeg vil gerne dø|tage mit eget liv|begå selvmord|slå mig selv ihjel"
    "|vil ikke leve",
    "de": "ich (?:will|möchte|mag) (?:nur noch |einfach )?sterben|(?:will|möchte) nicht mehr leben"
    "|bringe? mich um|mich umbringen|mir das leben nehmen|nehme mir das leben|selbstmord begehen"
    "|suizid begehen|mich (?:selbst )?(?:ritzen|verletzen)|ritze mich",
    "el": "θέλω να πεθάνω|να αυτοκτονήσω|θα αυτοκτονήσω|δεν θέλω να ζ",
    "en": r"(?:i (?:just )?|i'm going to |i am going to |gonna |wanna |want to |going to )"
    r"(?:kill myself|end my life|hang myself|cut myself|hurt myself|end it all)"
    r"|killing myself|(?:i )?(?:just )?(?:want|wanna|wish) (?:to die|die|i was dead|i were dead)"
    r"|(?:commit|thinking (?:of|about)) suicide|i(?:'m| am| feel) suicidal|don'?t want to live"
    r"|do not want to live|take my own life|no reason to live|better off dead"
    r"|self[- ]?harm(?:ing)?",
    "es": "(?:me )?quiero morir(?:me)?|quiero matarme|me (?:quiero|voy a) (?:matar|suicidar)"
    "|quiero suicidarme|voy a suicidarme|quitarme la vida|no quiero (?:seguir viviendo|vivir)"
    "|pensando en suicidarme|me quiero cortar",
    "fa": "می[\u200c ]?خواهم بمیرم|میخوام بمیرم|می[\u200c ]?خوام بمیرم|خودکشی کنم|خودم را بکشم"
    "|خودمو بکشم",
    "fi": "haluan kuolla|tapan itseni|tappaa itseni|tehdä itsemurhan|en halua elää",
    "fil": "gusto ko nang mamatay|gusto kong mamatay|magpapakamatay|magpakamatay ako"
    "|ayoko nang mabuhay",
    "fr": "je veux mourir|envie de mourir|j'ai envie d'en finir|je vais me (?:tuer|suicider)"
    "|me suicider|veux me tuer|mettre fin à (?:mes jours|ma vie)|je ne veux plus vivre"
    "|j'veux crever|me scarifi",
    "he": "אני רוצה למות|בא לי למות|להתאבד|אתאבד|להרוג את עצמי|לא רוצה לחיות",
    "hi": "मैं मरना चाहत|मरना चाहता हूँ|मरना चाहती हूँ|आत्महत्या कर|खुदकुशी कर|ख़ुदकुशी कर"
    "|जीना नहीं चाहत|main marna chaht|mujhe mar jana hai|marna chaht[ai] hu",
    "hr": "želim umrijeti|hoću umrijeti|ubit ću se|želim se ubiti|počiniti samoubojstvo"
    "|ne želim živjeti",
    "hu": "meg akarok halni|megölöm magam|öngyilkos leszek|öngyilkos akarok|nem akarok élni",
    "id": "(?:aku|saya|gue|gw) (?:ingin|mau|pengen) mati|ingin mati saja|mau bunuh diri"
    "|ingin bunuh diri|pengen bunuh diri|mengakhiri hidup(?:ku| saya)",
    "it": "voglio morire|voglio farla finita|mi voglio (?:ammazzare|uccidere|suicidare)"
    "|voglio (?:ammazzarmi|uccidermi|suicidarmi)|mi (?:ammazzo|uccido|suicido)"
    "|togliermi la vita|non voglio più vivere|mi taglio le vene",
    "ja": "死にたい|しにたい|自殺したい|自殺しよう|自殺する(?:つもり|しか)|消えてしまいたい"
    "|生きていたくない"
    "|リスカし",
    "ko": "죽고 ?싶|자살하고 ?싶|자살할|자살하려|살기 ?싫|자해하",
    "lt": "noriu mirti|nusižudysiu|noriu nusižudyti|nebenoriu gyventi",
    "mr": "मला मरायचं आहे|मला मरायचे आहे|आत्महत्या कर",
    "ms": "saya nak mati|aku nak mati|nak bunuh diri|mahu bunuh diri",
    "nb": "jeg vil dø|har lyst til å dø|ta (?:mitt eget|livet mitt)|ta selvmord|drepe meg selv"
    "|vil ikke leve",
    "nl": "ik wil dood|ik wil (?:niet meer leven|sterven)|mezelf (?:van kant maken|doden|ombrengen)"
    "|zelfmoord (?:plegen|doen)|pleeg zelfmoord|een eind aan mijn leven|mezelf snijden",
    "pl": "chcę umrzeć|chce umrzec|chcę się zabić|chce sie zabic|zabiję się|popełnić samobójstwo"
    "|nie chcę (?:już )?żyć|odebrać sobie życie|tnę się",
    "pt": "quero morrer|vou me matar|quero me matar|me suicidar|vou(?:-me)? suicidar|matar-me"
    "|tirar a minha (?:própria )?vida|acabar com a minha vida|não quero (?:mais )?viver",
    "ro": "vreau să mor|vreau sa mor|mă omor|să mă sinucid|sa ma sinucid|nu mai vreau să trăiesc",
    "ru": "хочу умереть|хочу сдохнуть|не хочу (?:больше )?жить|покончить с собой|убью себя"
    "|убить себя|покончу с собой|совершить самоубийство|суицид совершу|режу себя",
    "sk": "chcem (?:zo)?mrieť|chcem umrieť|zabijem sa|chcem sa zabiť|spáchať samovraždu"
    "|nechcem žiť",
    "sr": "želim da umrem|hoću da umrem|ubiću se|hoću da se ubijem|ne želim da živim"
    "|желим да умрем|хоћу да умрем|убићу се|хоћу да се убијем|не желим да живим",
    "sv": "jag vill dö|ta livet av mig|ta mitt liv|begå självmord|vill inte leva|skada mig själv",
    "sw": "nataka kufa|najiua|nitajiua|nataka kujiua|sitaki kuishi",
    "ta": "சாக வேண்டும்|சாகணும்|தற்கொலை செய்|வாழ விருப்பமில்லை",
    "te": "చచ్చిపోవాలని|చనిపోవాలని|ఆత్మహత్య చేసుకు|బతకాలని లేదు",
    "th": "อยากตาย|ฆ่าตัวตาย|ไม่อยากมีชีวิต|ทำร้ายตัวเอง",
    "tr": "ölmek istiyorum|kendimi öldür|intihar ed(?:eceğim|ecem|iyorum)|intihar etmek istiyorum"
    "|canıma kıy|yaşamak istemiyorum|kendime zarar",
    "uk": "хочу померти|хочу вмерти|не хочу (?:більше )?жити|накласти на себе руки|вб'ю себе"
    "|вбити себе|покінчити з собою|вчинити самогубство",
    "ur": "میں مرنا چاہت|مرنا چاہتا ہوں|مرنا چاہتی ہوں|خودکشی کر",
    "vi": "tôi muốn chết|mình muốn chết|em muốn chết|muốn tự tử|sẽ tự tử|không muốn sống nữa"
    "|kết liễu đời mình",
    "zh": "我?想死(?!你|我|了你)|不想活了|不想活下去|我要自杀|想自杀|我要自殺|想自殺"
    "|结束(?:自己|我)的生命"
    "|結束(?:自己|我)的生命|想自残|想自殘",
}  # fmt: skip
"""By language, but looked for in all of them: people in need write in any."""

_WITHOUT_SPACES = frozenset(
    ("ja", "ko", "th", "zh", "ta", "te", "hi", "mr", "bn", "ar", "ur", "he")
)
"""Whose words may have others grown on to them."""


def _join(*, is_spaced: bool) -> str:
    said = (s for tag, s in _SAID.items() if (tag not in _WITHOUT_SPACES) == is_spaced)
    return normalize("NFKC", "|".join(said))


_ANY = re.compile(rf"(?<!\w)(?:{_join(is_spaced=True)})|{_join(is_spaced=False)}")
_NOT_SAID = re.compile(r"suicide squad|suicide (?:pass|squeeze|run)", re.IGNORECASE)
_LONGEST = 4000


def is_in_distress(text: str) -> bool:
    """Tell whether somebody says that they want to die or to hurt themselves."""
    plain = normalize("NFKC", text[:_LONGEST]).lower().replace("’", "'")
    found = _ANY.search(_NOT_SAID.sub(" ", " ".join(plain.split())))
    return found is not None
