"""What machines write: subjects, names, first sentences, in the languages they write them in. Tables; `automated`
weighs them. Each is linear in the text."""

import re


def _any(*alternatives: str, start: bool = False) -> re.Pattern[str]:
    return re.compile((r"^\W{0,8}" if start else "") + "(?:" + "|".join(alternatives) + ")", re.IGNORECASE)


MAIL_SERVERS = re.compile(
    r"^(?:mailer-?daemon|mail-?daemon|daemon|postmaster|bounces?|mdaemon|postoffice|mail[._-]?delivery\w*|mailsystem|"
    r"microsoftexchange[0-9a-f]{16,40}|mail-?administrator|mailadmin|ndr|dsn|double-bounce)(?:[.+=_-][^@]*)?@",
    re.IGNORECASE,
)
MAIL_SERVER_NAMES = _any(
    r"mail delivery (?:sub)?system", r"mail(?:er)?[ -]?daemon", r"internet mail delivery", r"mail administrator",
    r"system administrator", r"postmaster", r"mail ?server", r"mail delivery", r"delivery (?:service|subsystem)",
    r"podsystem dostarczania", r"system pocztowy", start=True,
)  # fmt: skip
MAIL_GATEWAYS = re.compile(
    r"^\W?(?:system administrator\W{0,2}|[^@]{0,40}(?:smtp|antivirus|mail[._-]?service)[^@]{0,40})@", re.IGNORECASE
)
"""Addresses that mail servers use among others: they need the words too."""
NO_REPLY = re.compile(
    r"^(?:[^@]{0,40}[._+-])?(?:no-?_?\.?reply|do-?_?\.?not-?_?\.?reply|donotrespond|nie-?odpowiadaj|brak-?odpowiedzi|"
    r"auto-?(?:mailer|reply|respond\w*|confirm\w*|notif\w*)|autoresponder|vacation|notifications?|powiadomienia|"
    r"cron|nobody)"
    r"(?:[._+-][^@]*)?@",
    re.IGNORECASE,
)
ANSWERED = re.compile(
    r"^\s*(?:re|odp|aw|sv|antw|rif|res|vs|ynt|fwd?|fw|pd|wg|tr|rv|enc|i|doorst|vb)\s?(?:\[\d+\])?:", re.I
)
FORWARDED = re.compile(r"^\s*(?:fwd?|fw|pd|wg|tr|rv|enc|i|doorst|vb)\s?(?:\[\d+\])?:", re.I)

AUTO_REPLY_NAMES = (
    r"automatic(?:ally generated)? (?:reply|response|answer)",
    r"auto(?:mated)?[- _]?(?:matic )?(?:reply|response|responder|respond|answer)\w*",
    r"out[ -]of[ -](?:the[ -])?office(?: auto ?reply| reply| message| notification|: | -|)", r"ooo(?: reply)?",
    r"vacation (?:reply|message|notice|autoreply)", r"(?:away|absence) (?:message|notice|notification)",
    r"auto(?=: ?(?:(?:re|odp|aw|sv|antw)\b|[^:\n]{1,80} is out of the office\b))",
    r"odpowied[zź] automatyczna", r"automatyczna odpowied[zź]", r"auto[- ]?odpowied[zź]", r"autoresponder",
    r"nieobecno[sś][cć](?: w (?:biurze|pracy))?", r"poza biurem", r"urlop",
    r"automatische (?:antwort|e-?mail-?antwort|beantwoording|reactie)",
    r"abwesenheits(?:notiz|nachricht|meldung|assistent\w*)", r"abwesenheit", r"automatisch antwoord",
    r"afwezig(?:heid)?(?:sbericht)?", r"nicht im (?:büro|haus)", r"r[ée]ponse (?:automatique|d'absence)",
    r"message d'absence", r"absence du bureau", r"absent(?:e)? du bureau", r"risposta automatica",
    r"fuori (?:sede|ufficio)", r"respuesta autom[áa]tica", r"fuera de (?:la )?oficina", r"resposta autom[áa]tica",
    r"fora do escrit[óo]rio", r"automatisk[at]? (?:svar|odpov\w*)", r"autosvar", r"fr[åa]nvaro(?:meddelande)?",
    r"frav[æe]r\w*", r"ej på kontoret", r"automaattinen vastaus", r"poissa\w*", r"automatick[áa] odpov[eě][dď]",
    r"mimo kancel[áa][rř]", r"automatikus v[áa]lasz", r"h[áa]zon k[íi]v[üu]l", r"r[ăa]spuns automat",
    r"автоматический ответ", r"автоответ\w*", r"вне офиса", r"нет на месте", r"автоматична відповідь",
    r"otomatik yan[ıi]t", r"ofis d[ıi][şs][ıi]nda", r"自動(?:応答|返信)\w*", r"自动(?:回复|答复)\w*", r"不在\w*",
    r"자동 ?(?:응답|회신)", r"αυτόματη απάντηση", r"автоматичен отговор",
    r"automatsk[oi] odgovor", r"samodejni odgovor",
    r"automatinis atsak\w*", r"automaatvastus", r"autom[āa]tisk[āa] atbilde", r"رد تلقائي", r"תשובה אוטומטית",
)  # fmt: skip
AUTO_REPLY_SUBJECT = re.compile(
    r"^\W{0,4}(?:(?:re|aw|odp|sv)\s?:\s?)?[\[(<{*]{0,2}(?:"
    + "|".join(AUTO_REPLY_NAMES)
    + r")[\])>}*]{0,2}\s{0,3}(?P<colon>[:：]|\s-\s|[-–—]\s|$)",
    re.IGNORECASE,
)
"""With a colon and what is answered behind it, or (then the words must not speak against it) complete in itself. "Out
of office does not work" is a person's question."""
PEOPLE_ARE_AWAY_TOO = re.compile(
    r"^\W{0,8}(?:(?:re|aw|odp|sv)\s?:\s?)?\W{0,3}(?:urlop|nieobecno|poza biurem|absence|abwesenheit|afwezig|out[ -]of|"
    r"fuori|fuera|fora|nicht im)",
    re.IGNORECASE,
)
"""Names of the thing itself, not of an answer: who asks for something because they will be away begins like this."""
WEAK_SUBJECT = re.compile(
    r"(?:"
    + "|".join(name for name in AUTO_REPLY_NAMES if not name.startswith(r"auto(?="))
    + r"|away from|on (?:vacation|holiday|leave)|na urlopie|im urlaub|en congé|de vacaciones|in ferie)",
    re.IGNORECASE,
)
SAYS_IT_IS_AUTOMATIC = _any(
    r"this is an? (?:automated|automatic|automatically generated|auto[- ]?generated|auto[- ]?reply|"
    r"system[- ]generated)[^.\n]{0,40}(?:reply|response|message|e-?mail|mail|notification|acknowledge?ment|"
    r"answer|confirmation)?",
    r"(?:this|the) (?:message|e-?mail|mail|reply|response)[^.\n]{0,30} (?:is|was|has been) (?:automatically|"
    r"auto-?) ?(?:generated|sent|created|produced)", r"(?:is|was) (?:generated|sent|created) automatically",
    r"automatically[- ]generated (?:message|e-?mail|reply|response)",
    r"auto(?:matic|mated)?[- ]?(?:reply|response|responder)[ :]", r"i am an? (?:auto|robot|bot)",
    r"(?:ta |to jest |niniejsza )?wiadomo[śs][ćc][^.\n]{0,40}(?:wygenerowana|wys[łl]ana|"
    r"utworzona)(?: zosta[łl]a)? automatycznie",
    r"(?:to jest |jest to )?(?:wiadomo[śs][ćc] automatyczna|automatyczna (?:wiadomo[śs][ćc]|odpowied[źz]))",
    r"zosta[łl]\w+ (?:wygenerowan|wys[łl]an)\w+ automatycznie", r"automatycznie (?:wygenerowan|wys[łl]an)\w+",
    r"dies ist eine automatisch\w*", r"diese (?:nachricht|e-?mail|mail) wurde automatisch",
    r"automatisch (?:erstellt|generiert|erzeugt|versendet)\w*",
    r"ceci est (?:un|une) (?:message|r[ée]ponse|courriel|e-?mail) automatique",
    r"message (?:g[ée]n[ée]r[ée]|envoy[ée]) automatiquement",
    r"(?:questo|questa) [èe] (?:un|una) (?:messaggio|risposta|e-?mail) automatic",
    r"este es un (?:mensaje|correo)[^.\n]{0,30}autom[áa]tic", r"esta es una respuesta autom",
    r"esta [ée] uma (?:mensagem|resposta) autom", r"dit is een automatisch", r"detta är ett automatiskt",
    r"toto je automatick", r"это автоматическ", r"автоматически сформировано", r"自動(?:返信|送信|応答)", r"自动回复",
)  # fmt: skip
PLEASE_DO_NOT_REPLY = _any(
    r"(?:please )?(?:do not|don'?t) (?:reply|respond) (?:directly )?to this",
    r"replies to this (?:message|e-?mail|mailbox|address) (?:are|will)",
    r"prosimy (?:na ni[ąa] )?nie odpowiada[ćc]", r"prosz[ęe] (?:na ni[ąa] )?nie odpowiada[ćc]",
    r"nie odpowiadaj na t[ęeą]", r"bitte (?:antworten sie )?nicht auf diese", r"merci de ne pas r[ée]pondre",
    r"non rispondere a quest", r"no responda a este",
)  # fmt: skip
ABSENCE = _any(
    r"i(?:'m| am| will be|'ll be) (?:currently |now |presently |still )?(?:away|out of (?:the )?office|"
    r"on (?:annual |maternity |sick |parental |paternity |holiday |a )?(?:leave|holiday|vacation|business trip)|"
    r"on vacation|out of town|travell?ing|not in the office|unavailable|absent)",
    r"(?:currently|now|today) (?:away|out of (?:the )?office|on (?:leave|holiday|vacation))",
    r"(?:away|out) from (?:my |the )?(?:desk|office|e-?mail)",
    r"out of (?:the )?office (?:from|until|till|between|on|today|this)", r"no longer (?:work|employed|with)",
    r"have left the company",
    r"(?:jestem|przebywam|b[ęe]d[ęe]) (?:obecnie |aktualnie |teraz )?(?:na (?:urlopie|zwolnieniu|delegacji|"
    r"szkoleniu)|nieobecn|poza biurem|niedost[ęe]pn)", r"nie ma mnie w (?:biurze|pracy)", r"przebywam na",
    r"w (?:okresie|dniach|terminie)[^.\n]{0,60}(?:nieobecn|urlop|b[ęe]d[ęe] niedost)",
    r"(?:pan|pani) \w{2,20} nie pracuje", r"ju[żz] nie pracuj",
    r"ich bin (?:derzeit |zur zeit |momentan |im moment |aktuell |bis |vom |ab |"
    r"am )?[^\n]{0,60}(?:nicht (?:im (?:büro|haus)|erreichbar|am platz|anwesend)|im urlaub|abwesend|außer haus|"
    r"unterwegs)", r"bin ich[^.\n]{0,40}(?:nicht erreichbar|wieder erreichbar|abwesend)",
    r"je suis (?:actuellement )?(?:absent|en cong|en d[ée]placement|en vacances)",
    r"sono (?:attualmente )?(?:fuori|assente|in ferie)", r"estoy (?:fuera|ausente|de vacaciones)",
    r"estar[ée] (?:fuera|ausente)", r"estou (?:ausente|fora|de f[ée]rias)",
    r"ik ben (?:momenteel )?(?:afwezig|niet (?:aanwezig|op kantoor)|met vakantie|op vakantie)",
    r"jag [äa]r (?:inte p[åa] kontoret|ledig|bortrest|p[åa] semester)",
    r"jeg er (?:ikke p[åa] kontoret|p[åa] ferie|bortreist)", r"olen (?:lomalla|poissa)",
    r"jsem (?:mimo|na dovolen)", r"я (?:в отпуске|нахожусь в отпуске|отсутствую)", r"休暇", r"不在",
)  # fmt: skip
LATER = _any(
    r"(?:will|shall|'ll|can) (?:reply|respond|answer|read|get back|be back|return|check|contact you|deal with)",
    r"(?:back|return(?:ing)?) (?:in the office |to the office |to work )?(?:on|in|at|by|from) ",
    r"(?:limited|no|little|intermittent|sporadic) (?:or no )?access to (?:my )?(?:e-?mail|mail|phone|internet)",
    r"upon my return", r"when i (?:return|get back|am back)", r"as soon as (?:possible|i)", r"odpowiem",
    r"odpisz[ęe]", r"skontaktuj[ęe] si[ęe]", r"po (?:moim )?powrocie", r"wracam", r"b[ęe]d[ęe] z powrotem",
    r"(?:ograniczony|brak|bez) dost[ęe]pu do (?:poczty|maila|e-?mail)", r"wr[óo]c[ęe]", r"nach meiner r[üu]ckkehr",
    r"werde (?:ich )?(?:ihre|deine|mich)", r"wieder (?:erreichbar|im büro|da|für sie)", r"[àa] mon retour",
    r"de retour", r"al mio r(?:ientro|itorno)", r"a mi (?:regreso|vuelta)", r"na mijn terugkeer", r"terug op",
    r"tillbaka", r"tilbake", r"вернусь",
)  # fmt: skip
SOMEBODY_ELSE = _any(
    r"(?:urgent|emergency|immediate|pressing)\w*[^.\n]{0,60}(?:contact|call|write|mail|reach|assistance|ring)",
    r"(?:please |kindly )?(?:contact|call|e-?mail|write to|direct)[^.\n]{0,60}(?:instead|in my absence|"
    r"during my absence|for (?:urgent|assistance)|if (?:it'?s |it is )?urgent)", r"in my absence",
    r"will not be (?:read|forwarded)", r"e-?mail[^.\n]{0,30}not (?:be )?forwarded",
    r"w (?:sprawach |kwestiach |razie )?(?:piln|nag[łl])\w+", r"podczas mojej nieobecno",
    r"w (?:trakcie|czasie) (?:mojej )?nieobecno", r"prosz[ęe] (?:o kontakt|kontaktowa[ćc])", r"zast[ęe]puje mnie",
    r"nie b[ęe]d[ąa] przekazywane", r"in dringenden f[äa]llen", r"meine vertretung", r"vertritt mich",
    r"wird nicht weitergeleitet", r"en cas d'urgence", r"per urgenze", r"para (?:asuntos )?urgente",
    r"en caso de urgencia", r"bij dringende", r"vid br[åa]dskande",
)  # fmt: skip
THANKS = _any(
    r"thank(?:s| you)(?: very much)? for (?:your|the|contacting|writing|getting|reaching|sending|e-?mail)",
    r"your (?:e-?mail|message|mail|request|enquiry|inquiry)[^.\n]{0,60}(?:has been |was |have |is )?(?:received|"
    r"logged|forwarded)", r"we(?:'ve| have)? received your", r"i(?:'ve| have)? received your",
    r"dzi[ęe]kuj\w+ (?:bardzo )?za (?:wiadomo|kontakt|zg[łl]oszenie|e-?mail|mail|przes[łl]an|informacj|kontaktow)",
    r"potwierdzam\w* (?:otrzymanie|przyj[ęe]cie)",
    r"(?:twoje|pa[ńn]stwa|pana|pani) (?:zg[łl]oszenie|wiadomo\w+|zapytanie)[^.\n]{0,60}(?:zosta[łl]|przyj|"
    r"zarejestr|otrzym)", r"vielen dank f[üu]r ihre", r"danke f[üu]r (?:ihre|deine)", r"wir haben ihre",
    r"merci (?:pour|de) votre", r"nous avons bien re[çc]u", r"grazie per (?:la sua|averci)",
    r"gracias por (?:su|contactar)", r"hemos recibido su", r"obrigado pel", r"bedankt voor uw", r"tack f[öo]r",
    r"takk for", r"d[ěe]kujeme za", r"спасибо за",
)  # fmt: skip
RECEIVED = _any(
    r"(?:we|i)(?:'ve| have)? (?:successfully )?received your (?:e-?mail|message|mail|request|enquiry|inquiry|"
    r"query|ticket|support|submission)",
    r"your (?:e-?mail|message|mail|request|enquiry|inquiry|query|ticket|case|submission|"
    r"support request)[^.\n]{0,80}(?:has been|was|is) (?:successfully )?(?:received|logged|registered|created|"
    r"opened|assigned|submitted|recorded|forwarded)",
    r"(?:a |new )?(?:support )?(?:ticket|case|request)[^.\n]{0,60}has been (?:created|opened|logged|assigned)",
    r"(?:twoje|pa[ńn]stwa|pana|pani|nowe)? ?(?:zg[łl]oszenie|wiadomo[śs][ćc]|zapytanie|"
    r"sprawa)[^.\n]{0,80}(?:zosta[łl][oa]|jest) (?:przyj[ęe]t|zarejestrowan|otrzyman|utworzon|przekazan|zapisan)",
    r"przyj[ęe]li[śs]my (?:twoje |pa[ńn]stwa )?zg[łl]oszenie",
    r"otrzymali[śs]my (?:twoj|pa[ńn]stwa|pana|pani|wiadomo|zg[łl]oszenie)",
    r"ihre (?:anfrage|nachricht|e-?mail|mail)[^.\n]{0,60}(?:ist bei uns eingegangen|erhalten|registriert|"
    r"eingegangen)", r"wir haben ihre (?:anfrage|nachricht|e-?mail)[^.\n]{0,30}erhalten",
    r"nous avons bien re[çc]u votre", r"hemos recibido su", r"abbiamo ricevuto (?:la (?:tua|sua|vostra)|il)",
    r"we hebben uw", r"vi har (?:mottagit|modtaget|mottatt)",
)  # fmt: skip
SOON = _any(
    r"(?:will|shall|'ll) (?:be )?(?:reply|respond|answer|get back|contact|be in touch|reviewed?|processed|"
    r"answered|attend|handle)", r"within (?:the next )?(?:\d+|one|two|three|a) (?:business |working )?(?:hour|day)",
    r"as soon as possible", r"(?:case|ticket|request|reference|tracking) (?:number|id|no\.?|#|is)",
    r"numer(?:em)? (?:zg[łl]oszenia|sprawy|referencyjny)?",
    r"(?:odpowiemy|skontaktujemy|wr[óo]cimy|odezwiemy|rozpatrzymy|zajmiemy)",
    r"(?:wkr[óo]tce|niezw[łl]ocznie|jak najszybciej|w ci[ąa]gu)",
    r"schnellstm[öo]glich|so schnell wie|ticketnummer|vorgangsnummer|bearbeit",
    r"dans les (?:plus brefs|meilleurs)|sous \d+", r"lo antes posible|en breve", r"al pi[ùu] presto", r"zo spoedig",
)  # fmt: skip
TICKET_SUBJECT = re.compile(
    r"[\[(#](?:\w{1,20}[ #:-]{1,3})?#?\d{2,}|\b(?:ticket|case|request|zg[łl]oszenie|sprawa|incident|anfrage|"
    r"vorgang)\b[^\n]{0,20}\d{2,}|(?:request|ticket|message|mail) (?:received|registered|created)|"
    r"potwierdzenie (?:przyj|otrzym|zg[łl]osz)|thank you for (?:contacting|your)|dzi[ęe]kujemy za|"
    r"we (?:have )?received|empfangsbest|eingangsbest|accus[ée] de r",
    re.IGNORECASE,
)
CHALLENGE = _any(
    r"(?:confirm|verify|prove) (?:that )?(?:you (?:are|'re) (?:a )?(?:human|real|not a (?:robot|spammer|"
    r"machine))|your (?:message|e-?mail|mail|address|identity|request)[^.\n]{0,60}(?:deliver|human|real))",
    r"(?:your|the) (?:message|e-?mail|mail)[^.\n]{0,60}(?:is|being|be|has been|was) (?:held|quarantined|"
    r"not be delivered|undelivered|waiting)[^.]{0,160}(?:confirm|verif|click|reply|respond|approve)",
    r"to (?:have|get|ensure|complete) (?:your|the|this)? ?(?:message|e-?mail|mail|"
    r"delivery)[^.\n]{0,60}(?:delivered|click|reply|verif)",
    r"(?:added|add (?:you|yourself)|put you)[^.]{0,60}(?:guest list|allowed (?:senders?|list)|approved senders?|"
    r"white ?list)", r"challenge[/ -]response",
    r"(?:boxbe|spamarrest|spam arrest|bluebottle|tmda|uol anti-?spam|mailblocks|choicemail|vanquish|knowspam|"
    r"sendio)", r"not (?:yet )?(?:on|in) my (?:approved|allowed|guest|white ?list|contact)",
    r"aby (?:dostarczy[ćc]|potwierdzi[ćc])[^.\n]{0,60}wiadomo",
    r"potwierd[źz][^.\n]{0,60}(?:nie jeste[śs] (?:robotem|spamerem)|[żz]e jeste[śs] cz[łl]owiekiem)",
)  # fmt: skip
CHALLENGE_SUBJECT = _any(
    r"(?:please )?(?:verify|confirm) (?:your )?(?:message|e-?mail|mail|to)", r"verification required",
    r"confirmation (?:required|needed)",
    r"(?:sender|message|email) (?:address )?(?:verification|authenti\w+|confirmation)",
    r"your (?:message|mail|e-?mail) (?:to|was|has|is)", r"action (?:required|needed)", r"please confirm",
    r"authorize", r"challenge", r"whitelist", r"wymagane potwierdzenie",
)  # fmt: skip

BOUNCE_SUBJECT = _any(
    r"undeliver(?:able|ed)",
    r"delivery (?:status )?(?:notification|report|failure|failed|delayed|problem|error|unsuccessful|"
    r"final failure|incomplete|has failed|is delayed|failure report)",
    r"(?:mail|message|e-?mail)[ -]?(?:system )?(?:delivery )?(?:error|fail(?:ed|ure|s)?|problem|undeliver\w*|"
    r"not delivered|could not be delivered|status|returned|bounced?|returned to sender|delayed|"
    r"routing error)[^?]{0,80}$", r"returned (?:mail|e-?mail|message)",
    r"(?:failure|non-?delivery|nondeliverable|undeliverable) (?:notice|report|notification|mail|message|receipt)?",
    r"failed (?:mail|delivery|message|to deliver)", r"non[ -]remis",
    r"(?:warning: )?(?:could not send|message|mail|e-?mail)[^?]{0,40}(?:still undelivered|delayed|for past)",
    r"warning: could not send", r"(?:mail|message) (?:for|to) .{1,80} (?:failed|undeliverable|could not)",
    r"nondeliverable", r"notification d'état de remise", r"unzustellbar", r"unzustellbarkeit", r"nicht zustellbar",
    r"zustell(?:ung|bericht)[^?]{0,40}(?:fehl|status|nicht)", r"mail delivery",
    r"(?:your )?message (?:not delivered|could not|cannot|did not reach|status)", r"nie ?dor[ęe]czon",
    r"niedostarcz", r"nie (?:mo[żz]na |uda[łl]o si[ęe] )?(?:dostarcz|dor[ęe]cz)",
    r"nie zosta[łl][ao] (?:dostarczon|dor[ęe]czon)", r"zwrot (?:wiadomo|poczty|e-?mail|listu)",
    r"(?:b[łl][ąa]d|awaria) (?:dostarcz|dor[ęe]cz)\w+",
    r"powiadomienie o (?:stanie|statusie|b[łl][ęe]dzie) (?:dostarcz|dor[ęe]cz)",
    r"wiadomo[śs][ćc] (?:niedostarczon|nie zosta|zwr[óo]con|nie mog)", r"non (?:distribu|recapit|remis)",
    r"impossible de remettre", r"[ée]chec de (?:la )?(?:remise|livraison|distribution)",
    r"mancat[ao] (?:consegna|recapito)", r"impossibile recapitare", r"no se (?:puede|pudo) entregar",
    r"no entregado", r"devuelto", r"n[ãa]o (?:entregue|foi poss)", r"onbestelbaar", r"niet (?:bezorgd|afgeleverd)",
    r"odoslan|nedoru[čc]", r"kézbesíthetetlen", r"(?:недоставлен|не доставлен|не удалось доставить)",
    r"(?:can't|cannot|could not|couldn't|unable to) (?:be )?deliver", r"user unknown",
    r"mailbox (?:full|unavailable)", r"unknown (?:user|recipient|address)",
    r"(?:permanent|fatal) (?:delivery )?(?:error|failure)", r"mdaemon", r"wrong e-?mail address",
    r"bounced? (?:mail|message|e-?mail)", r"rejected (?:mail|message|posting)",
    r"配信(?:不能|エラー)", r"配達(?:不能|エラー)",
    r"退信", r"メール(?:配信|送信)",
    r"virus (?:found|detected|alert)|virenwarnung|mail rejected|message (?:rejected|refused|blocked)|"
    r"(?:your )?mail (?:was )?(?:rejected|blocked|refused)", start=True,
)  # fmt: skip
BOUNCE_WORDS = _any(
    r"this is the (?:mail (?:system|delivery)|qmail|postfix|mail server|e-?mail (?:system|server))",
    r"qmail-send program", r"created automatically by (?:the )?(?:mail|smtp)",
    r"(?:mail|message)s?[^.\n]{0,60}(?:could not|couldn'?t|cannot|can'?t|can not|can ?not|was not|were not|"
    r"wasn'?t|not) be(?:en)? (?:delivered|sent|relayed)",
    r"(?:was|were|is|are|been) (?:un-?deliverable|undelivered|not delivered|returned|bounced)",
    r"(?:wasn'?t|was not|not|un) ?able to deliver", r"did not reach (?:some or all|the|any|one or more)",
    r"could not be (?:reached|delivered|sent)", r"cannot be (?:reached|delivered)",
    r"(?:following|these|this|those|one or more) (?:address|recipient|mailbox|destination|user|person|"
    r"e-?mail)[^.\n]{0,60}(?:fail|fatal|error|permanent|problem|undeliver|could ?n|was not|were not|did not|not)",
    r"(?:permanent|fatal|transient|unrecoverable|non-?fatal) (?:fatal )?(?:delivery )?errors?",
    r"delivery (?:to|of|for)[^.\n]{0,100}(?:fail|delay|not possible|aborted|unsuccess|error)",
    r"delivery (?:has )?(?:fail|status notification|attempt)",
    r"failed (?:permanently|to deliver|recipient|address)", r"undeliverable", r"transcript of (?:the )?session",
    r"(?:returning|returned) (?:the |your |it |this )?(?:mail|message|to sender)", r"message (?:was )?undeliver",
    r"bounce[ds]?\b", r"could not send (?:message|your)", r"final-recipient:", r"diagnostic-code",
    r"user (?:is )?unknown", r"unknown (?:user|recipient|address)", r"5\d\d[ -]5\.\d\.\d",
    r"(?:your|the) (?:message|mail|e-?mail)[^.\n]{0,80}(?:rejected|blocked|refused|not accepted|undeliver|"
    r"delayed|failed|was infected|contain(?:s|ed) (?:a )?virus)",
    r"mailbox (?:is )?(?:full|unavailable)|over quota|does not exist",
    r"error (?:sending|delivering|occurred while)", r"giving up",
    r"unzustellbar|nicht zugestellt|konnte (?:nicht|leider)|zustellung",
    r"nie (?:mog[łl]a|zosta[łl]a|mo[żz]e|mo[żz]na|uda[łl]o)[^.\n]{0,40}(?:dor[ęe]cz|dostarcz|przekaza)",
    r"dostarczenie[^.\n]{0,60}nie (?:powiod|by[łl]o|jest)", r"nie istnieje", r"n'a pas (?:pu|[ée]t[ée])",
    r"no (?:se )?(?:ha |pudo |puede )(?:podido )?(?:ser )?entreg",
    r"non [èe] stato possibile|impossibile (?:recapit|consegn)", r"n[ãa]o (?:p[ôo]de|foi)[^.\n]{0,30}entreg",
    r"niet (?:worden )?(?:bezorgd|afgeleverd)", r"не (?:может быть|было|удалось)[^.\n]{0,30}доставл",
    r"(?:deliver|sent|receive)\w* (?:this|your|the)[^.\n]{0,40}(?:later|again)", r"送信|配信|配達|届け",
)  # fmt: skip
STRONG_BOUNCE_WORDS = _any(
    r"hi\. this is the (?:qmail|mail|deliver|smtp)",
    r"this is the (?:mail system|postfix program|mail delivery agent|qmail)",
    r"i'?m afraid i wasn'?t able to deliver your message", r"created automatically by mail delivery software",
    r"did not reach (?:some or all of )?the (?:intended|following) recipient",
    r"could not be delivered to (?:one or more|all|some|the following)(?: of)?(?: its)? ?(?:recipient|"
    r"destination)?",
    r"(?:the )?following (?:address(?:es)?|recipient\(?s?\)?)[^.\n]{0,30} had (?:permanent|transient)",
    r"delivery to the following recipients? (?:failed|has been delayed|was aborted)",
    r"the original message was received at .{5,60}\n",
    r"your message (?:to .{3,80} )?(?:couldn't|could not|wasn't|was not|cannot) be delivered",
    r"wiadomo[śs][ćc][^.\n]{0,60}nie (?:mog[łl]a|zosta[łl]a|mo[żz]e)[^.\n]{0,40}(?:dor[ęe]czon|dostarczon)",
    r"address not found", r"message (?:not delivered|blocked)\s", r"recipient address rejected",
    r"votre (?:message|courriel|e-?mail) n'a pas pu [êe]tre (?:d[ée]livr|remis|distribu)",
    r"ihre (?:nachricht|e-?mail) konnte nicht zugestellt",
    r"unable to deliver (?:your |the |this )?(?:message|mail|e-?mail)",
)  # fmt: skip

REJECTED = _any(
    r"automatically rejected", r"message (?:was|has been) rejected", r"mailbox is full", r"quota exceeded",
)  # fmt: skip
"""Some servers refuse a mail by a receipt (RFC 5429)."""

ASKING = _any(
    r"\bi (?:get|got|keep|received|receive|am getting|see|saw|need|tried|try|cannot|can't|don't|want|did not|"
    r"didn't|have not|haven't|write|wrote|set|would)\b",
    r"\bwe (?:get|got|keep|received|need|tried|cannot|can't|don't|want|did not|didn't)\b",
    r"\bmy (?:mail|message|order|e-?mail|mailbox|account|computer|antivirus)", r"\b(?:can|could|would) you\b",
    r"\bhow (?:do|can|to)\b",
    r"\bplease (?:help|check|fix|advise|look|set|turn|stop|remove|change|enable|disable|send me|add|make|give|"
    r"install|forward)\b",
    r"prosz[ęe] (?:o (?:pomoc|sprawdzenie|wyja[śs]nienie|napraw\w*|zablokowanie|ustawienie|kontakt\.)|ustawi[ćc]|"
    r"zablokowa[ćc]|sprawdzi[ćc]|naprawi[ćc])",
    r"prosz[ęe] (?:o (?:prze[łl]o[żz]enie|zmian[ęe]|zgod[ęe]|akceptacj[ęe])|"
    r"prze(?:[łl]o[żz]y[ćc]|nie[śs][ćc]|kaza[ćc]))", r"\bchc(?:[ęe]|emy)\b",
    r"\bpotrzebuj(?:[ęe]|emy)\b", r"\bnie dzia[łl]a(?:j[ąa])?\b", r"\bzadzwo[ńn](?:cie)?\b",
    r"\b(?:napraw(?:cie|i[ćc])|sprawd[źz](?:cie)?|wyja[śs]nij(?:cie)?|pom[óo][żz]cie)\b",
    r"\b(?:dosta[łl][ae]m|otrzyma[łl][ae]m|dostaj[ęe]|mam problem|nie mog[ęe] (?:si[ęe]|wys[łl]a[ćc]|"
    r"zalogowa[ćc]))\b", r"\bk[öo]nnen sie\b", r"\bich (?:bekomme|kann nicht)\b",
)  # fmt: skip
