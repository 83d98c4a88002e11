"""Words that are no subject of a question, by language: little data, written for tifo.

`COMMON` is left out of every search, so that "what is the capital of France" is a question
about a capital and not about "what is the". For languages written without spaces it holds
pieces that are cut out of the text. `WHEN` makes a question one about the programme.
`GREETINGS` get the greeting back. Other languages lack nothing but precision.
"""

from __future__ import annotations

COMMON: dict[str, str] = {
    "en": "a about all also am an and any are as at be been but by can could did do does "
    "doing for from get give go going got had has have he her here hers him his how i "
    "if in into is it its just know let like may me more most much many must my near "
    "need no not now of off on one only or our out over please s say she should so "
    "some still t take tell than thank thanks that the their them then there these "
    "they this those to too under up us very want was way we were what when where "
    "which while who whom whose why will with without would yes you your ll ve re m d "
    "okay ok hi hello hey bring use there's exactly possible allowed",
    "es": "a al algo alguna alguno algún ante antes así aunque como cómo con cual cuál "
    "cuales cuáles cualquier cuando cuándo cuanto cuánto cuanta cuánta cuántos cuántas "
    "de del desde donde dónde dos e el él ella ellos en entre era es esa ese eso esta "
    "está estan están estar este esto estos estas fue ha haber hace hacer hacia hago "
    "hasta hay la las le les lo los más me mi mis mucho muy necesito ni no nos o os "
    "otra otro para pero poco poder puede pueden puedo podemos por porque pues que qué "
    "quien quién quiero quisiera saber se sea según ser si sí sin sobre son soy su sus "
    "tal también tampoco te tener tengo tiene tienen hola gracias todo toda todos "
    "todas tu tus tú un una uno unos va vamos voy y ya yo usted favor dime llevar",
    "fr": "a à ai ainsi alors après as au aucun aussi autre aux avait avant avec avez avoir "
    "bien c ça car ce cela ces cet cette ceux chez ci combien comme comment d dans de "
    "des devant dois doit donc du elle elles en encore entre es est et été être eu "
    "fait faire faut font il ils j je jusqu l la là le les leur leurs lors lui m ma "
    "mais me même mes moi mon n ne ni non nos notre nous on ont ou où par pas pendant "
    "peu peut peuvent peux plus pour pourquoi pouvez puis puis-je qu quand que quel "
    "quelle quelles quels qui quoi s sa sans se sera ses si son sont sous sur t ta te "
    "tes toi ton tous tout toute très trop tu un une va vais veux vers voudrais vos "
    "votre vous y bonjour salut merci svp plaît moment dites apporter",
    "de": "ab aber alle allem allen aller alles als also am an auch auf aus bei beim bin bis "
    "bitte da dabei damit dann darf das dass dein deine dem den denn der des dich die "
    "dies diese diesem diesen dieser dir doch dort du durch ein eine einem einen einer "
    "eines er es etwas euch euer für gab ganz geben gegen geht gibt hab habe haben hat "
    "hatte hier ich ihm ihn ihr ihre im in ins ist ja jede jeder jetzt kann kannst "
    "kein keine können könnte man mein meine meinem meinen meiner mich mir mit möchte "
    "muss müssen nach nein nicht nichts noch nun nur ob oder ohne sagen schon sehr "
    "sein seine sich sie sind so sollte soll über um und uns unser unter viel viele "
    "vom von vor wann war warum was weil welche welchem welchen welcher welches wenn "
    "wer werde werden wie wieder will wir wird wissen wo woher wohin wollen wäre würde "
    "zu zum zur hallo danke mal nehmen mitnehmen mitbringen",
    "it": "a ad agli ai al alla alle allo anche ancora avere avete c che chi ci ciò come con "
    "cosa così cui da dai dal dalla dalle degli dei del dell della delle dello deve "
    "devo di dire dov dove due e è ed era essere fa fanno fare fino fra gli già ha hai "
    "hanno ho i il in io l la le lei li lo loro lui ma mai me mi mia mie miei mio "
    "molto ne nei nel nell nella nelle nello no noi non nostro o ogni per perché però "
    "più poi posso possiamo possono può prima qual quale quali quando quanta quante "
    "quanti quanto quel quella quello quelli questa queste questi questo qui quindi "
    "sapere se sei senza si sì sia siamo solo sono sta stai su sua sue sugli sul sulla "
    "sulle suo suoi te ti tra tu tua tuo tutta tutte tutti tutto un una uno va vado vi "
    "voglio vorrei ciao grazie favore portare",
    "pt": "a à ainda ao aos as às até cada com como da daqui das de dela dele depois desde "
    "deve devo do dos é e ela elas ele eles em entre era essa esse esta está estão "
    "estar este estou eu faço fazer fica foi há isso isto já lá lhe mais mas me mesmo "
    "meu meus minha minhas muito na nas nem no nos nós nossa nosso num numa o os onde "
    "ou outra outro para pela pelas pelo pelos pode podem poder podemos por porque "
    "posso pra qual quais qualquer quando quanta quanto quantos quantas que quê quem "
    "quero queria saber são se sem ser será seu seus sim só sobre sou sua suas também "
    "te tem têm temos tenho ter toda todas todo todos tu um uma umas uns vai vamos "
    "você vocês vou oi olá obrigado obrigada favor levar",
    "nl": "aan al alle alles als ben bij daar dan dat de deze die dit doe doen door dus een "
    "en er ga gaan gaat geen haar had heb hebben heeft hem het hier hij hoe hoeveel "
    "hun ik in is ja je jij jou jouw jullie kan kun kunnen maar mag me mee meer met "
    "mij mijn moet moeten mogen na naar nee niet niets nog nu of om onder ons onze ook "
    "op over te tegen toch toe tot u uit uw van veel voor waar waarom wanneer was wat "
    "we weer weet wel welk welke wie wij wil willen word worden wordt zal ze zeer zich "
    "zij zijn zo zonder zou zullen hallo hoi bedankt alstublieft graag nemen meenemen "
    "brengen",
    "pl": "a albo ale ani aż bardzo bez bo by być był była było chcę chce chciałbym "
    "chciałabym ci co coś czy czym dla dlaczego do gdy gdzie go i ich ile im innych ja "
    "jak jaka jaki jakie jakiś jako jakich je jego jej jest jestem jeszcze jeśli już "
    "kiedy kto które który która którego ktoś lub ma macie mam mamy mają mi mieć mną "
    "mnie mogę moja moje mój można może możemy musi muszę my na nad nam nas nasz nic "
    "nie nim niż no o od on ona one oni oraz po pod ponieważ potrzebuję powiedz proszę "
    "przed przez przy są się skąd swoje ta tak także tam te tego tej ten to tobie "
    "trzeba tu tutaj twój ty tych tylko tym u w we więc wszystko wszystkie wy z za "
    "zawsze ze że żeby cześć dziękuję dzięki dzień dobry zabrać wziąć",
    "ru": "а без более бы был была было быть в вам вас ваш весь во вот все всё вы где да "
    "даже для до его ее её если есть еще ещё ж же за здесь здравствуйте и из или им их "
    "к как какая какие какой каком какую ко когда кого кто куда ли лучше меня мне "
    "много могу могут может можно мой моя мои мою моего мы на надо нам нас наш не него "
    "нее нет ни нибудь но ну нужен нужна нужно о об один он она они оно от очень по "
    "под пожалуйста подскажите после потому почему при про привет с сам со свой себя "
    "сейчас скажите сколько спасибо так также такой там тебя то тоже только тот ты у "
    "уже хочу хотел хотела чем через что чтобы чье чья эта эти это этот я брать взять "
    "принести проходит находится",
    "uk": "а або але без би більш бо був була було бути в вам вас ваш ви від він вона вони "
    "воно все всі все-таки да де для до дуже його її їх є ж за з зі із і й коли кого "
    "кому кілька куди ласка лише мене мені ми мій моя моє мої мою може можна можу "
    "можете на навіть над нам нас наш не нема немає ні ніж ну о об один от ось під "
    "після по про при привіт прошу скажіть скільки собою такий там та так також те ти "
    "тільки то тобі той тому треба тут у хочу хто це цей ця ці чи чим через чому що "
    "щоб щось я як яка яке який які якому якій якщо дякую добрий день взяти брати "
    "потрібно потрібен знаходиться",
    "tr": "acaba ama az bana bazı ben beni benim bir biraz biri biz bize bizim bu buna bunu "
    "burada çok da daha de değil diye dolayı en gibi göre hangi hem hep her hiç için "
    "ile ise istiyorum kaç kadar kendi ki kim kime lütfen mı mi mu mü mıyım miyim "
    "muyum müyüm mıyız miyiz musunuz misiniz nasıl ne neden nedir nere nerede nereden "
    "nereye neresi niye o olan olarak olur olabilir onlar onu onun orada sana sen "
    "senin siz sizin şey şu tüm var varmı ve veya ya yani yapabilir yapılır yok zaman "
    "merhaba selam teşekkürler kaçta edebilir alabilir",
    "hi": "अपना अपनी अपने आप आपका इस इसके उस एक एवं ऐसे और कब कर करना करने करें करूँ कहाँ "
    "कहां का कि किस किसी की कितना कितनी कितने कुछ के कैसे को कोई कौन क्या क्यों गया जब "
    "जहाँ जा जाता जाती जाते जाना जो तक तो था थी थे दिया दे दो न नहीं ना नमस्ते धन्यवाद "
    "ने पर पास फिर बारे बहुत भी मत मुझे में मेरा मेरी मेरे मैं यदि यह यहाँ या ये रहा "
    "रही रहे लिए ले लेकर वह वहाँ वाला वाली वाले वे सकता सकती सकते सब सभी साथ से हम "
    "हमारे ही हुआ हुई हुए हूँ हूं है हैं हो होगा होगी होता होती होते होना मिल मिलता "
    "मिलती मिलेगा मिलेगी बताइए कृपया",
    "ar": "أ إذا أريد أستطيع إلى الى التي الذي أم أن إن أنا أنت انا أو أي أين اين أية بعد "
    "بكم بين تكون تم ثم حتى حول خلال ذلك شكرا على عن عند عندما غير في فى فقط قبل قد "
    "كان كانت كل كم كيف لا لدي لدى لقد لكن لم لماذا لن له لها لهم لو لي ليس ما ماذا "
    "مازال متى مثل مرحبا مع معي من منذ هذا هذه هل هم هنا هناك هو هي و وهل يا يكون يمكن "
    "يمكنني يوجد توجد السلام عليكم فضلك يجب كنت وأين ومتى وكيف",
    "ko": "있나요 있어요 있습니까 있을까요 없나요 되나요 돼요 됩니까 될까요 인가요 하나요 "
    "해요 합니까 할까요 수 것 그 이 저 좀 더 잘 안 못 제 내 나 저는 나는 우리 어디 "
    "어디서 어디에서 어디에 어디인가요 어디예요 언제 몇 시에 무엇 무엇을 뭐 뭘 어떤 "
    "어떻게 왜 누구 누가 얼마 얼마나 얼마예요 얼마인가요 및 또는 그리고 하지만 안녕 "
    "안녕하세요 감사합니다 알려주세요 가능한가요 가능해요 하면 해야 제가 저도 있는 "
    "하는 가져가도",
    "ja": "ですか ますか ました でした です ます ください 下さい どこ いつ 何時 何 なに なん "
    "どう どの どれ どんな いくら なぜ だれ 誰 ありますか あります いますか できますか "
    "できます できる いい 教えて こと もの これ それ あれ から まで について は が を "
    "に で と も の か へ や ね よ な 私 ありがとう こんにちは 場合 必要 可能",
    "zh": "什么 甚麼 怎么 怎麼 怎样 如何 哪里 哪裡 哪儿 哪个 哪些 在哪 几点 多少 多久 "
    "什么时候 为什么 是否 可以 能否 能不能 可不可以 有没有 是不是 请问 一下 吗 呢 吧 "
    "啊 了 的 地 得 我 你 您 他 她 它 们 是 有 在 和 与 或 也 都 就 要 会 能 想 把 被 "
    "给 让 从 到 对 这 那 哪 个 不 没 很 还 再 谢谢 你好 您好 告诉 知道 需要 怎 里 "
    "时候",
    "th": "ครับ ค่ะ คะ ไหม ที่ไหน เมื่อไหร่ อะไร อย่างไร ยังไง เท่าไหร่ ได้ไหม ผม ฉัน เรา "
    "คุณ ที่ และ หรือ เป็น อยู่ มี ได้ จะ ของ ใน กับ ให้ ไม่ ก็ แล้ว สวัสดี ขอบคุณ",
}

WHEN: dict[str, str] = {
    "en": "when|what time|at what time|which day|what day|start time|starts|start|begin|begins|"
    "play|plays|playing|next",
    "es": "cuándo|qué hora|a qué hora|qué día|empieza|comienza|juega|juegan|próximo|próxima",
    "fr": "quand|quelle heure|à quelle heure|quel jour|commence|joue|jouent|prochain|prochaine",
    "de": "wann|um wie viel uhr|wie viel uhr|welcher tag|beginnt|spielt|spielen|nächste|nächstes",
    "it": "quando|che ora|a che ora|che giorno|inizia|comincia|gioca|giocano|prossima|prossimo",
    "pt": "quando|que horas|a que horas|que dia|começa|joga|jogam|próximo|próxima",
    "nl": "wanneer|hoe laat|welke dag|begint|speelt|spelen|volgende",
    "pl": "kiedy|o której|której godzinie|jaki dzień|zaczyna|gra|grają|następny|następna",
    "ru": "когда|во сколько|в какое время|в какой день|начало|начинается|играет|играют|следующий",
    "uk": "коли|о котрій|в який день|початок|починається|грає|грають|наступний",
    "tr": "ne zaman|saat kaçta|hangi gün|başlıyor|başlar|oynuyor|oynayacak|sıradaki",
    "hi": "कब|कितने बजे|किस दिन|किस समय|शुरू|खेलेगा|खेलेगी|अगला",
    "ar": "متى|أي ساعة|في أي ساعة|كم الساعة|أي يوم|تبدأ|يبدأ|تلعب|يلعب|القادمة",
    "ja": "いつ|何時|何日|何曜日|始ま|開始|次の",
    "zh": "什么时候|何时|几点|几号|哪天|开始|下一场",
    "ko": "언제|몇 시|몇시|며칠|시작|다음",
    "th": "เมื่อไหร่|กี่โมง|วันไหน|เริ่ม",
}
"""Words and phrases, between bars."""

PROGRAMME: dict[str, str] = {
    "en": "what's on|whats on|what is on|programme|program|schedule|timetable|events|event|"
    "competitions|competition|sports|games|matches|match|game|see|watch|happening",
    "es": "programa|programación|eventos|evento|competiciones|pruebas|deportes|partidos|partido|"
    "juegos|hay|ver",
    "fr": "programme|événements|événement|compétitions|épreuves|sports|matchs|match|voir",
    "de": "programm|veranstaltungen|wettkämpfe|wettbewerbe|sportarten|spiele|spiel|läuft|sehen|los",
    "it": "programma|eventi|evento|gare|sport|partite|partita|vedere",
    "pt": "programa|programação|eventos|evento|competições|provas|esportes|jogos|jogo|ver",
    "nl": "programma|evenementen|wedstrijden|wedstrijd|sporten|zien|kijken",
    "pl": "program|programie|wydarzenia|zawody|konkurencje|mecze|mecz|obejrzeć|zobaczyć",
    "ru": "программа|программе|расписание|события|соревнования|матчи|матч|посмотреть|идёт",
    "uk": "програма|програмі|розклад|події|змагання|матчі|матч|подивитися",
    "tr": "program|programı|programda|etkinlik|etkinlikler|yarışma|yarışmalar|maçlar|maç|maçı|"
    "izlemek",
    "hi": "कार्यक्रम|प्रतियोगिता|प्रतियोगिताएँ|मैच|खेल|देखना",
    "ar": "برنامج|البرنامج|فعاليات|منافسات|مباريات|مباراة|المباراة|مشاهدة",
    "ja": "プログラム|日程|予定|競技|試合|イベント|見られ|観られ",
    "zh": "赛程|日程|节目|比赛|项目|活动|看",
    "ko": "프로그램|일정|경기|시합|행사|볼 수",
    "th": "โปรแกรม|กำหนดการ|การแข่งขัน|ดู",
}
"""Words and phrases for the programme as a whole, between bars."""

GREETINGS = (
    "hi hello hey heya hiya yo howdy greetings good morning afternoon evening day there start "
    "hola buenas buenos días tardes noches qué tal bonjour bonsoir salut coucou hallo guten "
    "morgen tag abend servus moin grüezi grüß gott ciao buongiorno buonasera salve olá oi bom dia "
    "boa tarde noite hoi goedemorgen goedemiddag goedendag goedenavond dag cześć hej siema dzień "
    "dobry wieczór witam witaj привет здравствуйте здравствуй добрый день вечер доброе утро "
    "привіт вітаю добрий ранок вечір добрий доброго дня добридень merhaba selam selamlar günaydın "
    "iyi günler akşamlar नमस्ते नमस्कार مرحبا مرحباً أهلا أهلاً السلام عليكم سلام صباح الخير مساء "
    "hei hola guten tak namaste salam konnichiwa こんにちは こんばんは おはよう おはようございます "
    "你好 您好 早上好 晚上好 大家好 안녕 안녕하세요 안녕하십니까 สวัสดี สวัสดีครับ สวัสดีค่ะ"
)
"""A message of nothing but these, in any language, is a greeting."""
