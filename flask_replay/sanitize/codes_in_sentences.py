"""One-time codes in sentences of languages that put other words between the code and its name.

In each expression the second group is the secret.
"""

from __future__ import annotations

import re
from itertools import chain

from .formats import Format

DIGITS_OF_CODES = re.compile(r"\d{4}|\d{3}[- ]\d{3}")
"""What every text with such a code contains, and few headers and messages."""

_DIGITS = r"(\d{4,8}|\d{3}[- ]\d{3})(?![\w.,-]*\w)"


def _sentences(names: str, *signs: str) -> tuple[Format, Format]:
    """Return the formats of sentences with a code after its name, and before it.

    :param names: an expression.
    :param signs: see :class:`Format`.
    """
    after = rf"(?i)((?:{names})[^\d\n.!?;]{{0,40}}[\s:：\u200f–—-]){_DIGITS}"
    before = rf"(?i)()(?<![\w.,-]){_DIGITS}(?=[ ,:–—-]{{1,3}}[^\d\n.!?;]{{0,32}}?(?:{names}))"
    return Format(after, *signs), Format(before, *signs)


_BRANDED = re.compile(
    r"(\b(?!Error|Http|Status|Exit|Zip|Post|Product)[A-Z][a-z]{1,15}[A-Z]\w{1,16} code(?: is)?:? )"
    r"(\d{6}|\d{3}[- ]\d{3})(?![\w.,-]*\w)"
)
"""A code of a service whose name is in camel case."""

NAMED_CODES = (
    Format(_BRANDED, " code"),
    *chain(
        _sentences(  # Indonesian
            r"\bkode (?:verifikasi|otp|keamanan|konfirmasi|masuk|aktivasi|akses|login|rahasia"
            r"|anda\b)",
            "kode ",
        ),
        _sentences(r"\bkod (?:pengesahan|keselamatan|pengaktifan|otp|tac)", "kod "),  # Malay
        _sentences(  # Hebrew
            r"(?<!\w)ה?קוד (?:ה?(?:אימות|אישור|כניסה|גישה|אבטחה|הזדהות|הפעלה)|חד.פעמי|שלך)", "קוד"
        ),
        _sentences(  # Arabic
            r"(?<!\w)(?:ال)?(?:رمز|كود) (?:ال)?(?:تحقق|تأكيد|دخول|تفعيل|أمان|وصول|مصادقة|سري)",
            "رمز",
            "كود",
        ),
        _sentences(r"(?<!\w)کد (?:تایید|تأیید|ورود|فعال|یکبار|امنیتی)", "کد "),  # Persian
        _sentences(  # Greek
            r"\bκωδικ[όο]\w? (?:επαλ[ήη]θευσης|επιβεβα[ίι]ωσης|ασφαλε[ίι]ας|σ[ύυ]νδεσης"
            r"|πρ[όο]σβασης|ενεργοπο[ίι]ησης|μ[ίι]ας χρ[ήη]σης|σας|σου)",
            "κωδικ",
        ),
        _sentences(  # Romanian
            r"\bcod(?:ul)? (?:[^\W\d_]{1,12}\.? ){0,2}(?:de )?"
            r"(?:verificare|confirmare|securitate|acces|activare|autentificare|unic)"
            r"|\bcodul (?:t[ăa]u|dvs|dumneavoastr[ăa])",
            "cod ",
            "codul ",
        ),
        _sentences(  # Hungarian
            r"(?:ellen[őo]rz[őo]|meger[őo]s[ií]t[őo]|biztons[áa]gi|bel[ée]p[ée]si|hiteles[ií]t[őo]"
            r"|aktiv[áa]l[óo]|igazol[óo]|egyszeri) ?k[óo]d(?:ja|od|unk|j[áa]t)?\b|\baz ön kódja\b",
            "kód",
            " kod",
        ),
        _sentences(  # Finnish, Estonian
            r"(?:vahvistus|turva|kirjautumis|kertak[äa]ytt[öo]|varmennus|aktivointi|tunnistautumis)"
            r"-?koodi\w{0,4}|\bkoodisi\b|(?:kinnitus|turva|sisselogimis)kood\w{0,2}",
            "kood",
        ),
        _sentences(  # Turkish
            r"(?:do[ğg]rulama|onay|g[üu]venlik|giri[şs]|aktivasyon|etkinle[şs]tirme|kullan[ıi]ml[ıi]k|sms)"
            r" (?:kod|[şs]ifre)\w{0,8}",
            " kod",
            " şifre",
            " sifre",
        ),
        _sentences(  # Czech, Slovak
            r"(?:ov[ěe][řr]ovac|overovac|potvrzovac|potvrdzovac|bezpe[čc]nostn|p[řr]ihla[šs]ovac)"
            r"\w{1,3} k[óo]d\w{0,2}",
            " kód",
            " kod",
        ),
        _sentences(  # Croatian, Slovenian
            r"(?:verifikacijsk|sigurnosn|potvrdn|varnostn|potrditven)\w{1,2} kod\w{0,2}", " kod"
        ),
        _sentences(  # Polish
            r"\bkod (?:weryfikacyjny|autoryzacyjny|dost[ęe]pu|logowania|jednorazowy|aktywacyjny"
            r"|potwierdzaj[ąa]cy)",
            "kod ",
        ),
        _sentences(  # Russian, Ukrainian, Bulgarian, Serbian
            r"\bкод\w{0,2} (?:за |для )?(?:подтвержд|підтвердж|потвържд|потврд|доступ|вход|вході"
            r"|безопасн|безпек|активац|авторизац|проверк|верифи|сигурн)\w{0,8}",
            "код",
        ),
        _sentences(  # Vietnamese
            r"\bm[ãa] (?:x[áa]c (?:nh[ậa]n|minh|th[ựu]c)|otp|b[ảa]o m[ậa]t|k[íi]ch ho[ạa]t)",
            "mã ",
            "ma x",
            "ma otp",
        ),
        _sentences(r"รหัส\s?(?:ยืนยัน|otp|ผ่านครั้งเดียว)", "รหัส"),  # Thai
        _sentences(r"सत्यापन कोड|ओटीपी", "कोड", "ओटीपी"),  # Hindi
        _sentences(r"যাচাইকরণ কোড|ওটিপি", "কোড", "ওটিপি"),  # Bengali
    ),
)

PHRASES_OF_CODES = (
    "kode verif", "kode otp", "kode keam", "kode konf", "kode masuk", "kode akt", "kode akses",
    "kode login", "kode rahas", "kode anda", "ön kódja",
    "kod penge", "kod kesel", "kod tac", "קוד", "رمز", "كود", "کد ",
    "codul ", "cod de ", "nőrző k", "sítő k", "biztonsági k", "belépési k", "egyszeri k", "koodisi",
    "vahvistuskood", "turvakood", "kirjautumiskood", "varmennuskood", "aktivointikood",
    "kinnituskood", "onay kod", "rulama kod", "venlik kod", "giriş kod", "sms kod", "sms şifre",
    "mlık şifre", "aktivasyon kod", "vací kód", "vaci kod", "nostní kód", "nostný kód",
    "jski kod", "nosni kod", "vrdni kod", "mã xác", "mã otp", "mã bảo", "รหัส", "सत्यापन कोड",
    "ओटीपी", "যাচাইকরণ কোড", "ওটিপি", "код за", "код для", "код вход", "код вхід", " code: ",
    *(f" code {digit}" for digit in range(10)),
)  # fmt: skip
"""Texts of which one occurs in most such messages, so that a text without any is not searched."""
