"""What tells languages of one script apart: letters, everyday words, characters. Data only."""

from __future__ import annotations

CODES = {"nb": "no", "nn": "no", "fil": "tl", "iw": "he", "in": "id", "yue": "zh", "bs": "hr"}
"""How eldc calls a language that we call otherwise."""

KIN = (
    frozenset(("es", "ca")), frozenset(("no", "da")), frozenset(("hr", "sr", "sl")),
    frozenset(("cs", "sk")), frozenset(("ru", "be")), frozenset(("id", "ms")),
)  # fmt: skip
"""Whose readers understand each other: a message in one is no stranger to the other."""

LETTERS = {
    "en": "", "es": "áéíóúñü", "pt": "áâãàçéêíóôõú", "fr": "àâæçéèêëîïôœùûüÿ", "de": "äöüß",
    "it": "àèéìíòóùú", "nl": "éëïóöüáè", "pl": "ąćęłńóśźż", "tr": "çğıöşüâîû", "sv": "åäöé",
    "no": "æøåéòô", "da": "æøåé", "fi": "äöå", "cs": "áčďéěíňóřšťúůýž", "hu": "áéíóöőúüű",
    "sk": "áäčďéíĺľňóôŕšťúýž", "ro": "ăâîșțşţ", "hr": "čćđšž", "sl": "čšž", "et": "äõöüšž",
    "lv": "āčēģīķļņšūž", "lt": "ąčęėįšųūž", "id": "", "ms": "", "sw": "", "ca": "àçèéíïòóúü·",
    "ru": "ыэёъ", "uk": "іїєґ", "be": "іўыэё", "bg": "ъ", "sr": "ђјљњћџčćđšž", "mk": "ѓѕјљњќџ",
}  # fmt: skip
"""Letters beyond a to z, or beyond those that all of Cyrillic shares."""

NEUTRAL = "ok okay oke okey okej k hm hmm mm ah oh eh uh wow yo gg vs vip pls omg hey ole olé"
"""Words that are at home everywhere."""

WORDS = {
    "en": (
        "hi hello thanks thank the is are what where when how who why this you my we it of "
        "tickets goal game match yes please bye good nice great win lost morning evening night"
    ),
    "es": (
        "hola gracias el los las qué que cuándo cuando dónde donde cómo quién por para es está "
        "hoy mañana entradas partido golazo buenas buenos sí adiós cuánto cuesta juega y vamos "
        "un una días tardes noches saludos"
    ),
    "pt": (
        "oi olá obrigado obrigada valeu o os as que quando onde como quem não você é está hoje "
        "amanhã ingressos ingresso jogo golaço bom boa sim tchau quanto custa joga e vamos um "
        "uma dia tarde noite boas"
    ),
    "fr": (
        "salut bonjour bonsoir merci le les la est quand où comment qui pourquoi je tu vous "
        "c'est aujourd'hui demain billets billet match oui non allez bravo combien et quel un "
        "une bonne journée soirée coucou"
    ),
    "de": (
        "hallo danke bitte der die das ist wann wo wie wer was warum ich du wir nicht heute "
        "morgen karten spiel tor ja nein tschüss gut servus moin und geil ein eine guten tag "
        "abend grüezi hi grüß"
    ),
    "it": (
        "ciao grazie il lo gli la è che quando dove come chi perché sono oggi domani biglietti "
        "biglietto partita sì buongiorno buonasera quanto costa forza ragazzi e un una prego "
        "buona sera giorno salve"
    ),
    "nl": (
        "hoi hallo bedankt dank dankjewel het de een is wanneer waar hoe wie wat ik je wij niet "
        "vandaag morgen kaartjes wedstrijd doelpunt ja nee doei goed lekker en goedemorgen "
        "goedemiddag goedenavond goeiedag dag"
    ),
    "pl": (
        "cześć hej dzięki dziękuję co kiedy gdzie jak kto czy jest nie tak dziś dzisiaj jutro "
        "bilety bilet mecz gol proszę dobry dobra ile kosztuje gra i brawo dzień wieczór witam "
        "siema"
    ),
    "tr": (
        "merhaba selam teşekkürler sağol sağolun ne nerede nasıl kim neden bu bir var yok bugün "
        "yarın bilet biletler maç gol evet hayır lütfen iyi kaç zaman saat ve süper günaydın "
        "akşamlar günler selamlar"
    ),
    "ru": (
        "привет спасибо здравствуйте что когда где как кто почему это не да нет сегодня завтра "
        "билеты билет матч гол пожалуйста пока хорошо сколько стоит и я мы добрый день вечер "
        "здравствуй"
    ),
    "uk": (
        "привіт дякую вітаю що коли де як хто чому це не так ні сьогодні завтра квитки квиток "
        "матч гол будь ласка бувай добре скільки коштує і я ми добрий день вечір"
    ),
    "sv": "hej tack vad när var hur vem är inte idag imorgon biljetter ja nej och det en ett jag",
    "no": "hei takk hva når hvor hvordan hvem er ikke i dag billetter ja nei og det en et jeg",
    "da": "hej tak hvad hvornår hvor hvordan hvem er ikke dag billetter ja nej og det en et jeg",
    "fi": "moi hei kiitos mitä milloin missä miten kuka on ei tänään huomenna liput kyllä ja se",
    "cs": "ahoj děkuji díky co kdy kde jak kdo je není dnes zítra lístky ano ne a to prosím zápas",
    "sk": "ahoj ďakujem čo kedy kde ako kto je nie dnes zajtra lístky áno a to prosím zápas",
    "hu": "szia köszönöm mi mikor hol hogyan ki van nem ma holnap jegyek igen és az egy hajrá",
    "ro": "salut bună mulțumesc ce când unde cum cine este nu azi mâine bilete da și un o vă hai",
    "hr": "bok hvala što kada gdje kako tko je nije danas sutra karte da ne i to molim ulaznice",
    "sr": "zdravo hvala šta kada gde kako ko je nije danas sutra karte da ne i to molim ulaznice",
    "id": (
        "halo terima kasih apa kapan dimana mana bagaimana siapa ini itu tidak ya hari besok "
        "tiket dan yang pertandingan main"
    ),
    "sw": "habari asante nini lini wapi vipi nani ni si leo kesho tiketi ndiyo hapana na mechi",
}
"""Everyday words of fans, for the messages of one word that statistics cannot tell."""

HANS = frozenset(
    "们这个说时发后还没为么吗请谁几开门钱买卖车东话给让从见现听读语认识谢问题间长场赛队员进赢输"
    "样爱乐欢马龙电动运战胜热气头饭馆网线级组结经红蓝银铁张该应总办边达远连选阳难离单团园图坏处"
    "备够复奖妈实师广归态愿戏报换权极标树桥汉满环对"
)
HANT = frozenset(
    "這們說發還沒麼嗎錢賣讓從聽讀樣樂歡戰氣經鐵該應總辦邊單團圖壞處夠獎媽實廣歸戲權滿對國會學體"
    "點來贏顯"
)
HANT_OR_JAPANESE = frozenset(
    "個時後為請誰幾開門買車東話給見現語認識謝問題間長場賽隊員進輸愛馬龍電動運勝熱頭飯館網線級組"
    "結紅藍銀張達遠連選陽難離園備復師態願報換極標樹橋漢環"
)
JAPANESE = frozenset(
    "円発対気図駅売読価変実応労働込帰戻観覧権楽歳戦試団帯単悪桜検経済続総絵両歩県徳択沢浜辺広"
    "転軽鉄関験黒々払竜弐"
)
"""Frequent characters of one way of writing only: simplified Chinese, traditional Chinese, both
traditional Chinese and Japanese, Japanese."""
