"""The words with which people ask for a language, beside its name. Data only.

Each string has the words of one language, or of some that share them; case, accents and
spellings that people write for each other are folded away when they are read.
"""

from __future__ import annotations

VERBS = (
    "batao bataiye bolo बताओ बताइए बताइये बोलो बोलिए சொல்லுங்கள் சொல்லு చెప్పండి చెప్పు",
    "svare contestarme contestarnos تجاوبني تجاوبيني جاوبني",
    "answer reply respond write answering replying",
    "antworte antworten antwortest schreib schreibe schreiben",
    "responde respóndeme responder contesta contéstame contestar escribe escríbeme escribir",
    "réponds répondez répondre écris écrivez écrire",
    "rispondi rispondimi rispondere scrivi scrivimi scrivere",
    "responda escreve escreva escrever",
    "antwoord antwoorden schrijf schrijven",
    "odpowiadaj odpowiedz odpowiadać odpowiedzieć pisz pisać",
    "odpověz odpovídej odpovědět odpovídejte piš psát odpovedz odpovedaj odpovedať píš",
    "отвечай отвечайте отвечать ответь ответьте ответить пиши пишите писать",
    "відповідай відповідайте відповідати відповісти пиши пишіть писати",
    "одговори одговарај пиши odgovori odgovaraj odgovarajte piši pišite odgovarjaj отговори",
    "cevap cevapla yanıtla yaz yazın yanıt cavab",
    "válaszolj válaszoljon válaszol írj",
    "vastaa vastatkaa kirjoita vasta kirjuta",
    "svara skriv svar skriva",
    "răspunde răspundeți scrie",
    "απάντησε απάντα απαντήστε γράψε",
    "जवाब उत्तर लिखो jawab likho",
    "جواب لکھو بنویس",
    "أجب اجب اكتب رد جاوب",
    "ענה תענה תעני כתוב תכתוב",
    "উত্তর লেখো লিখুন জবাব",
    "பதில்",
    "జవాబు",
    "jawab jawablah balas tulis",
    "trả lời viết",
    "jibu andika sumagot",
    "대답해 대답해줘 대답해주세요 답해 답해줘 답해주세요 답변해 답변해줘 답변해주세요 써줘 "
    "써주세요",
    "kotaete kudasai",
)
"""To answer, in forms of a request: what follows them is about this talk."""

FRAMES = (
    "version puhu puhua nói μιλήσεις μιλάς μιλήστε можно можна можешь можете можеш ممكن אפשר",
    "bisa możesz mag mówić red po keeles sprache deutscher",
    "in speak speaking talk use using switch change continue only prefer want",
    "auf sprich spreche sprechen sprichst sprecht rede reden wechsle nur",
    "en habla hablas hablar háblame hablo hablemos hablan usa cambia prefiero quiero solo sólo",
    "parle parles parlez parler parlons passe passez seulement",
    "parla parli parlare parlami parlo parliamo solo",
    "em fala falas fale falar falo fala-me só prefiro quero",
    "het spreek spreekt praat praten spreken alleen",
    "po w mów mówić mówisz mówię mówmy rozmawiajmy tylko",
    "v mluv mluvit mluvíš mluvte mluvím hovor hovoriť hovoríš",
    "на по говори говорите говорить говоришь говорю давай давайте перейдём только",
    "говоріть говорити говориш розмовляй розмовляти розмовляєш давай тільки",
    "na govori govorite govoriti govoriš pričaj govorim",
    "konuş konuşur konuşun konuşalım konuşabilir konuşuyor danış danışın",
    "beszélj beszél beszéljen beszélsz",
    "puhu puhua puhutko puhutaan räägi keeles",
    "på prata tala talar pratar snak taler snakk snakker",
    "în vorbește vorbiți vorbi vorbești",
    "στα στην μίλα μίλησε μιλάς μιλάτε",
    "में mein me bolo bol बोलो बोलिए बोल बात",
    "میں بولو بات",
    "به صحبت حرف",
    "تكلم تكلمي تحدث احكي تتكلم تتحدث باللغة بلغة باللهجة",
    "דבר דברי תדבר תדברי מדבר בשפה",
    "বলো বলুন কথা",
    "பேசு பேசுங்கள்",
    "మాట్లాడు మాట్లాడండి",
    "बोला बोल",
    "dalam pakai pake gunakan guna bicara berbicara cakap",
    "bằng nói",
    "kwa ongea sa",
    "말해 말해줘 말해주세요 해줘 해주세요 이야기해 이야기해줘 말씀해주세요 말할 할 부탁해요 부탁해",
    "de hanashite yong shuo",
    "né ở",
)
"""What stands before or behind the name of a language that is asked for."""

POLITE = (
    "dong nhé đi kiitos palun mesedez prašau prašom lūdzu pf plis молим molim plau prosim",
    "please pls plz plss kindly",
    "bitte",
    "por favor porfa porfavor xfa",
    "svp stp plaît plait",
    "prego favore cortesia",
    "alsjeblieft aub graag",
    "proszę prosze",
    "prosím prosim",
    "пожалуйста плиз пж",
    "ласка",
    "molim моля молим",
    "lütfen zəhmət olmasa",
    "kérlek kérem",
    "kiitos palun",
    "tack takk tak",
    "rog",
    "παρακαλώ",
    "कृपया please प्लीज़ plz",
    "براہ مہربانی پلیز",
    "لطفا لطفاً",
    "سمحت فضلك رجاء",
    "בבקשה",
    "দয়া অনুগ্রহ",
    "தயவு தயவுசெய்து",
    "దయచేసి",
    "tolong mohon",
    "vui lòng làm ơn",
    "tafadhali pakiusap",
    "제발 부탁합니다 부탁드려요",
    "onegaishimasu kudasai qing",
    "instead rather stattdessen lieber",
)
"""What a request may have around it and what says nothing: greetings, can you, to me."""

GLUE = (
    "nice would be like czy ka si us kan du mit mir baat kar sakte sakta bol na bhai kya aap",
    "क्या आप बात कर सकते सकती हैं हो να μπορείς",
    "can could would will you u your ya i we us me my the a let lets s to with that it say "
    "again repeat do from now on for this hi hello hey thanks thank ok okay yes sorry "
    "language answers all and but so d ll m able possible just bro mate bot want",
    "kannst könntest können könnten würdest du sie mir mich ich wir uns hallo hi danke doch "
    "mal ja aber und ab jetzt weiter mit sprache die der antwort",
    "puedes puede podrías podría podemos me nos hola gracias sí si y el la idioma ahora se "
    "lo a usted tú yo conmigo",
    "peux pouvez pourrais pourriez tu vous moi me nous s il te bonjour salut merci on oui "
    "je est ce que la langue le peut maintenant",
    "puoi può potresti potete per mi ciao grazie sì la lingua l io tu adesso con me",
    "pode podes poderia podia você comigo oi olá obrigado obrigada sim a língua o idioma eu para",
    "kun kunt je jij u mij me wil wilt hallo hoi bedankt dank ja ik we de taal kan",
    "czy możesz może mi ze mną cześć hej dziękuję dzięki tak języku język ty ja",
    "můžeš můžete mi se mnou ahoj díky ano jazyce môžeš môžete so ďakujem áno jazyku",
    "ты вы можешь можете мне со мной привет спасибо да языке язык а и лучше может",
    "ти ви можеш можете мені зі мною привіт дякую так мові мовою мова будь краще",
    "možeš možete mi sa mnom bok hvala da jeziku jezik моқеш можеш ли može lahko",
    "musun misin mısın mu mi bana benimle merhaba selam teşekkürler evet dili dilinde "
    "olarak ver verir verebilir biliyor edin ederim",
    "tudsz tudna velem szia köszönöm igen nyelven kérném is",
    "voitko voisitko minulle hei moi kyllä kielellä kas sa",
    "kan du kunne vil mig mej jag jeg hej hei ja språk språket det vi är",
    "poți puteți puteti cu mine te vă salut mulțumesc da limba",
    "μπορείς μπορείτε μου γεια ευχαριστώ σε ναι γλώσσα να",
    "क्या आप तुम मुझे मुझसे हमें दो दीजिए दें करो करें कीजिए सकते हो हैं है भाई नमस्ते भाषा "
    "kya aap tum mujhe mujhse do dijiye karo kijiye sakte ho hain hai bhai namaste bhasha "
    "baat de",
    "آپ مجھے مجھ سے دو دیں کرو کریں سکتے ہیں کیا السلام علیکم زبان",
    "شما تو من با کن کنید بزن بده بدهید سلام زبان می میتوانی میتونی ممنون",
    "هل يمكنك ممكن تستطيع لو من معي لي علي أن مرحبا السلام عليكم شكرا نعم اللغة معايا ليا",
    "אתה את יכול יכולה לי איתי שלום תודה כן השפה אפשר",
    "আপনি তুমি কি আমাকে দাও দিন করে পারেন হ্যালো ভাষায়",
    "செய்து நீங்கள் எனக்கு சொல் சொல்லுங்கள்",
    "మీరు నాకు చెప్పు చెప్పండి ఇవ్వండి",
    "द्या मला सांगा दे",
    "bisa bisakah boleh kamu anda saya aku dong ya yuk halo hai terima kasih bahasa bolehkah awak",
    "bạn có thể được không cho tôi mình với tiếng nhé chào cảm ơn hãy dùng",
    "unaweza tafadhali mimi na habari asante lugha ya",
    "po mag ka ba puwede pwede ako akin salamat",
    "저한테 나한테 제게 저는 나는 안녕하세요 안녕 네 수 있어요 있나요 있어 줘 주세요 줄래 "
    "줄래요 좀 가능해요 가능한가요 하자 하세요 요",
)
"""What a request may have around it and what says nothing: greetings, can you, to me."""

NEGATIONS = (
    "not no don dont t doesn doesnt cant cannot never without didn isn nicht kein keine nie "
    "sin nunca pas ne sans aucun non senza não nao sem niet geen bez nem nincs не ні нет "
    "без ei inte ikke utan uden nu fără δεν μην न नहीं नही nahi nahin mat نہیں مت نه لا ما "
    "ليس بدون לא בלי না இல்லை కాదు tidak bukan jangan đừng si hapana wala 안 못 말고 말아 "
    "yok değil olmadan unless",
)
"""Who says so wants anything but that language."""

PIECES = (
    "请 請 麻烦 麻煩 拜托 拜託 你 您 可以 可不可以 能 能不能 能否 会 會 用 使用 说 說 讲 講 "
    "以 改 改用 改成 换 換 换成 換成 切换 切換 成 到 为 為 回答 回复 回覆 答复 答覆 交流 "
    "沟通 溝通 聊 聊天 对话 對話 跟我 和我 同我 给我 給我 我 我们 我們 吗 嗎 嘛 吧 呢 啊 好 "
    "好吗 好嗎 谢谢 謝謝 唔該 一下 来 來 想 要 希望 语言 語言 写 寫 用返 倾 傾 讲下",
    "で に は を が して てください 話して 話す 話せます 話せる 答えて 返事 返事して 返信 "
    "返信して 書いて 説明して 説明 言って お願い お願いします お願い致します おねがい "
    "おねがいします 頼みます ください 下さい よろしく よろしくね か ね よ です ます "
    "できますか できます できる いい いいです もらえますか もらえる くれますか くれる くれ "
    "対応 回答 回答して 返答 返答して 切り替えて 変えて 喋って しゃべって 会話 会話して "
    "こんにちは ありがとう 教えて",
    "ขอ ช่วย กรุณา โปรด ตอบ พูด คุย เขียน เป็น ภาษา ใช้ ด้วย หน่อย ได้ไหม ได้มั้ย ไหม มั้ย ครับ ค่ะ คะ "
    "นะ ที ได้ ฉัน ผม กับ เปลี่ยน สวัสดี ขอบคุณ",
)
"""The same for what is written without spaces."""
