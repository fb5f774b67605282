"""Secrets in commands, links, messages and documents without a name before them."""

from __future__ import annotations

import time

import msgspec
import pytest

from flask_replay.sanitize.memory import Memory
from flask_replay.sanitize.named_in_text import may_name_secrets, named_secrets
from flask_replay.sanitize.text import clean

_TOKEN = "hJ7kQ2mXv9LpR4tZ8wNc"
_PASSWORD = "w0mbat!Xk7q"

TELLING = {
    "docker login -u ann -p {} r.example.org": _PASSWORD,
    "ldapsearch -D cn=admin -w {} -b x": _PASSWORD,
    "htpasswd -b .htpasswd ann {}": _PASSWORD,
    "echo 'ann:{}' | chpasswd": _PASSWORD,
    "echo {} | sudo -S ls": _PASSWORD,
    "http -a ann:{} POST example.org": _PASSWORD,
    "sqlplus ann/{}@db": _PASSWORD,
    "jdbc:oracle:thin:ann/{}@db:1521:x": _PASSWORD,
    "openssl enc -aes-256-cbc -k {} -in x": _PASSWORD,
    "net use Z: \\\\srv\\x /user:ann {}": _PASSWORD,
    "db.example.org:5432:shop:ann:{}": _PASSWORD,
    "env:\n  - name: DB_PASSWORD\n    value: {}\n": _PASSWORD,
    'variable "db_password" {{\n  default = "{}"\n}}': _PASSWORD,
    '<add key="ApiKey" value="{}" />': _PASSWORD,
    'smtp:\n  pass: "{}"\n': _PASSWORD,
    "connect to bolt://ann:{}@db now": "a?b#c7Xq!",
    "INSERT INTO users (id, name, api_token) VALUES (1, 'a', 'x'), (2, 'b', '{}')": _TOKEN,
    "UPDATE users SET password=? WHERE id=?\n[parameters: ('{}', 3)]": _PASSWORD,
    "Duplicate entry '{}' for key 'users.api_key'": _TOKEN,
    "INSERT INTO visits (id, page) VALUES (?, ?) [parameters: (1, 'a')]\n"
    "INSERT INTO users (name, password) VALUES (?, ?) [parameters: ('ann', '{}')]": _PASSWORD,
    "DEBUG auth: token={}": _TOKEN,
    "login failed for ann with password {}": _PASSWORD,
    "535 AUTH PLAIN {}": "AGFubgA2d0hrd1Qld0dncFg3cQ==",
    'Authorization: Digest username="ann", response="{}"': "05c5e6bf93a9188d24d5e8c34138c6f2",
    "https://storage.example.org/b/x?Expires=1&Signature={}": _TOKEN,
    "https://example.org/cb?code={}&state=abc12345xyz": _TOKEN,
    "Reset: https://example.org/reset-password/{}": _TOKEN,
    "http://example.org/reset/MQ/{}/": "jptnf1-ecea38fbbfda190b68a7a797a7586dcd",
    "https://example.org/magic-login/{}": _TOKEN,
    "https://example.org/login/verify?t={}": _TOKEN,
    "https://example.org/invite/{}": _TOKEN,
    "{} is your verification code": "566323",
    "Your code is {}. It holds for 10 minutes.": "481516",
    "Votre code est {}": "481516",
    "Use {} as your one-time password.": "545911",
    "Enter code {} to sign in.": "394121",
    "{} ist Ihr Bestätigungscode.": "545377",
    "Votre code de vérification est : {}": "681257",
    "您的验证码是{}，请勿泄露": "964612",
    "パスワードは{}です": _PASSWORD,
    "인증번호는 [{}] 입니다": "323261",
    "Passordet ditt er {}": _PASSWORD,
    "Backup codes: abc7-1234, {}, 1122-99zz": "hja6z-89p0n7",
    "backup_codes: [0d34-7301, {}, c3cd-6089]": "ef56-e64d",
    "Save your recovery codes\n1. 69262721\n2. {}\n3. 11285166\n": "44665427",
    "* 367c-29a8\n* {}\n* f062-d15a\nKeep these backup codes safe.": "0b21-ead8",
    "<ul class='backup-codes'><li>5931-4e23</li><li>{}</li><li>0165-debb</li></ul>": "aced-bd6b",
    "BACKUP_CODES=0337-8ec1,{},d3e2-1c5c": "6c03-888a",
    "Codes de secours : 6d08-4016 - {} - 3f38-6d0c": "4709-ab7f",
    "Резервные коды: 34311527, {}, 90950402": "52395863",
    "MFA code {}": "481516",
    "Verification code {} for ann": "931496",
    "password reset code {}": "166233",
    "Telegram code: {}": "586470",
    "Okta code: {}": "884213",
    "/password/edit/{}": _TOKEN,
    "https://example.org/set-password/{}?next=%2Fhome": _TOKEN,
    "https://example.org/auth/callback/{}": _TOKEN,
    "Max retries exceeded with url: /v1/charge?key={}&amount=12": _TOKEN,
    "a temporary PIN {} was issued": "485278",
    "eve used recovery code {}": "nzdq6-ma5zk",
    "Enter this key in your app: {}": "jbsw y3dp ehpk 3pxp",
    "Setup key {}": "GEZDGNBVGY3TQOJQ",
    "Manual entry: {}": "KRSX G5CT MVRX EZLU",
    "TikTok code {}": "442143",
    "{} is your Discord code": "551204",
    "{} is your Blue Whale code.": "551204",
    "كود التفعيل: {}": "٤٨١٥١٦",
    "کد تایید شما: {}": "۴۸۱۵۱۶",
    "{} هو رمز التحقق": "٤٨١٥١٦",
    "आपका ओटीपी {} है": "४८१५१६",
    "আপনার ওটিপি {}": "৪৮১৫১৬",
    "Код подтверждения {}": "818167",
    "Ваш код — {}": "988468",
    "{} is your OTP": "299126",
    "<#> {} is your code": "561930",
    "Enter {} to continue signing in": "515403",
    "Please use the code {} to log in": "304809",
    "Code: {}. Do not share it with anyone.": "745464",
    "Mã OTP của bạn là {}": "760031",
    "Votre code : {}": "391674",
    "WhatsApp code: {}": "442143",
    "GitHub code: {}": "442-143",
    "Your LinkedIn code is {}": "442143",
    "Kode verifikasi Anda adalah {}": "442143",
    "{} adalah kode masuk Anda": "442143",
    "קוד האימות שלך הוא {}": "442143",
    "رمز التحقق الخاص بك هو {}": "442143",
    "Ο κωδικός επιβεβαίωσης σας είναι {}": "442143",
    "Codul dvs. de verificare este {}": "442143",
    "{} este codul tău de confirmare": "442143",
    "Az Ön ellenőrző kódja: {}": "442143",
    "{} on vahvistuskoodisi": "442143",
    "Giriş kodunuz {}": "442143",
    "Tek kullanımlık şifreniz: {}": "442143",
    "Mã xác nhận của bạn là {}": "442143",
    "root:{}@tcp(db:3306)/shop": _PASSWORD,
    "master password {}": "akPSN42QZUE2",
    "Password (temporary): {}": _PASSWORD,
    "tool --pass={}": _PASSWORD,
    'let token: string = "{}"': _PASSWORD,
    "รหัสผ่าน: {}": _PASSWORD,
    "पासवर्ड: {}": _PASSWORD,
    "Mật khẩu: {}": _PASSWORD,
    'account.setPassword("{}")': _PASSWORD,
    'mutation {{ resetPin(value: "{}") {{ ok }} }}': _PASSWORD,
    'mutation {{ enterOtp(code: "{}") {{ ok }} }}': _PASSWORD,
    "Recovery phrase: {}": (
        "violet tractor drumming seven harbor candle orbit walnut thunder marble pepper lantern"
    ),
    "<p>Your API key is <code>{}</code>.</p>": _TOKEN,
    '<pre id="api-key">{}</pre>': "3idCvRQRXyGsWtsuokNpbtWS",
    '<textarea name="private_key">{}</textarea>': _TOKEN,
    "<m:SetPin><m:Pin>{}</m:Pin></m:SetPin>": "107546",
    '{{"jsonrpc":"2.0","method":"user.setPassword","params":["ann","{}"]}}': _PASSWORD,
    '{{"jsonrpc":"2.0","method":"resetPin","params":{{"value":"{}"}}}}': _PASSWORD,
    "Login: anna / {}": _PASSWORD,
    "Zugangsdaten: anna / {}": "Migremi_vardop5753",
    "mongo -u ann -p {} shop": _PASSWORD,
    "sqlcmd -S h -U sa -P {}": _PASSWORD,
    "snmpwalk -v2c -c {} h": _PASSWORD,
    "openssl passwd {}": _PASSWORD,
    "https://example.org/join/{}": "MJrA0vixCPACwnOWQRxPL",
    "https://example.org/calendar/feed/{}.ics": _TOKEN,
    "OTP {} for login at Acme": "840845",
    "Your Acme code is {}": "998612",
    "Your temporary PIN is {}": "696690",
    "Enter this code to log in: {}": "580849",
    "Engångskod: {}": "649765",
    "Mot de passe temporaire : {}": "Falmika_lunka3140",
    '<add name="Db" connectionString="Server=h;User Id=sa;Password={};" />': _PASSWORD,
    "Identifiants : anna / {}": _PASSWORD,
    "Ihre TAN lautet {}": "481516",
    "Use {} to verify your account": "481516",
    "Your one-time code is {}. It expires in 10 minutes.": "481516",
    "Engangskoden din er {}": "481516",
    "Vahvistuskoodisi on {}": "481516",
    "Doğrulama kodunuz: {}": "481516",
    "API 키: {}": _TOKEN,
    "Created API key {} for Ann": _TOKEN,
    "Le jeton d'accès {} a expiré": _TOKEN,
    "Invalid API key: {}": _TOKEN,
    "SET PASSWORD FOR 'ann'@'%' = '{}'": _PASSWORD,
    "<config><entry key='db.password'>{}</entry></config>": _PASSWORD,
    "https://example.org/invitations/{}/accept": _TOKEN,
    "password: {}": "Grelun.mifal4198",
    "<table><tr><td>User</td><td>Password</td></tr><tr><td>ann</td><td>{}</td></tr></table>": (
        _PASSWORD
    ),
    "SSN: {}": "574-62-8575",
    "PIN: {}": "574026",
    "Your card's PIN = {}": "574026",
    "Ihre PIN lautet {}.": "574026",
    "DNI: {}": "12345678Z",
    "ИНН: {}": "500100732259",
    "Setup key: {}": "JBSWY3DPEHPK3PXP7",
    "Jelszó: {}": _PASSWORD,
    "net user anna {} /add": _PASSWORD,
    "Command '['curl', '-u', 'ann:{}', 'https://example.org']' timed out": _PASSWORD,
    'mutation {{ changePassword(old: "x", new: "{}") {{ ok }} }}': "hunter2xyz",
    "Aadhaar: {}": "2341 2341 2346",
    "Rodné číslo: {}": "710319/2745",
    "身份证号：{}": "11010519491231002X",
    "AUTH ann {}": _PASSWORD,
    "NICK ann7\r\nPASS {}\r\n": _PASSWORD,
    "/msg NickServ IDENTIFY {}": _PASSWORD,
    "login ann {}": "hunter2xyz",
    "REGISTER ann {} ann@example.org": _PASSWORD,
    "no adapter for 'ann:{}@db.example.org/shop'": _PASSWORD,
    "https://cloud.example.org/index.php/s/{}": "fYh2kQx7abZZ9qW",
    "https://example.org/d/{}/edit?usp=sharing": _TOKEN,
    "argument --pin: invalid int value: '{}'": _PASSWORD,
    "argument --token: invalid choice: '{}' (choose from 'a')": _TOKEN,
    "The code for the front door is {}": "481516",
    "Use PIN {} to unlock it": "481516",
    "Stripe-Signature: {}": "t=1492774577,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff",
    "X-Shopify-Hmac-Sha256: {}": "XWmrwMey6OsLMeiZKwP4FppHH3cmAiiJJAweH5Jo4bM=",
    "https://example.org/kennwort-zuruecksetzen/{}": _TOKEN,
    "https://example.org/compte/réinitialisation/{}?a=1": _TOKEN,
    "Odpowiedz: https://example.org/zaproszenie/{}": _TOKEN,
    "https://example.org/r/{}": _TOKEN,
    "Task shop.tasks.login[7f1a] raised: args=('ann', '{}') kwargs={{}}": _PASSWORD,
    "authenticate() failed with args: ['ann', '{}']": _PASSWORD,
    "hello, my SSN is {} and I moved": "574-62-8575",
    "social security no. {}": "574-62-8575",
    "Mein Reisepass: {}": "C4F7K81X2",
    "Driver's license {}": "S8146253",
    "Steuernummer {}": "181 815 08155",
    "NIR: {}": "1 84 12 76 451 089 46",
    "CPF {}": "529.982.247-25",
    "AHV-Nr. {}": "7561234567897",
    "Sort code {}": "404784",
    "export WIDGETS_KEY={} && ./run": _TOKEN,
    "$FORECAST_KEY = '{}';": _TOKEN,
    "...FORECAST_KEY={}": _TOKEN,
    'FORECAST_KEY: "{}"': _TOKEN,
}

HARMLESS = [
    "the new PIN 2026 rules", "Enter this key in your browser: some more than four", "/login/new-york-2026-marathon",
    "/auth/blob/8fdc7ef7eb0d2d0f0a2b1c9f8f6d7c5b4a392817", "?key=some-page-of-the-year-2026", "backup code of 2026-11", "/signin/",
    "442143 is your Order code.", "90210 is your Zip code", "Error code 442143", "Invoice code: 100234", "the area code 442143",
    "Pin code: 110001", "PIN Code: 110001", "Pincode 560034", "The token expires at 2026-11-29T10:00:00Z", '"csrf": "^3.1.0"', 'SECURITY_PASSWORD_HASH = "argon2"',
    "Backup codes: generated 2026-01-03, used 2026-02-04, left 2026-03-05", "You have 8 backup codes, made in room B12 on 4 May",
    "Product code: 123456", "Your zip code is 94107", "The code 481516 is out of stock", "OTP expires in 300000 ms",
    "Backup codes of the app, see RFC4226, RFC6238 and NIST-800-63B",
    'setPassword("secret")', "getPin(value: 'a1b2c3d4')", "password = getpass.getpass()", "token: $TOKEN", "pin: string = 4",
    "ReactRouter code: 42 files", "HttpStatus code: 404123", "Kode pos Anda 40115", "Codul poștal este 442143", "kod pocztowy 442143",
    "Posta kodu 442143", "Postinumerokoodi: 442143", "pwd /srv/app7", "passwd 4.13-1", 'login("form", "page7")',
    "Hassan, PIN: 573201", "Bengaluru PIN: 560001", "PIN: 560001, India", "PIN 560001 (Delhi)",
    "DNI: obligatorio", "unzip -p file7.zip", 'renamePage(old: "Alt 7b", new: "Neu 8c")',
    'listTokens(value: "alt-7bQ")', "['mkdir', '-p', '/srv/app/v1']", "net user anna7 /delete",
    "docker run -p 8080:80 image7", "grep -p pattern7 file", "useradd -m ann7", "echo build-2026 | tee x1",
    "https://example.org/reset-password/instructions-2026", "/webhooks/2026-11-28", "/share/summer-photos-2026",
    "https://example.org/verify/annual-report-2026-v2", "https://example.org/cb?code=404&page=2",
    "Your code is 2026 lines long", "Your code is 12345.50 euros too dear", "our code: 481516 lines",
    "90210 is the zip code of Beverly Hills", "12345 is your postal code", "404 is the status code",
    "Use code SUMMER2026 at checkout", "Enter 2026 as the year", "Type 12345 to search",
    "密码长度8-20位", "验证码60秒内有效", "Token Security is **Critical**", "The token is RS256",
    "password: $PASSWORD_1", "api_key: YOUR_API_KEY_1", "see section 7.1.1.6 of the Bearer Token 7.1.1.6",
    "Set your password to at least 8 characters", "INSERT INTO t (a, b) VALUES (1, 'x7')",
    "Recovery codes: 8 of 10 left", "the pin: A4, the pass: 5:30", "session: B-12, account: 7-eleven",
    "Your Zip code is 481516-b", "Your ZIP code is 90210", "/feed/new-york-marathon-2026.xml",
    "/join/our-team-in-new-york-2026", "resetPasswordForUser2InStep", "OTP 6-digit number",
    "Login: Monday / Tuesday", "Login: GET / POST", "Zugang: Montag / Freitag", "Kapitan: 1234",
    "password = form.password1", "token: hashlib.sha512", "<td>Created</td><td>API key 2026</td>",
    "<table><tr><td>Name</td><td>Token</td></tr><tr><td>CI</td><td>active</td></tr></table>",
    "Use 500000 steps or more to train the model", "Created API key number-2026-11-29-of-ann",
    "PASS tests/test_app.py", "auth failed 42", "login user42", "Login failed yesterday", "login ann page7", "register 481516 today",
    "mailto:John.Doe2@example.org", "nginx:1.27.3-rc1b2@sha256:0a1b", "cid:part1.A1B2C3@example.org",
    "/s/summer-photos-of-2026-in-new-york", "/i/Kq7abZZ9qWm3xRt7.png", "/d/9fceb02d0ae598e95dc970b74767f19372d61af8",
    "the code for the room type is 4", "e-signature: please sign here", "--size: invalid int value: 'x7abc1'",
    '<span class="token string">"abc1"</span>', "2026-11-28: passport renewed", "key: C# minor, 4/4",
    "Passport control at Gate 12, 481516 passengers", "passport: expires 2027-01-02", "SSN is required for 2026",
    "Passport 2024/2025", "AHV 2024-2025", "Social Security 2024 2025", "Sort code: ascending 2",
    "Call me, my number is 555-012-3456", "Riz cuit : 200 g", "Athan 05:30 Iqama 05:50", "iqama: 05:50", "steuer-id fehlt, siehe 2026-11-28", "Konto 4711", "driver license class B96",
    "/r/UnethicalLifeProTips", "/p/CuX9dQ2oK3b", "/p/how-to-bake-bread-in-2026", "/r/python3", "/p/Drill-GSR12V-15FC", "/p/27UP850N-W-Monitor-4K", "/r/T14s-Gen3-X1-and-P52",
    "rsvp/summer-party-of-2026",
    "Task shop.tasks.add[7f1a] raised: args=('ann', 'Berlin-10115') kwargs={}", "login() got args=('ann', 'page2')",
    "MAPS_PUBLIC_KEY=kQx7abZZ9qWm3xRt7", "OBJECT_KEY=uploads-of-2026-11", "SORT_KEY=created_at_2026_desc",
    "FILE_KEY=a1b2/c3d4e5f6g7h8i9j0.png", "RG 59 coaxial cable, 481516 m", "sin 0.841470984", "to nie 481516 sztuk", "vivir sin 481516 euros", "num 481516", "CPR training 2026-11-28",
]  # fmt: skip


@pytest.mark.parametrize(("text", "secret"), TELLING.items())
def test_a_secret_is_recognized_by_its_surroundings(text: str, secret: str) -> None:
    """By an option of a command, the path of a link, a sentence, a table or a statement."""
    data = msgspec.json.encode(["a note", text.format(secret)])
    memory = Memory()
    memory.learn_from_texts(msgspec.json.decode(data))
    assert may_name_secrets(data)
    assert secret not in str(memory.hide([text.format(secret), f"x {secret} y"]))


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_values_in_similar_surroundings_are_kept(text: str) -> None:
    """Ports, slugs, page numbers, post codes, placeholders, algorithms, rules."""
    assert [*named_secrets(msgspec.json.encode([text]))] == []


def test_a_placeholder_is_not_a_secret() -> None:
    """Sanitized text stays unchanged, whatever follows the placeholder."""
    for text in (
        "--password content=[redacted] x",
        "密码[redacted]1",
        "验证码：[redacted]-17",
        "パスワード 「[redacted]」9",
    ):
        assert clean(text) == text


def test_searching_takes_linear_time() -> None:
    """Whatever follows the beginning of such a form."""
    for piece in (
        "/reset/aaaaaaaaa1b2c3", "openssl enc x -k", "echo a:", "://a:?#", "Backup codes: aaaaaa7 ",
        "VALUES (1, 'a'), (", "Enter code 4815", "a:a:a:", '<p id="token">', "seed: abc ",
        "Login: a / ", "AUTH a ", "a:aaaaaa1@", "a-signature: ", "code for the door ", "<table><tr><td>", "password is now din er ", "Set password x ",
        "[parameters: (a, b)] ", "password=? [parameters: (a)] ", "aaaa-aaaa-", "<li>abcd-1234", "x:aaaaaa@",
        "code 481516", "and 12345678 ", "setPin(a: '", "your code 481516 ", "a (b) ",
    ):  # fmt: skip
        text = f"backup codes, password {piece * 5_000}"
        started = time.process_time()
        clean(text)
        list(named_secrets(msgspec.json.encode([text])))
        assert time.process_time() - started < 4


@pytest.mark.parametrize("name", ["auth_token: ", "the password is ", "--token=", "?passwd="])
def test_an_equals_sign_within_a_secret_begins_no_other_value(name: str) -> None:
    """Unless a sensitive name precedes it: ``auth: token=…``."""
    assert clean(f"{name}sk=ab12cd34") == f"{name}[redacted]"
    assert clean(f"{name}token=ab12cd34") == f"{name}token=[redacted]"
