"""The words that say what a number is: one table, read by every recogniser.

A cue belongs to one or more families. Phrases are matched whole and longest first, so a longer
phrase takes the cue out of a shorter one: "social worker" is not "social", "income limit" is not
"income". Families are ours; the words are how agents write (terse, misspelt, on a phone).
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final


class Family(Enum):
    """What a cue word says about the thing beside it."""

    SSN = auto()
    SSN_WEAK = auto()  # "ss" is a screenshot as often as a Social Security number
    LAST_FOUR = auto()
    IDENTIFIER = auto()  # case, application, DOI, NPN, ticket ...: such a number is kept
    AGENT = auto()
    PHONE = auto()
    PLACE = auto()  # ZIP
    ERROR = auto()
    TRACE = auto()  # machine-made ids: session, trace, correlation
    VERSION = auto()
    BIRTH = auto()
    EVENT = auto()
    CARD = auto()
    CARD_SURE = auto()
    CARD_EXTRA = auto()  # CVV
    EXPIRY = auto()
    BANK = auto()
    BANK_WEAK = auto()
    LICENCE = auto()
    LICENCE_WEAK = auto()
    IMMIGRATION = auto()
    PASSPORT = auto()
    I94 = auto()
    INCOME = auto()
    INCOME_VERB = auto()
    INCOME_WEAK = auto()
    COST = auto()
    PASSWORD = auto()
    PASSWORD_WEAK = auto()
    CODE = auto()
    CODE_WEAK = auto()
    CONDITION = auto()
    NEUTRAL = auto()


_NUMBER_WORDS: Final = ("number", "num", "nbr", "no", "#", "id", "numbers", "nos", "ids", "#s")


def words(listed: str) -> frozenset[str]:
    """The words of a list written as one string."""
    return frozenset(listed.split())


def _numbered(bases: str, *, alone: bool) -> list[str]:
    phrases = []
    for base in bases.split("|"):
        if alone:
            phrases += [base, base + "s"]
        phrases += [f"{base} {word}" for word in _NUMBER_WORDS]
        phrases += [f"{base} id {word}" for word in ("number", "#", "no")]
    return phrases


_F = Family

#: Family -> phrases, "|" between phrases. Spaces in a phrase also match "-" and "_".
_TABLE: Final[dict[tuple[Family, ...], str]] = {
    (_F.SSN,): (
        "ssn|ssns|ssn's|s.s.|s.s|s s n|s.s.n|s.s.n.|snn|ssnn|ssm|sssn|ss#|"
        "ss #|ss no|ss num|ss number|"
        "social|socials|social's|soc|soc#|soc sec|soc sec no|soc sec number|soc security|socsec|"
        "social number|social #|social no|social sec|"
        "social security number|social security no|social security #|social security num|"
        "social security card|soc sec card|social card|socialsecurity|"
        "itin|itins|tin|tax id|tax id number|taxpayer id|taxpayer identification number|"
        "tax payer id|taxpayer number|numero de seguro social|seguro social"
    ),
    (_F.SSN, _F.INCOME_WEAK): "social security",
    (_F.SSN_WEAK,): "ss|sosh|security number",
    (_F.LAST_FOUR,): (
        "last 4|last four|last 4 digits|last four digits|last 4 numbers|last four numbers|final 4|"
        "final four|final 4 digits|final four digits|last 4 #s|ends in|ending in|ends with|"
        "l4|ending with|end in|end with|ended in|last for digits"
    ),
    (_F.PHONE,): (
        "phone|phones|telephone|tel|cell|cellphone|mobile|fax|call|calls|call back|callback|dial|"
        "phone number|phone #|phone no|cell number|cell #|contact number|contact #|ph|ph #|"
        "reach me at|reach her at|reach him at|number to call|text me at|call me at"
    ),
    (_F.PLACE,): "zip|zips|zipcode|zip code|zip codes|postal code|zip+4|county code|fips|fips code",
    (_F.ERROR,): (
        "error|errors|err|eror|erorr|errror|error code|error codes|err code|error number|error no|"
        "error #|error id|error msg|error message|message code|exception|exception code|fault|"
        "fault code|http|http status|status code|response code|return code|result code|"
        "code error|errorcode|reason code|denial code|stop code|abend"
    ),
    (_F.TRACE,): (
        "trace|trace id|session|session id|correlation id|correlation|transaction id|transaction|"
        "event id|log id|request id|message id|error ref|error reference|error trace|guid|uuid|"
        "trace #|session #|transaction #|transaction number|trace number|activity id|"
        "support id|incident id|log number|batch|batch id|control number|txn|txn id"
    ),
    (_F.VERSION,): (
        "version|ver|build|chrome|edge|firefox|safari|ios|android|windows|win|v|release|browser|"
        "macos|os"
    ),
    (_F.BIRTH,): (
        "dob|dobs|dob's|d.o.b|d.o.b.|d o b|d/o/b|bod|birth|births|born|birthday|birthdays|bday|"
        "bdays|b-day|b day|bdate|b-date|birthdate|birthdates|birth date|birth dates|birth day|"
        "birth dt|date of birth|dates of birth|date birth|dt of birth|fecha de nacimiento|nacio|"
        "nacido|nacida|nacimiento|birthed|newborn|bd|bdy|born yesterday|born today|born last week|"
        "born last night|born this morning|born monday|born on monday|born friday|born on friday"
    ),
    (_F.EVENT,): (
        "coverage|cov|effective|eff|eff date|effective date|start|starts|started|starting|"
        "start date|begin|begins|began|beginning|end date|ended|ending|ends|renew|renews|renewed|"
        "renewal|renewing|expire|expires|expired|expiring|expiration|exp|issue date|issued|"
        "appointment|appt|meeting|call|called|calling|due|due date|deadline|submitted|submit|"
        "applied|applying|application date|enrolled|enroll|enrollment|moved|move|moving|married|"
        "marriage|divorced|wedding|qualifying event|event|sep|terminated|termination|termed|term|"
        "hired|hire|hire date|lost|loss|since|as of|uploaded|upload|sent|received|created|opened|"
        "closed|mailed|posted|signed|dated|reported|spoke|talked|emailed|faxed|filed|logged|"
        "updated|changed|processed|approved|denied|canceled|cancelled|on monday|on tuesday|"
        "on wednesday|on thursday|on friday|on saturday|on sunday|monday|tuesday|wednesday|"
        "thursday|friday|saturday|sunday|mon|tue|tues|wed|thu|thurs|fri|today|yesterday|tomorrow|"
        "tmrw|last night|this morning|by|until|till|through|thru|licensed|license|licence|"
        "certified|certification|appointed|completed|finished|scheduled|schedule|follow up|"
        "followup|available|out of office|ooo|vacation|registered|registration|notice|letter|"
        "document|released|released on|payment|paid|bill|billed|retro|back to|adopted|placed|"
        "discharged|admitted|arrived|died|passed away|death|quit|resigned|laid off|founded|"
        "incorporated|established|graduated|retired|divorce|tried|happened|occurred|saw"
    ),
    (_F.CARD_SURE,): (
        "credit card|debit card|credit card number|debit card number|card number|card #|card no|"
        "card num|cc|cc #|cc number|ccn|mastercard|master card|amex|american express|discover card|"
        "visa card|payment card|prepaid card|cards|debit|bank card"
    ),
    (_F.CARD,): "card|discover|pays with|paying with|charge it to|binder payment",
    (_F.CARD, _F.IMMIGRATION): "visa",
    (_F.CARD_EXTRA,): "cvv|cvv2|cvc|cvc2|cid code|card code|cvv code|cvc code|card security code",
    (_F.EXPIRY,): "exp|exp date|expires|expiration|expiration date|expiry|expiry date|expiring",
    (_F.BANK,): (
        "bank account|bank acct|bank account number|bank acct number|bank acct #|bank account #|"
        "checking|checking account|checking acct|checking account number|checking acct #|"
        "savings|savings account|savings acct|savings account number|routing|routing number|"
        "routing #|routing no|routing num|rtn|aba|aba number|aba #|aba routing|iban|"
        "direct deposit|bank number|bank info|bank|ach|ach account|account and routing|acct & "
        "routing|autopay account"
    ),
    (_F.BANK_WEAK,): (
        "account number|account #|account no|account num|acct number|acct #|acct no|acct num|"
        "acct|account|acctno|accountnumber"
    ),
    (_F.LICENCE,): (
        "driver's license|drivers license|driver license|driver's licence|drivers licence|"
        "driver licence|drivers lic|driver's lic|driver lic|driving license|driving licence|"
        "driver's license number|drivers license number|driver license number|"
        "drivers license #|driver's license #|driver's licence number|drivers licence number|"
        "drivers licence #|drivers lic #|drivers lic number|driver's lic #|"
        "drivers license no|dl|dl #|dl number|dl no|dln|d/l|d.l.|dlic|oln|ol #|operator's license|"
        "operators license|operator license|operator's licence|operators licence|state id|"
        "state id number|state id #|learner's permit|learners permit|license plate|photo id number"
    ),
    (_F.LICENCE_WEAK,): "license|licence|lic|license number|licence number|lic #|license #",
    (_F.IMMIGRATION,): (
        "alien|alien number|alien #|alien no|alien registration|alien registration number|"
        "alien reg|alien reg #|anumber|a-number|a-#|arn|uscis|uscis number|uscis #|"
        "uscis no|uscis receipt|uscis receipt number|green card|green card number|green card #|"
        "greencard|permanent resident card|permanent resident card number|"
        "resident card|work permit|ead|ead card|ead number|employment authorization|"
        "employment authorization card|immigration|immigration number|immigration #|"
        "immigration document|immigration doc|naturalization|naturalization number|"
        "naturalization certificate|citizenship certificate|certificate of citizenship|sevis|"
        "sevis id|sevis number|refugee|refugee number|asylee|visa number|visa #|visa foil|"
        "i-551|i551|i-766|i766|i-797|i797|i-571|i-327|i-20|ds-2019|receipt number|lpr|daca"
    ),
    (_F.PASSPORT,): "passport|passport number|passport #|passport no|passport num|passports",
    (_F.I94,): "i-94|i94|i 94|i-94 number|i94 number|i94 #|i-94 #|i-94a|arrival record",
    (_F.INCOME,): (
        "income|incomes|agi|magi|wage|wages|salary|salaries|earnings|earning|earns|earn|earned|"
        "paycheck|paychecks|paystub|paystubs|pay stub|pay stubs|take home|takes home|take home pay|"
        "brings home|bring home|bringing home|brings in|bringing in|bring in|gets paid|get paid|"
        "getting paid|got paid|is paid|job pays|hourly pay|monthly pay|weekly pay|hourly rate|"
        "hourly wage|pay rate|rate of pay|annual pay|yearly pay|household income|hh income|"
        "annual income|monthly income|yearly income|gross income|net income|taxable income|"
        "gross pay|net pay|base pay|social security income|ss income|ssdi income|ssi income|"
        "unemployment income|self employment income|rental income|ingreso|ingresos|gana|salario|"
        "pay is|pay was|hourly|paid hourly|paid weekly|paid monthly|paid biweekly"
    ),
    (_F.INCOME_VERB,): "makes|make|making|made|mk|mks|pulls in|pulling in|clears|clearing",
    (_F.INCOME_WEAK,): (
        "gross|net|annual|annually|household|hh|w-2|w2|w2s|1099|tips|profit|self employed|"
        "self-employed|self employment|self-employment|unemployment|pension|retirement|ssdi|ssi|"
        "job|jobs|child support|alimony|gets|getting|receives|receiving|benefits|social security "
        "benefits|social security benefit|disability check|ss check|social security check|"
        "commissions|overtime|bonus|fpl|works|working|pays him|pays her|employer pays|work pays"
    ),
    (_F.COST,): (
        "premium|premiums|prem|cost|costs|costing|deductible|deductibles|ded|copay|copays|"
        "coinsurance|aptc|aptcs|ptc|subsidy|subsidies|tax credit|tax credits|credit|csr|price|"
        "priced|pricing|bill|billed|billing|bills|invoice|charge|charged|charges|charging|fee|"
        "fees|refund|refunded|payment|payments|owes|owe|owed|out of pocket|oop|moop|commission|"
        "penalty|quote|quoted|quotes|plan|plans|balance|income limit|income limits|"
        "income guideline|income guidelines|income threshold|income thresholds|income level|"
        "income cutoff|income cap|income maximum|income max|income minimum|income range|"
        "income chart|limit|limits|threshold|maximum|max|cap|coverage|allowance|amount due|"
        "pays for|paying for|discount|savings of|saves|rent|mortgage|bronze|silver|gold|rate"
    ),
    (_F.PASSWORD,): (
        "password|passwords|passwd|passwds|passwrd|passord|pword|pswd|psswd|psw|pasword|paswd|"
        "pass word|passcode|passcodes|pass code|passphrase|pass phrase|pw|pws|p/w|pwd|pwds|"
        "contrasena|contraseña|clave"
    ),
    (_F.PASSWORD_WEAK,): "pass|creds|credentials|credential|login|log in|logon|log on|signin",
    (_F.CODE,): (
        "otp|otps|otp code|mfa|mfa code|2fa|2fa code|two factor|two-factor|two factor code|"
        "2 factor|2 step|two step|verification code|verification pin|verify code|"
        "verification number|verification #|security code|login code|log in code|sign in code|"
        "access code|auth code|authentication code|authenticator|authenticator code|"
        "authenticator app|one time code|one-time code|one time pin|one time passcode|"
        "one time password|onetime code|one-time password|one-time passcode|temporary code|"
        "temp code|sms code|text code|texted code|pin|pins|pin code|pin number|pin #|"
        "confirmation pin|codigo|6 digit code|six digit code|passkey code|google code|"
        "verification text|reset code|unlock code|code it sent|code they sent|code sent|"
        "code texted|code emailed|code i got|code is"
    ),
    (_F.CODE_WEAK,): (
        "code|codes|verification|verify|verifying|verified|texted me|text me|texted him|texted her|"
        "texted|texting|sms|sent me|emailed me|text says|text said|got a text"
    ),
    (_F.AGENT,): "agent|agents|delegate|delegates|agency|producer|broker",
    (_F.NEUTRAL,): (
        "social worker|social workers|social media|social services|social service|social work|"
        "social distancing|social security office|social security administration|"
        "social security admin|link|link code|linking code|area code|promo code|qr code|"
        "source code|plan code|procedure code|diagnosis code|billing code|county|born again|"
        "birth certificate|birth certificates|birth cert|proof of birth|give birth|gave birth|"
        "giving birth|birth control|card reader|id card|id cards|insurance card|insurance cards|"
        "member card|medical card|last for"
    ),
}

_IDENTIFIERS_ALONE: Final = (
    "case|cases|application|applicaton|aplication|applic|appl|app|doi|npn|ticket|tkt|tix|ref|"
    "reference|confirmation|tracking|referral|incident|policy|claim|invoice|medicaid case|"
    "medicaid|kchip|snap|ein|fein|kyheb|khbe|ticket ref|doi agentid|agentid|appid|caseid|caso"
)
_IDENTIFIERS_NUMBERED: Final = (
    "member|subscriber|individual|person|household|plan|group|order|agent|agency|producer|psl|"
    "request|document|doc|notice|user|enrollment|enrolment|enrollee|issuer|carrier|broker|"
    "national producer|doi license|doi licence|agent license|agent licence|insurance license|"
    "insurance licence|producer license|producer licence|exchange|marketplace|kynect|mco|"
    "ref code|reference code|confirmation code|psl ticket|psl case|psl ref|salesforce|"
    "service request|issue|medicaid id|mci|rid|ffm|hios|naic|external|contract|certificate"
)
_IDENTIFIER_PHRASES: Final = (
    "doi license|doi licence|agent license|agent licence|insurance license|insurance licence|"
    "psl ticket|psl case|psl ref|ref code|reference code|confirmation code|app number|"
    "national producer number|doi agent id|agent license number|doi agent|doi agents|"
    "license doi|application case|my license|my licence"
)

#: Letters glued before nine digits (PSL-118204377) that make an identifier of them.
GLUED_IDENTIFIERS: Final = words(
    "psl inc req ref tkt cs case app appl hix khbe sr wo chg ritm task ky doi npn id sf"
)

#: Words that only link a cue to its value: they hardly count as distance.
LINKS: Final = words(
    "is are was were be being it its it's the a an my his her hers their our your number num no "
    "nbr nos numbers of es el la # = : s 's this that these those to"
)
CONJUNCTIONS: Final = words("and but or then also plus while because so y")
MONTHS: Final = words(
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec"
)
#: A full stop behind one of these ends no sentence.
ABBREVIATED: Final = words("no num nbr nos lic acct sec soc ssn app ref tel ph")
COPULAS: Final = words("is are was were be = : es equals being")
PREPOSITIONS: Final = words("for on in of under from with w to at by about")

#: Words spelt out for digits.
UNITS: Final = words("zero oh o one two three four five six seven eight nine niner nought")
TEENS: Final = words(
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
TENS: Final = words("twenty thirty forty fourty fifty sixty seventy eighty ninety ninty")

#: Real words one letter away from a cue word.
_NOT_MISSPELT: Final = words(
    "berth girth firth birch touring pouting rousing routine drive driven diver rivers river "
    "wicket picket thicket tickets socials passports licenses licences licensed incomes accounts "
    "birthdays passwords cases applications securities births racial bocial special"
)
_MISSPELLABLE: Final = words(
    "social security password birthday birthdate birth account routing passport license licence "
    "drivers driver income salary verification application ticket immigration premium "
    "authenticator diabetes diabetic depression pregnancy passcode checking"
)


def _one_edit_away(word: str) -> set[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    splits = [(word[:i], word[i:]) for i in range(1, len(word) + 1)]  # the first letter is kept
    found = {left + right[1:] for left, right in splits if right}
    found |= {left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1}
    found |= {left + letter + right[1:] for left, right in splits if right for letter in letters}
    found |= {left + letter + right for left, right in splits for letter in letters}
    return found


def misspellings() -> dict[str, str]:
    """Every spelling one slip away from a long cue word, and the word that was meant."""
    meant: dict[str, str] = {}
    for word in sorted(_MISSPELLABLE):
        for wrong in _one_edit_away(word):
            meant.setdefault(wrong, word)
    meant |= {"scoial": "social", "socail": "social", "soical": "social", "soshal": "social"}
    meant |= {"secuirty": "security", "securtiy": "security", "sucurity": "security"}
    known = {word for phrase, _ in phrases() for word in phrase.replace("'", " ").split()}
    return {
        wrong: word
        for wrong, word in meant.items()
        if wrong not in known and wrong not in _NOT_MISSPELT
    }


def phrases() -> list[tuple[str, frozenset[Family]]]:
    """Every cue phrase with its families."""
    table: dict[str, set[Family]] = {}

    def add(phrase: str, *families: Family) -> None:
        table.setdefault(phrase.strip(), set()).update(families)

    for families, listed in _TABLE.items():
        for phrase in listed.split("|"):
            add(phrase, *families)
    for phrase in [
        *_numbered(_IDENTIFIERS_ALONE, alone=True),
        *_numbered(_IDENTIFIERS_NUMBERED, alone=False),
        *_IDENTIFIER_PHRASES.split("|"),
    ]:
        add(phrase, Family.IDENTIFIER)
    return [(phrase, frozenset(families)) for phrase, families in table.items()]
