"""What mail servers say when they refuse a mail, in the languages they say it in: a table, read by `bounce_reasons`."""

import re
from enum import StrEnum


class Reason(StrEnum):
    """The field `Outbox.bounce_reason` and `PausedAddress.reason` hold one of these."""

    USER_UNKNOWN = "user_unknown"
    HOST_UNKNOWN = "host_unknown"
    HAS_MOVED = "has_moved"
    NOT_ACCEPT = "not_accept"
    MAILBOX_FULL = "mailbox_full"
    SUSPEND = "suspend"
    FILTERED = "filtered"
    MESG_TOO_BIG = "mesg_too_big"
    EXCEED_LIMIT = "exceed_limit"
    EXPIRED = "expired"
    NETWORK_ERROR = "network_error"
    SYSTEM_ERROR = "system_error"
    SYSTEM_FULL = "system_full"
    MAILER_ERROR = "mailer_error"
    TOO_MANY_CONN = "too_many_conn"
    SPEEDING = "speeding"
    BLOCKED = "blocked"
    BAD_REPUTATION = "bad_reputation"
    REQUIRE_PTR = "require_ptr"
    AUTH_FAILURE = "auth_failure"
    REJECTED = "rejected"
    NO_RELAYING = "no_relaying"
    SPAM_DETECTED = "spam_detected"
    VIRUS_DETECTED = "virus_detected"
    POLICY_VIOLATION = "policy_violation"
    SECURITY_ERROR = "security_error"
    FAILED_STARTTLS = "failed_starttls"
    CONTENT_ERROR = "content_error"
    NOT_COMPLIANT_RFC = "not_compliant_rfc"
    SYNTAX_ERROR = "syntax_error"
    SUPPRESSED = "suppressed"
    ON_HOLD = "on_hold"
    UNDEFINED = "undefined"


def _any(*alternatives: str) -> re.Pattern[str]:
    """Any of the phrases, in text with single blanks. ` * ` stands for a few words between, bounded to stay linear."""
    return re.compile("|".join(each.replace(" * ", " (?:.{0,60}? )?") for each in alternatives), re.IGNORECASE)


PHRASES: dict[Reason, re.Pattern[str]] = {
    Reason.MAILBOX_FULL: _any(
        r"mailbox (?:is |)(?:currently |)full", r"full mailbox", r"mailfolder is full", r"inbox is full",
        r"over (?:disk |its |their |the allowed |his |)(?:storage |mailbox |)quota", r"over the (?:allowed |)quota",
        r"over.?quota", r"quota (?:is |has been |usage |limit |)(?:exceed|full|violation)", r"exceeds? * quota",
        r"exceed(?:ed|ing|s|) (?:its |their |his |the |)(?:mailbox |disk |storage |message |mail |e-?mail |)quota",
        r"quota (?:for|of) * exceeded", r"out of (?:storage|disk|quota)", r"quota violation",
        r"exceeded (?:its |the |)(?:storage|mailbox|disk)", r"has exceeded (?:its |the )disk space",
        r"mailbox (?:size |storage |space |)(?:limit|size) (?:is |has been |)exceeded", r"mailbox exceeded",
        r"mailbox * (?:exceeds?|exceeded) the (?:local |maximum |)", r"mailbox would exceed",
        r"mailbox exceeds allowed", r"(?:not have|not) enough (?:disk |storage |)space in",
        r"insufficient (?:disk space|storage) in", r"does not have enough (?:disk |storage |)space",
        r"userdisk quota", r"domaindisk quota", r"diskquota", r"disk quota exceeded", r"disc quota",
        r"reached disk quota", r"space has been used up", r"too much mail data", r"too many messages on the server",
        r"maximum allowed storage", r"exceeding receiving limits", r"mail file size exceeds", r"5\.2\.2 mailbox",
        r"inbox * (?:is |)(?:out of|full|over)", r"boite du destinataire pleine",
        r"skrzynk\w+ * (?:pełna|pelna|przepełnion\w+|przepelnion\w+)",
        r"przekroczon\w+ * (?:limit|pojemno\w+|quota)", r"postfach * voll", r"voll(?:e|es) postfach",
        r"buz[oó]n * lleno", r"casella * piena", r"почтовый ящик переполнен", r"ящик переполнен", r"storquota",
        r"mailbox.?full", r"over the maximum (?:size|quota)", r"account is full",
        r"storage limit * (?:exceed|reach)", r"mailbox is (?:too large|over)", r"exceeded storage allocation",
    ),
    Reason.MESG_TOO_BIG: _any(
        r"(?:message|mail|email|e-mail) (?:file |)(?:is |)too (?:big|large) (?:for this|to|for system)",
        r"message (?:file |)too big", r"message is too (?:big|large)", r"line limit exceeded",
        r"exceed(?:s|ed) * (?:maximum|max|fixed|allowed) * size", r"size exceeds * (?:limit|maximum|fixed|allowed)",
        r"max(?:imum|) (?:inbound |)message size", r"exceeded max", r"message length exceeds administrative",
        r"size limit", r"message size limit", r"larger than the (?:current |)(?:system |)(?:limit|maximum)",
        r"exceeds the maximum (?:allowed |)(?:message |)size",
        r"size of (?:the|this|your) (?:message|mail) * exceed", r"taille limite du message",
        r"message size exceeds", r"too large to be delivered", r"mail is too (?:big|large)",
        r"exceeds size limits?", r"wiadomo\S+ (?:jest |)(?:zbyt |za )du", r"nachricht * zu gro(?:ß|ss)",
    ),
    Reason.EXCEED_LIMIT: _any(r"message header size exceeds limit", r"message too large"),
    Reason.SUSPEND: _any(
        r"(?:account|mailbox|user|address|recipient|box) (?:is |has been |was |)(?:currently |temporarily |"
        r")(?:suspended|disabled|deactivated|inactive|locked|frozen|blocked|discontinued|not active|archived)",
        r"is currently (?:suspended|disabled|inactive)", r"has been (?:suspended|deactivated|disabled)",
        r"invalid/inactive user", r"inactive (?:user|account|mailbox|recipient)", r"deactivated mailbox",
        r"temporar(?:y|ily) (?:locked|inactive)", r"boite du destinataire archivee", r"account is locked",
        r"disabled (?:account|mailbox|user)", r"tried to reach is (?:disabled|inactive|suspended)",
        r"mailbox (?:is |)(?:currently |)(?:frozen|suspended|disabled)", r"mailbox unavailable or access denied",
        r"mailbox temporarily (?:disabled|locked)", r"account * (?:disabled|suspended)", r"suspend the service",
        r"user (?:is |)(?:disabled|suspended)", r"account (?:expired|closed|terminated)",
        r"konto * (?:zablokowan|nieaktywn)", r"is a deactivated", r"inactive on this",
        r"(?:account|mailbox) that you tried to reach is disabled",
    ),
    Reason.HAS_MOVED: _any(
        r"has been replaced by", r"(?:user|recipient|mailbox|address|account) has moved", r"moved to * please",
        r"(?:no longer on|not local; please try) ", r"user not local", r"no longer on server",
        r"has changed (?:his|her|their) (?:e-?mail )?address", r"new e-?mail address is",
        r"please use * new (?:e-?mail |)address",
    ),
    Reason.NO_RELAYING: _any(
        r"relay(?:ing|) (?:access |)(?:denied|prohibited|not (?:allowed|permitted)|disallowed|rejected|attempt)",
        r"relaying (?:mail |)(?:to|not)", r"unable to relay (?!message back)", r"cannot relay",
        r"not (?:a |an open |)(?:gateway|relay)", r"not (?:permitted|allowed|configured) to relay",
        r"insecure mail relay", r"as a relay", r"not local host",
        r"that domain isn'?t in my list of allowed rcpthosts?", r"we don'?t (?:handle|accept|relay) mail for",
        r"does not (?:accept|handle|relay) mail for (?:that|this) domain",
        r"mail server requires authentication when", r"relay not permitted", r"no relay", r"relaying",
        r"smtp relay error", r"we do not relay", r"not an open relay", r"no third.?party relay",
    ),
    Reason.USER_UNKNOWN: _any(
        r"user(?:name|) (?:is |)(?:unknown|not found|not known|does ?n[o']t exist|doesn'?t have)",
        r"unknown (?:local[- ]?part|user|recipient|address|mailbox|account|e-?mail|destination|addressee)",
        r"user \S{1,100} (?:does not exist|was not found|unknown|not found|is unknown)",
        r"no such (?:user|mailbox|recipient|address|person|account|local user|local)",
        r"no mailbox (?:here|by|found)", r"no account (?:by|with) ", r"no mail ?box (?:available|here|by|found)",
        r"does ?n[o']t have an? \S{1,60} account",
        r"(?:recipient|mailbox|address|account|user|box|email|e-mail) * (?:does ?n[o']t|do not|doesn’t) exist",
        r"(?:recipient|mailbox|address|account|user|email) (?:\S{1,100} |)(?:is |was |could |)(?:not|n't) (?:be |"
        r")(?:found|exist|known|valid|ok|present|recogni[sz]ed|available|registered)",
        r"(?:recipient|mailbox|address|account|user) (?:is |)(?:unknown|invalid|unavailable|rejected: user)",
        r"invalid (?:recipient|mailbox|address|user|local address|final delivery)",
        r"bad (?:destination |)(?:address|mailbox|recipient)", r"bad[-_]recipient", r"badrcptto",
        r"not (?:a |an |our |)(?:valid|known|active|existing) (?:user|recipient|mailbox|address|account|e-?mail)",
        r"is not a(?:n?) (?:active|valid|known) ", r"unrouteable user", r"not a local address",
        r"not listed in * (?:domino directory|address book|directory)",
        r"mailbox (?:is |)(?:unavailable|not available|inactive|invalid|not present|not found)",
        r"mailbox \S{1,100} (?:unavailable|does not exist)",
        r"non-?\s?exist(?:ent|ant|ing) (?:user|mailbox|address|account|recipient)",
        r"does not exist(?: here| on|\.)", r"does not like recipient",
        r"destination (?:addresses were unknown|server rejected recipient)", r"validrcptto",
        r"missing home directory", r"can'?t accept user", r"recipient (?:is |)not local",
        r"resolver\.adr\.(?:recip|recipient ?)notfound", r"recipnotfound", r"recipient refuses to accept",
        r"user invalid", r"unbekannt", r"utilisateur inconnu", r"nessun utente",
        r"(?:address|adres|odbiorc\w+|użytkownik\w*|uzytkownik\w*|skrzynk\w+|konto) * nie (?:istnieje|znaleziono|"
        r"zosta\w+ znalezion\w+)", r"nie ma takiego (?:użytkownika|uzytkownika|adresu|konta)",
        r"nieznan\w+ (?:użytkownik|uzytkownik|odbiorca|adresat|adres)", r"niepoprawny (?:adres|odbiorca)",
        r"no existe (?:dicha persona|ese usuario|el usuario|la direcci)", r"usuario desconocido",
        r"adresse * (?:invalide|inexistante)", r"destinataire (?:inconnu|inexistant)",
        r"empf(?:ä|ae)nger * (?:nicht gefunden|unbekannt|existiert nicht)", r"пользователь не найден",
        r"нет такого пользователя", r"(?:no|not any) one (?:here |)at this address",
        r"no longer (?:valid|accepts mail|exists|works? (?:here|at|for)|employed|available|in use|active|with)",
        r"wrong or no longer valid", r"archived recipient", r"in name directory",
        r"name is not (?:found|recognized)", r"not our customer", r"addressee unknown",
        r"address (?:couldn'?t|could not|wasn'?t) be found", r"because the address couldn",
        r"your envelope recipient", r"(?:does not|doesn'?t) exist (?:in|at|on) ",
        r"not in (?:our|the|my) (?:directory|database|user)", r"unable to find (?:user|recipient|mailbox)",
        r"domino ディレクトリには見つかりません", r"ディレクトリのリストにありません", r"non répertorié dans",
        r"couldn'?t find (?:any |the |)(?:user|mailbox|account)", r"can(?:not|'t|) find (?:user|mailbox|account)",
        r"user doesn'?t exist", r"#5\.1\.1", r"no valid recipients(?!.{0,90}unknown host)",
        r"(?:recipient|user) rejected", r"rcpt \S{1,100} does not exist", r"recipient not (?:found|known|ok|exist)",
        r"not have an? account", r"not a known user", r"no user here", r"local address contains control",
        r"email address you entered couldn", r"list(?:ed|) recipients? (?:was|were) undeliverable",
        r"no matches to nameserver query", r"recipient address rejected: (?:invalid|undeliverable|unknown|user)",
        r"requested action not taken: mailbox unavailable",
        r"550[ -]+(?:5\.1\.[01] +|)address (?:rejected|invalid)",
    ),
    Reason.FILTERED: _any(
        r"(?:account|mailbox|recipient|address|user) (?:is |)protected by", r"(?:user|recipient) reject",
        r"due to (?:user|recipient) (?:rules|preferences)", r"is not accepting (?:any )?(?:mail|messages)",
        r"not (?:currently |)(?:being |)accepted? (?:mail |)for this (?:mailbox|user|recipient)",
        r"(?:is |)only accept(?:s|ing) mail from", r"resolver\.rst\.(?:not|restricted)",
        r"refuse(?:s|d|) to (?:receive|accept) mail", r"blocked by the recipient", r"bounced address",
        r"has restricted", r"cannot route mail to user", r"not found recipient account", r"extended inactivity",
        r"not authorized to send to this recipient", r"you have been blocked", r"recipient .{0,30}not accepting",
        r"message rejected due to user", r"ambiguous recipient",
    ),
    Reason.REJECTED: _any(
        r"sender (?:address |domain |e-?mail address |)(?:is |was |has been |)(?:rejected|blacklisted|refused|"
        r"denied|not (?:allowed|pre-?approved|permitted|accepted))", r"sender (?:verify|verification) failed",
        r"invalid sender", r"bad sender", r"unroutable sender", r"bogus mail from",
        r"sender is (?:spammer|in my black)", r"(?:null|empty) (?:envelope |)senders? (?:is |are |)not allowed",
        r"domain of sender", r"sender domain is empty", r"emetteur invalide", r"batv",
        r"(?:from|sender) address * (?:blacklist|verif|reject|not allowed|does not exist)",
        r"mail from not owned by", r"access denied \(sender", r"(?:in reply to|after) mail from",
        r"from: domain is invalid", r"fully qualified (?:e-?mail |)(?:address|domain name) required",
        r"not (?:a |)registered gateway user", r"administrative prohibition",
        r"delivery not authorized,? message refused", r"you are not allowed to post",
        r"e-?mail address is not verified", r"list of senders to accept", r"does not accept mail from",
        r"does not exist e2110", r"senderfilter", r"no third-party dsns", r"returned mail not accepted",
        r"valid sender domain", r"access denied * mail from", r"mx records? for ",
        r"your access to submit messages", r"empty email address", r"invalid or expired email address",
        r"envelope blocked", r"(?:the sender|sender’s|sender's) (?:address|domain) * (?:not|reject|block)",
        r"rule imposed mailbox access", r"address that has been blacklisted", r"recursive cname",
        r"invalid domain, see", r"bouncedeny", r"denied by secumail", r"unsigned dsn",
    ),
    Reason.HOST_UNKNOWN: _any(
        r"(?:host|domain)(?: name|) (?:or domain name |\S{1,100} |)(?:is |was |)(?:not found(?!, try)|unknown|"
        r"not reachable|nicht gefunden)", r"host or domain name not found", r"unknown (?:host|domain|mail domain)",
        r"unrouteable address", r"unroutable address", r"no such (?:domain|host)", r"name or service not known",
        r"domain (?:name |)(?:\S{1,100} |)(?:does not|doesn'?t|must) exist", r"recipient domain must exist",
        r"(?:couldn'?t|could not|can'?t|cannot|unable to) find (?:any |a |the |)host", r"illegal host/domain",
        r"invalid domain name", r"host address lookups? failed permanently", r"point to non-?existent hosts?",
        r"remote domain does ?n[o']t exist", r"domain mentioned in email address is unknown",
        r"account or domain may not exist", r"unknown domain", r"no data for name", r"nxdomain",
        r"dns (?:error|records?).{0,60}(?:not found|no data|non-?exist)", r"domena * nie istnieje",
        r"nie znaleziono (?:domeny|serwera|hosta)", r"553 \S{1,100} does not exist", r"domain name not found",
        r"bad destination (?:system|host)", r"no mail ?server (?:for|found)", r"host unreachable",
    ),
    Reason.SPAM_DETECTED: _any(
        r"spam ?(?:assassin|detected|blocked|check|content|email|message|refused|rejection|score|filter|engine|"
        r"profiler|\S{1,40} exceeded|rejected|reporting|not accepted|-like|like)",
        r"(?:as|is|be|contains?|for|probable|possible|probability of|suspected|considered|looks like|looked like|"
        r"no|too much|may contain the|don'?t accept|dont accept|of being|due to|being|identified|classified as|"
        r"scored as|your|detected (?:your message |)as) (?:a |)spam\b", r"unsolicited",
        r"bulk (?:e-?)?mail(?:er|)\b", r"bulk.advertising", r"mass mailer", r"\bube\b", r"\buce\b", r"spamming",
        r"junk ?mail", r"spambouncer", r"anti-?spam", r"spam points", r"spam we have", r"similar to spam",
        r"consider spam",
        r"message (?:was |)(?:content |)(?:rejected|filtered|denied|blocked) (?:because of|by|due to|as|"
        r"for) (?:unacceptable|our filter|content|spam|suspected)",
        r"content (?:filter |)(?:rejection|rejected|denied)", r"mail content denied",
        r"rejecting (?:banned|mail) content", r"message filtered", r"blacklisted url", r"uribl", r"surbl",
        r"recurrent pattern", r"dsbl\.org", r"554 5\.7\.0 reject,? id=",
        r"(?:our|the) system has detected that this message", r"content with spam", r"cloudmark", r"greylisted",
        r"has triggered a spam", r"\bspam\)? ?$", r"\(spam\)", r": spam", r"spam(?:mer|\.| )(?:list|block)",
        r"listed in work\.drbl", r"sender domain listed at", r"rule imposed as", r"blocked for abuse",
        r"considered unsolicited", r"high probability of", r"mail rejete\. mail rejected", r"sending spam",
    ),
    Reason.TOO_MANY_CONN: _any(
        r"too many (?:(?:concurrent|simultaneous|smtp|open) ){0,2}(?:connections?|sessions|recipients|"
        r"errors from your)", r"maximum connection limit", r"connection (?:rate )?limit exceeded",
        r"per-domain connection limit", r"max emails per hour", r"throttling failure", r"trop de connexions",
        r"numerous attempts to deliver this message", r"connection rate limit",
    ),
    Reason.SPEEDING: _any(
        r"(?:temporarily |)rate.?limit(?:ed|ing)",
        r"(?:receiving|received|sending|sent) (?:mail |messages |)(?:at a rate|too (?:fast|quickly|many|much))",
        r"try again slower", r"slow down", r"too many (?:messages|emails|mails)", r"quota for (?:sending|messages)",
        r"unusual rate", r"exceeded (?:the |your |)(?:sending|message|hourly|daily) (?:limit|rate|quota)",
    ),
    Reason.REQUIRE_PTR: _any(
        r"reverse[ -](?:dns|lookup)", r"\brdns\b", r"\bptr\b",
        r"(?:cannot|can'?t|could not) (?:find|resolve) your (?:hostname|address|reverse)", r"ip name lookup failed",
        r"sender ip reverse", r"unresolvable relay host", r"fix reverse",
    ),
    Reason.AUTH_FAILURE: _any(
        r"\bspf\b", r"\bdkim\b", r"\bdmarc\b", r"sender policy framework", r"spf\.pobox",
        r"authentication checks? failed", r"unauthenticated (?:e-?mail|mail) (?:from|is not)",
    ),
    Reason.BAD_REPUTATION: _any(
        r"(?:poor|bad|low|none/bad) * reputation", r"reputation (?:problem|score|of|is|filter)",
        r"ip(?:/domain)? reputation", r"unexpected volume or user complaints", r"due to user complaints",
    ),
    Reason.BLOCKED: _any(
        r"(?:ip|host|address|server|client|network|connections?|mail|you|domain|email) (?:\S{1,100} |)(?:is |"
        r"are |has been |have been |was |were |)(?:temporar\w+ |currently |)(?:black-?listed|blocked|banned|"
        r"listed|block-?listed)", r"blocked (?:using|by|for|-|\()", r"blocked ", r"black ?list", r"block ?list",
        r"\brbl\b", r"\bdnsbl\b", r"spamhaus", r"spamcop", r"barracudacentral", r"abuseat", r"\bsorbs\b",
        r"client host (?:rejected|\S{1,100} blocked)",
        r"connection (?:dropped|refused by|reset by peer|was dropped)",
        r"connections? (?:will )?not (?:be )?accepted", r"banned sending ip",
        r"not (?:currently )?(?:allowed|accepting|permitted) (?:to connect|mail from your|connections)",
        r"refused to talk to me", r"helo (?:command )?rejected", r"service (?:not available|unavailable), closing",
        r"(?:access|mail|server access) (?:denied |forbidden |from )(?:from|by)? ?(?:your )?ip",
        r"access (?:denied )?from", r"no access from", r"dynamic (?:ip|/)", r"go away", r"rejecting open proxy",
        r"host network not allowed", r"bad sender ip", r"please use the (?:smtp|isp)",
        r"not allowed to send (?:mail|from)", r"mismatches client ip", r"unverifyable sending",
        r"closing connection", r"too many (?:spams|unwanted)", r"mail from \S{1,60} refused",
        r"smtp error from remote mail server after initial", r"confirm this mail server", r"requires confirmation",
        r"sender ip address rejected", r"mail server * (?:is blocked|not allowed)",
        r"submit messages to this e-mail system", r"has not passed validation", r"extreme bad ip",
        r"veuillez essayer plus tard", r"esmtp not accepting", r"your remotehost looks",
    ),
    Reason.POLICY_VIOLATION: _any(
        r"(?:for|due to|local|security|organi[sz]ation(?:al|)|by|site|against|against our|violat\w+) (?:the |"
        r"our |)(?:policy|policies|settings)", r"policy (?:reasons|violation|restrict)", r"illegal attachment",
        r"members-only", r"closed mailing list", r"not (?:a |)(?:subscribed|member)",
        r"header (?:error|are not accepted)", r"protocol violation", r"presents a potential",
        r"organi[sz]ational settings", r"low priority", r"multiple addresses", r"images or other attachments",
        r"captcha", r"its content presents",
        r"attachments? (?:type |)(?:is |are |)(?:not allowed|blocked|forbidden)", r"prohibited (?:file|attachment)",
        r"not subscribed to this",
    ),
    Reason.VIRUS_DETECTED: _any(
        r"(?<!for )(?<!for all )(?<!for any )(?<!for known )virus(?!-free|es and)", r"malware", r"infected",
        r"executable attachment", r"\btrojan\b", r"\bworm\b",
    ),
    Reason.FAILED_STARTTLS: _any(
        r"starttls", r"tls (?:is )?(?:required|negotiation|handshake)", r"tls required but not",
    ),
    Reason.SECURITY_ERROR: _any(
        r"authentication (?:credentials |)(?:required|failed|failure|invalid|is required|turned on)",
        r"unauthenticated senders?", r"not authori[sz]ed", r"verification failure", r"dead domain",
        r"authentification", r"executable files are not allowed", r"account not subscribed",
        r"you don'?t authenticate", r"security (?:violation|alert)", r"recipient address rejected: access denied",
    ),
    Reason.SYSTEM_ERROR: _any(
        r"loops? back to (?:my|it)self", r"(?:forwarding |)loop (?:broken|was found)",
        r"(?:local|server|system|mail system) config\w* error|system config",
        r"(?:internal|local|system) (?:server |software |)error", r"local (?:problem|error in processing)",
        r"(?:service|server) (?:currently |temporarily |)unavailable", r"mis-?configured",
        r"interrupted system call", r"queue file write error", r"can'?t create", r"could not load",
        r"encountered an error", r"timeout waiting for", r"transaction failed", r"several matches found",
        r"delivery to (?:file|pipe) forbidden", r"local delivery failed", r"create a mail loop", r"lmtp error",
        r"system resources", r"requested action aborted", r"i/o error", r"read-only file system",
        r"bad interpreter", r"couldn'?t (?:open|create|write)", r"directory server", r"best-preference mx",
        r"duplicated message-id", r"internal reading",
    ),
    Reason.NETWORK_ERROR: _any(
        r"no route to host", r"host is unreachable", r"too many hops", r"hop count", r"routing loop",
        r"(?<!create a )mail (?:forwarding )?loop", r"message looping",
        r"(?:host )?name (?:server|lookup) (?:failure|reply|failed)", r"host not found, try again",
        r"dns (?:lookup )?(?:failed|failure|error)", r"maximum (?:forwarding loop|hop)", r"unrouteable mail domain",
        r"unable to resolve", r"network (?:is unreachable|error)", r"could not connect",
        r"(?:not|n't) (?:able to )?establish an? (?:smtp )?connection", r"couldn'?t find a mail exchanger",
        r"malformed (?:or unexpected )?name", r"no (?:mx|valid route)", r"all routes to destination",
        r"had no relevant answers", r"temporary failure in mx", r"loop detected", r"dns records for",
    ),
    Reason.EXPIRED: _any(
        r"(?:connection|operation|conversation|session|message|delivery|delivery attempt|it) (?:with \S{1,100} |"
        r"to \S{1,100} |)(?:has |)(?:been |)(?:timed out|expired|delayed)", r"timed? ?out",
        r"delivery time expired", r"expired", r"in the queue (?:too|for)", r"retry time ?(?:out|not reached)",
        r"retry timeout", r"giving up", r"long time", r"not been collected", r"has been delayed",
        r"will (?:continue to |)(?:be )?(?:retr|try|attempt)", r"still (?:trying|undelivered|being)",
        r"could not be delivered (?:for|within|in) ", r"not (?:yet been|been) delivered",
        r"did not (?:respond|accept our requests)", r"no (?:response|answer) from", r"multiple retries",
        r"queue period", r"connection refused", r"for (?:more than|over|the last) \d+ (?:hour|day|minute)",
        r"undelivered (?:for|after)", r"try again later", r"host not reachable",
        r"failed to (?:deliver to domain|connect)", r"could not (?:find a gateway|contact dns)",
        r"przekroczon\w+ * czas", r"delivery attempts will", r"failed \d+ attempts", r"\d+ attempts",
        r"server for this domain is not responding", r"could not be delivered after", r"no action is required",
    ),
    Reason.CONTENT_ERROR: _any(
        r"8-?bit", r"header size", r"mime complexity", r"too many .?received", r"invalid mime",
        r"improperly.formatted", r"unnecessary base64", r"bad header", r"conversion (?:to|failed|required)",
        r"content rejected", r"malformed (?:header|message|mime)",
    ),
    Reason.NOT_COMPLIANT_RFC: _any(
        r"rfc ?-?(?:2822|5322|822|5321)(?: |-)(?:non-?)?complian", r"not (?:rfc )?(?:\d+ )?compliant",
        r"violat\w+ rfc", r"(?:multiple|duplicate|missing) * headers?",
    ),
    Reason.SYSTEM_FULL: _any(
        r"(?:mail )?system (?:is )?full", r"requested mail action aborted: exceeded", r"not enough free space",
        r"insufficient system storage", r"no space left on device", r"disk (?:is )?full",
    ),
    Reason.NOT_ACCEPT: _any(
        r"null ?mx", r"does not accept (?:any )?(?:mail|e-?mail)", r"no (?:smtp|mail) service",
        r"no mx record found", r"name server: \.", r"no host found for existing", r"reject all mails",
        r"no route for current", r"smtp protocol returned a permanent error",
        r"not accepting (?:network )?messages",
    ),
    Reason.MAILER_ERROR: _any(
        r"(?:^|\W)procmail", r"maildrop", r"command (?:failed|died|output)",
        r"exit(?:ed)?(?: with)?(?: status)? \d+", r"mailer error", r"pipe to \|", r"x-unix;? \d",
        r"died with status", r"child process", r"unknown mailer error", r"program failed",
    ),
    Reason.SUPPRESSED: _any(
        r"suppress(?:ed|ion)", r"(?:previously|already) (?:bounced|unsubscribed)",
        r"on (?:our|the) (?:bounce|suppression) list",
    ),
}  # fmt: skip

PLAINLY_UNKNOWN = _any(
    r"000c05a6", r"no mailbox here by that name", r"does not like recipient", r"not listed in", r"address couldn",
    r"address not found", r"invalid final delivery", r"unknown user:", r"annuaire domino", r"ディレクトリ",
    r"the following recipients? (?:was|were) undeliverable", r"account .{1,60} does not exist",
    r"no such user here", r"nie (?:istnieje|ma takiego)", r"nieznan",
)  # fmt: skip
