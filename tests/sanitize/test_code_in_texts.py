"""Texts that quote code or configuration: references stay readable, literals are masked."""

from __future__ import annotations

import time

import msgspec
import pytest

from flask_replay.sanitize.memory import Memory
from flask_replay.sanitize.named_in_text import named_secrets
from flask_replay.sanitize.sanitizer import Sanitizer
from flask_replay.sanitize.text import clean

SECRET = "w0mbat!Xk7q"

REFERENCES = [
    'password = getpass.getpass("Password: ")', 'password=os.getenv("X")', "token = secrets.token_urlsafe(32)",
    "password = db.Column(db.String(80))", "const apiKey = process.env.API_KEY;", "password: config.db.password",
    "Authorization: Bearer $TOKEN", "Bearer {token}", "Authorization: Token <your-token>", "mysql -u root -p$MYSQL_PWD shop",
    "mysql -p${MYSQL_PWD}", 'curl -u "$USER:$PASSWORD" https://example.org', "Token ID: 4711", "Key ID: 88",
    'password = input("Password: ")', 'password=os.environ["DB_PASSWORD"]', 'api_key = ENV.fetch("API_KEY")',
    "password = $request->input('password');", 'password = StringField("Password", [DataRequired()])',
    'token = req.headers.get("Authorization").split(" ")[1]', "token = uuid.uuid4().hex", "password = self.password",
    "password: {{ vault_password }}", "token: ${{ secrets.TOKEN }}", 'password="{password}"', "password=%(password)s",
    "WHERE token = :token AND password = $1", "api_key=<API_KEY>", "postgresql://user:${PASSWORD}@db/shop",
    "{'Authorization': f'Bearer {token}'}", 'headers = {"Authorization": "Bearer " + token}',
    "password = encoded.decode('latin1')", 'token = hashlib.new("sha256").hexdigest()', 'token = signer.dumps({"id": 5})',
    "token = Column(String)", "api_key = Column(String, nullable=False)", "pin: mapped_column(Integer, index=True)",
    "password: Mapped[str]", "token: Optional[str] = None", "password: varchar(255)", "pin = Column(Integer, ForeignKey(User.id))",
    '"cookie": "0.5.0"', '"jwt-decode": "^4.0.0"', '"csrf": "3.1.0-rc.1"',
]  # fmt: skip

LITERALS = [
    "os.getenv('DB_PASSWORD', '{}')", "password = os.getenv('X', '{}')", "connect(password='{}')", "password = config('PW', default='{}')",
    "password = os.getenv('X') or '{}'", "const password = process.env.PW ?? '{}';", "password = self.hash('{}')",
    "auth=('ann', '{}')", 'auth = ("ann", "{}")', "HTTPBasicAuth('ann', '{}')", "auth=aiohttp.BasicAuth('ann', '{}')",
    "pika.PlainCredentials('ann', '{}')", "smtp.login('ann@example.org', '{}')", "pwd {}", "password = self.{}",
    "password={{{}}}", "password=${}", "Authorization: Bearer {}{{x}}", "password = ('{}'", "password: a.b({})c7",
    "password: Column({})", "password: varchar({})", "password: Text[{}]",
]  # fmt: skip


@pytest.mark.parametrize("text", REFERENCES)
def test_a_reference_is_kept(text: str) -> None:
    """It says where the secret comes from, not what it is."""
    assert clean(text) == text
    assert [*named_secrets(msgspec.json.encode([text]))] == []


@pytest.mark.parametrize("text", LITERALS)
def test_a_literal_is_masked(text: str) -> None:
    """An argument, the value that is used otherwise, the password of a pair."""
    cleaned = clean(text.format(SECRET))
    assert SECRET not in cleaned
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize("password", ["$Password123", "$Passw0rd"])
def test_a_password_may_look_like_a_variable(password: str) -> None:
    """Variables rarely have digits."""
    assert password not in clean(f'password = "{password}"')
    assert "$newPassword" in clean('password = "$newPassword"')


@pytest.mark.parametrize("text", LITERALS[:14])
def test_a_literal_is_learnt(text: str) -> None:
    """It is masked wherever the request leaves it."""
    memory = Memory()
    memory.learn_from_texts([text.format(SECRET)])
    assert memory.hide([f"it is {SECRET}"]) == ["it is [redacted]"]


def test_an_argument_of_another_kind_is_not_learnt() -> None:
    """It may be a word of the page."""
    assert [*named_secrets(b"[\"token.content = RE.sub('x1', token.content)\"]")] == []


def test_the_rest_of_a_call_is_kept() -> None:
    """So that the text says what was done."""
    assert (
        clean("password = os.getenv('PW', 'hunter2')") == "password = os.getenv('PW', [redacted])"
    )


def test_versions_of_libraries_are_kept() -> None:
    """Nobody's password is a version, except where somebody typed it."""
    params = Sanitizer().params
    libraries = {"cookie": "0.5.0", "jwt-decode": "4.0.0", "passport": "~0.6.0", "csrf": "v3.1.12"}
    assert params({"dependencies": libraries}) == {"dependencies": libraries}
    typed = {"password": "1.2.3", "pin": "12.34.56", "token": "12.345.678"}
    assert {*params(typed).values()} == {"[redacted]"}


@pytest.mark.parametrize(
    "piece",
    [
        "password = a.b(", "password=x[", "password=a.a", "token={a.", "password = a() or '", "auth=('a' 'b' ",
        "password=f(a=1)(b)", "login('a', '", "password=$a->", "token: {{ a", "pwd a1!", "password=?:a",
    ],
)  # fmt: skip
def test_cleaning_takes_linear_time(piece: str) -> None:
    """Whatever code a text quotes."""
    for text in (piece * (200_000 // len(piece)), f"password={piece * 20_000}"):
        started = time.process_time()
        clean(text)
        assert time.process_time() - started < 4
