from __future__ import annotations

import pytest

from core.language.names import find_name
from core.language.wish import Wish, find_wish
from tests.bench.names import FILE, make

OFFERED = (
    "en", "es", "fr", "de", "it", "pt-BR", "ja", "zh-Hans", "ko", "ar", "ru", "uk", "hi", "tr",
    "pl", "nl", "cs", "hu", "fi", "sv", "da", "nb", "el", "he", "th", "vi", "id", "ro", "hr",
    "fa", "ur", "bn", "ta", "sw", "bg", "sr", "fil",
)  # fmt: skip

REQUESTS = [
    ("можно на русском?", "ru"),
    ("можна українською?", "uk"),
    ("czy możesz po polsku?", "pl"),
    ("kan du svare på dansk", "da"),
    ("hindi me batao", "hi"),
    ("हिन्दी में बताइए", "hi"),
    ("ممكن بالعربي؟", "ar"),
    ("אפשר בעברית?", "he"),
    ("tiếng Việt nhé", "vi"),
    ("bisa bahasa indonesia?", "id"),
    ("தமிழில் சொல்லுங்கள்", "ta"),
    ("in English please", "en"),
    ("In English, please!", "en"),
    ("English please", "en"),
    ("English", "en"),
    ("please answer in English", "en"),
    ("can you answer in hindi", "hi"),
    ("Can you speak Polish?", "pl"),
    ("speak Polish", "pl"),
    ("do you speak Spanish?", "es"),
    ("Hi! Could you reply in French from now on?", "fr"),
    ("I don't speak German. English please", "en"),
    ("sorry, I only speak Spanish", "es"),
    ("switch to Japanese", "ja"),
    ("let's talk in Turkish", "tr"),
    ("Can we continue in Dutch?", "nl"),
    ("auf Deutsch bitte", "de"),
    ("Auf Deutsch, bitte!", "de"),
    ("Kannst du bitte auf Deutsch antworten?", "de"),
    ("bitte auf englisch", "en"),
    ("Sprich Deutsch mit mir", "de"),
    ("Können Sie Englisch sprechen?", "en"),
    ("en español por favor", "es"),
    ("¿Puedes hablar en español, por favor?", "es"),
    ("respóndeme en inglés", "en"),
    ("¿hablas español?", "es"),
    ("En français s'il vous plaît", "fr"),
    ("tu peux répondre en français stp", "fr"),
    ("parlez-vous français ?", "fr"),
    ("in italiano per favore", "it"),
    ("puoi rispondere in italiano?", "it"),
    ("em português por favor", "pt-BR"),
    ("fala português?", "pt-BR"),
    ("pode responder em inglês", "en"),
    ("in het Nederlands alsjeblieft", "nl"),
    ("kun je Nederlands praten?", "nl"),
    ("po polsku proszę", "pl"),
    ("po polsku", "pl"),
    ("Czy możesz odpowiadać po angielsku?", "en"),
    ("mów po polsku", "pl"),
    ("česky prosím", "cs"),
    ("můžeš mluvit anglicky?", "en"),
    ("на русском пожалуйста", "ru"),
    ("по-русски, пожалуйста", "ru"),
    ("ответь по-английски", "en"),
    ("говори на русском языке", "ru"),
    ("ты говоришь по-украински?", "uk"),
    ("українською, будь ласка", "uk"),
    ("відповідай англійською", "en"),
    ("türkçe lütfen", "tr"),
    ("Türkçe konuşur musun?", "tr"),
    ("TÜRKÇE", "tr"),
    ("İngilizce cevap ver", "en"),
    ("magyarul kérlek", "hu"),
    ("beszélj magyarul", "hu"),
    ("suomeksi kiitos", "fi"),
    ("puhu suomea", None),
    ("på svenska tack", "sv"),
    ("kan du svara på svenska?", "sv"),
    ("på dansk tak", "da"),
    ("på norsk takk", "nb"),
    ("στα ελληνικά παρακαλώ", "el"),
    ("μίλα ελληνικά", "el"),
    ("בעברית בבקשה", "he"),
    ("אתה יכול לענות באנגלית?", None),
    ("دבר", None),
    ("日本語で", "ja"),
    ("日本語でお願いします", "ja"),
    ("英語で答えてください", "en"),
    ("日本語を話せますか？", "ja"),
    ("用中文", "zh-Hans"),
    ("请用英文回答", "en"),
    ("你会说中文吗？", "zh-Hans"),
    ("可以说西班牙语吗", "es"),
    ("請說中文", "zh-Hans"),
    ("한국어로 말해줘", "ko"),
    ("영어로 대답해 주세요", "en"),
    ("한국어로 부탁해요", "ko"),
    ("بالعربية من فضلك", "ar"),
    ("بالعربي لو سمحت", "ar"),
    ("تكلم باللغة العربية", "ar"),
    ("رد بالإنجليزية", "en"),
    ("هل تتحدث العربية؟", "ar"),
    ("به فارسی لطفا", "fa"),
    ("فارسی صحبت کن", "fa"),
    ("اردو میں جواب دو", "ur"),
    ("हिंदी में बोलो", "hi"),
    ("कृपया हिन्दी में जवाब दीजिए", "hi"),
    ("hindi mein baat karo", "hi"),
    ("kya aap hindi mein jawab de sakte ho?", "hi"),
    ("বাংলায় উত্তর দাও", "bn"),
    ("தமிழில் பேசு", "ta"),
    ("ตอบเป็นภาษาไทยครับ", "th"),
    ("ขอภาษาอังกฤษหน่อย", "en"),
    ("bằng tiếng Việt", "vi"),
    ("nói tiếng Anh được không?", "en"),
    ("dalam bahasa Indonesia dong", "id"),
    ("bisa pakai bahasa Inggris?", "en"),
    ("în română te rog", "ro"),
    ("na hrvatskom molim", "hr"),
    ("на английски моля", "en"),
    ("kwa Kiswahili tafadhali", "sw"),
    ("sa Tagalog po", "fil"),
]

OTHERS = [
    "I love English football",
    "Spanish Grand Prix",
    "Who won the Spanish Grand Prix?",
    "der Englische Garten",
    "Wo ist der Englische Garten?",
    "Die englische Mannschaft ist stark",
    'He said "in English please" and left',
    "“auf Deutsch bitte” stand auf dem Schild",
    "«En français s'il vous plaît» était écrit là",
    "> in English please",
    "`in English please`",
    "translate this into Spanish",
    "Translate it to German please: where is the gate",
    "How do you say hello in Japanese?",
    "what does this mean in English?",
    "¿Cómo se dice gracias en alemán?",
    "Wie heißt das auf Englisch?",
    "What is 'ticket' in Polish?",
    "Is there a guided tour in English?",
    "Are the announcements in German?",
    "Is the French team playing today?",
    "I don't speak German",
    "no hablo inglés",
    "Ich spreche kein Englisch",
    "je ne parle pas anglais",
    "nie mówię po angielsku",
    "я не говорю по-английски",
    "not in English please",
    "My brother speaks English",
    "She speaks Polish and Czech",
    "English or Spanish?",
    "I speak English and Spanish",
    "the French, English and German fans",
    "English breakfast please",
    "Two Danish please",
    "Where can I learn Japanese?",
    "Le Grand Prix espagnol",
    "Selección española de esquí",
    "la liga inglesa",
    "Das deutsche Team hat gewonnen",
    "польский судья",
    "Русский стиль игры",
    "türk milli takımı",
    "Türkçe kitap nerede?",
    "日本代表の試合はいつ？",
    "英語の案内はありますか",
    "中国队赢了吗",
    "我不会说英语",
    "有没有英文菜单",
    "한국 선수는 누구야?",
    "영어 안내가 있나요?",
    "المنتخب العربي",
    "هل يوجد دليل بالإنجليزية؟",
    "हिंदी फिल्म",
    "",
    "ok",
    "👍",
    "please",
    "in",
    "https://example.com/in-english-please",
    "in English " * 60,
]


@pytest.mark.parametrize(("text", "language"), [row for row in REQUESTS if row[1]])
def test_a_request_is_understood_in_any_language(text: str, language: str):
    wish = find_wish(text, OFFERED)
    assert wish is not None
    assert (wish.language, wish.is_all) == (language, True)


def test_there_are_requests_in_many_languages():
    assert len([row for row in REQUESTS if row[1]]) >= 60 and len(OTHERS) >= 40


@pytest.mark.parametrize("text", OTHERS)
def test_what_only_names_a_language_is_no_request(text: str):
    assert find_wish(text, OFFERED) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("In English please: when do the gates open?", "en"),
        ("When do the gates open? In English please", "en"),
        ("¿A qué hora abren las puertas? En inglés.", "en"),
        ("please answer in German when the gates open", "de"),
        ("when do the gates open in english please", "en"),
        ("Answer in Spanish. Where is gate 4?", "es"),
        ("Kannst du auf Deutsch antworten? When do the gates open?", "de"),
        ("ゲートは何時に開きますか？英語でお願いします。", "en"),
        ("几点开门？请用英文回答", "en"),
        ("Во сколько открываются ворота? Ответь на английском", "en"),
        ("a qué hora abren las puertas, en inglés por favor", "en"),
    ],
)
def test_a_request_may_come_along_with_a_question(text: str, language: str):
    wish = find_wish(text, OFFERED)
    assert wish is not None
    assert (wish.language, wish.is_all) == (language, False)


@pytest.mark.parametrize(
    "text",
    [
        "Do you have the programme, in English?",
        "I have friends who are Spanish, English, and German",
        "The best food is French, right?",
    ],
)
def test_a_name_in_a_sentence_about_something_else_is_no_request(text: str):
    assert find_wish(text, OFFERED) is None


def test_what_is_not_offered_is_told_apart_from_what_is_no_request():
    wish = find_wish("på svenska tack", ("en", "de"))
    assert wish == Wish(language="", name="svenska", is_all=True)


@pytest.mark.parametrize(
    ("text", "offered", "language"),
    [
        ("in Portuguese please", ("en", "pt-PT"), "pt-PT"),
        ("繁體中文", ("zh-Hans", "zh-Hant"), "zh-Hant"),
        ("用简体中文回答", ("zh-Hant", "zh-Hans"), "zh-Hans"),
        ("in Norwegian please", ("en", "no"), "no"),
        ("in Brazilian Portuguese please", ("pt-PT", "pt-BR"), "pt-BR"),
    ],
)
def test_varieties_are_told_apart(text: str, offered: tuple[str, ...], language: str):
    wish = find_wish(text, offered)
    assert wish is not None and wish.language == language


def test_every_language_is_asked_for_by_its_name_in_every_other():
    missed: list[tuple[str, str, str]] = []
    for speaker in OFFERED:
        for tag in OFFERED:
            name = find_name(tag.split("-")[0], speaker)
            if name == tag or set(name) & set("(),"):
                continue
            wish = find_wish(name, OFFERED)
            if wish is None or wish.language != tag:
                missed.append((speaker, tag, name))
    assert missed == [("hu", "da", "dán")], "a word that is at home in too many languages"


def test_the_table_of_names_is_the_one_that_its_script_makes():
    assert FILE.read_text(encoding="utf-8") == make()


@pytest.mark.parametrize(
    "text",
    [
        "übersetze das bitte auf Englisch",
        "traduce esto en inglés por favor",
        "comment dit-on but en anglais ?",
        'How do you say "goal" in German please?',
        "what does this mean in English please",
        "write in German: happy birthday",
        "hindi po",
        "hindi na",
    ],
)
def test_who_asks_for_words_of_a_language_does_not_ask_to_be_answered_in_it(text: str):
    assert find_wish(text, OFFERED) is None
