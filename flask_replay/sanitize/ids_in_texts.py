"""Numbers of people, papers and accounts in texts: ``My SSN is 123-45-…``, ``Passport: C01X…``."""

from __future__ import annotations

import re

from .common_values import is_time
from .formats import Format

_ABBREVIATIONS = (
    r"SIN|NINO|TFN|NIR|DNI|NIE|CURP|RUT|CUIL|CUIT|CPF|RG|BSN|PESEL|CPR|CNP|EGN|OIB|JMBG|AMKA|NRIC"
    r"|HKID|AHV|AVS|СНИЛС|ИНН|РНОКПП|ЕГН|ΑΦΜ|ΑΜΚΑ|PAN|NIN|BVN|NIK|KTP|CCCD|MBI|NPWP|NIF|CNH|PIS"
    r"|NSS|CNIC|KVNR"
)
_NAMES = (
    r"SSN|social security(?: (?:number|no\.?|#))?|national insurance(?: (?:number|no\.?))?"
    r"|tax file (?:number|no\.?)|medicare (?:number|no\.?)|NHS (?:number|no\.?)"
    r"|medicare (?:card|beneficiary id(?:entifier)?)|(?:checking|savings) account"
    r"|(?:voter|emirates) ID|known travell?er (?:number|no\.?)"
    r"|(?:SSS|philhealth|PAN|EPIC|NIN|CPR-?) ?(?:number|no\.?|nummer)"
    r"|passport(?: (?:number|no\.?))?|driver'?s?'? licen[cs]e(?: (?:number|no\.?))?"
    r"|driving licen[cs]e(?: (?:number|no\.?))?|account (?:number|no\.)|sort code"
    r"|steuer-?(?:id|identifikationsnummer|nummer|nr\.?)|sozialversicherungs(?:nummer|nr\.?)"
    r"|(?:sv|rv)-?nummer|(?:kranken)?versichertennummer|reisepass(?:nummer|nr\.?)?"
    r"|(?:renten|kranken)versicherungs(?:nummer|nr\.?)|ausweis-?(?:nummer|nr\.?)"
    r"|personalausweis(?:nummer|nr\.?)?|f(?:ü|ue)hrerschein(?:nummer|nr\.?)?"
    r"|konto(?:nummer|nr\.?)|AHV-?(?:nummer|nr\.?)"
    r"|num[ée]ro de (?:s[ée]curit[ée] sociale|s[ée]cu|passeport|compte)|passeport|pasaporte"
    r"|carte d['’]identit[ée]|permis de conduire|tarjeta sanitaria|c[ée]dula|t[íi]tulo de eleitor"
    r"|carta d['’]identit[àa]|patente di guida|(?:numer )?dow[óo]du?(?: osobist\w{1,3})?|paszport"
    r"|samordningsnummer|burgerservicenummer|paspoort(?:nummer)?|t\.c\. kimlik(?: no)?|kimlik no"
    r"|số (?:hộ chiếu|cccd)|תעודת זהות|رقم الهوية|เลข(?:ประจำตัว|บัตร)ประชาชน|номер паспорта|паспорта"
    r"|codice fiscale|passaporto|rijksregisternummer|numer (?:paszportu|konta)|rodn[ée] [čc][íi]slo"
    r"|personnummer|f[øo]dselsnummer|henkil[öo]tunnu(?:s\w{0,4})|hetu"
    r"|TC kimlik(?: no)?|паспорт|Aadhaar"
)
"""Names that count only in capitals, because they are words in lower case, and other names."""

_GROUP = r"(?=[A-Z]{0,6}\d)[A-Z\d]{1,18}"
_ID = (
    rf"((?<![\w-])(?:{_ABBREVIATIONS}|(?i:{_NAMES}))"
    r"(?:(?: ?[:#=]| (?i:is|ist|lautet|est|es|è|é|to|är|er|je)(?: ?:)?)? ))"
    rf"((?:[A-Z]{{1,4}} )?{_GROUP}(?:[ ./-](?:{_GROUP}|[A-Z](?![\w-]))){{0,8}})(?![\w@/-])"
)
_LEAST = 6
_YEARS = re.compile(r"(?:19|20)\d\d[ /-](?:19|20)\d\d")
_MIXED = re.compile(r"(?=(?:[A-Z]{0,9}\d){3})(?=\d{0,9}[A-Z])\w{8,}")
"""Digits of the shortest number, and a number with letters. Shorter ones are rows and classes."""

IDS = Format(
    _ID,
    "ssn", "social security", "sin", "nino", "insurance", "tfn", "tax file", "medicare", "nhs ",
    "pass", "licen", "account n", "sort code", "steuer", "sozialv", "sv-", "svn", "rv-", "rvn",
    "versicher", "ausweis", "konto", "ahv", "nir", "num", "dni", "nie", "curp", "rut", "cui",
    "pas", "cpf", "rg", "fiscale", "bsn", "rijks", "pesel", "rodn", "personn", "delsn", "cpr",
    "henkil", "cnp", "egn", "oib", "jmbg", "amka", "kimlik", "снилс", "инн", "паспорт", "aadhaar",
    "nric", "hkid", "рнокпп", "егн", "αφμ", "αμκα", "pan", "nin", "bvn", "nik", "ktp", "cccd",
    "mbi", "npwp", "nif", "cnh", "pis", "nss", "cnic", "kvnr", "epic", "checking", "savings",
    "voter", "emirates", "travel", "sss ", "philhealth", "führ", "fuehr", "identit", "conduire",
    "sanitaria", "dula", "eleitor", "patente", "dow", "osobist", "hộ chiếu", "תעודת", "الهوية",
    "ประชาชน", "hetu", "avs",
)  # fmt: skip
"""In the expression, the second group is the number."""

PHRASES_OF_IDS = (
    "passport", "passeport", "r's lic", "driver lic", "drivers lic", "steuer-id", "steuer id",
    "ssn ", "bsn ", "dni ", "cpf ", "nir: ", "tfn ", "nino", "medicare n", "sort code ",
    "sozialvers", "kontonummer", "insurance n", "pesel ", "curp ", "ausweis", "pasaporte",
    "personnummer ", "reisepass", "ahv", "ro avs", "avs: ", "pan card", "pan no", "pan number",
    "voter id", "epic n", "rerschein", "carte d'", "permis de c", "carta d'", "patente di",
    "tarjeta san", "cedula", "cédula", "eleitor", "dowó", "dowod", "paszport", "passaporto",
    "paspoort", "samordnings", "hetu: ", "hetu is", "henkil", "cpr-n", "cpr: ", "sin: ", "sin is",
    "mbi: ", "mbi is", "kimlik", "nin: ", "nin is", "bvn", "philhealth", "sss n", "nik: ",
    "nik is", "ktp: ", "ktp is", "npwp", "cccd", "chiếu", "תעודת", "الهوية", "ประชาชน", "егн",
    "αφμ", "αμκα", "рнокпп", "паспорт", "ЕГН", "ΑΦΜ", "ΑΜΚΑ", "РНОКПП", "Паспорт",
    "checking account", "savings account", "beneficiary id", "medicare c", "known trav",
    "emirates id", "kvnr", "versicherten", "fiscale", "nif: ", "nif is",
)  # fmt: skip
"""Texts of which one occurs before most such numbers that no other rule finds."""


def is_id(match: re.Match[str]) -> bool:
    """Whether a match contains such a number, and no date and no single row."""
    number = match[2]
    if is_time(number) or _YEARS.fullmatch(number) is not None:
        return False
    return sum(map(str.isdigit, number)) >= _LEAST or _MIXED.fullmatch(number) is not None
