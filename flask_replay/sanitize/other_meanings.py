"""Words beside a term that give it another meaning: a design token, the tan of a triangle."""

from __future__ import annotations

from .terms import words_in

OTHERS_BEFORE: dict[str, frozenset[str]] = {
    "token": words_in("""
        nft prompt completion input output total design game vocab special text next page
        continuation sync lexer parser word eos bos pad unk mask cls sep governance utility board
        subway arcade theme color css syntax cached reasoning used average stop keyword punctuation
        start end generated estimated spent free bonus sum daily monthly chat model thinking image
        audio video vision cache read creation write spacing radius typography shadow motion context
        billed llm crypto erc fungible meme reward unknown separator prediction remaining limit
        pagination paging starting sequence idempotency cursor checkpoint trace consistency version
        lock resume skip delta batch
        laundry parking
    """),
    "mat khau": words_in("dai"),
    "pin": words_in("camera router nas"),
    "tan": words_in("in sin cos"),
    "secret": words_in(
        "trade open dirty best kept victoria victorias family top chef old worst little big no "
        "naughty industry"
    ),
    "signature": words_in(
        "date email mail user forum time key method function call artist chef file guest dish "
        "account app"
    ),
    "pan": words_in("camera frying sauce roasting baking"),
    "pass": words_in("api app gate entry door room online"),
    "cookie": words_in("site web app my"),
    "auth": words_in("user"),
    "salt": words_in("password2"),
    "credential": words_in("teaching academic professional press media"),
    "clave": words_in("palabra punto"),
    "passport": words_in("app"),
    "session id": words_in(
        "recording training conference therapy photo jam course call room webinar class exam quiz"
    ),
}
"""Words before a term that give it another meaning."""

OTHERS_AFTER: dict[str, frozenset[str]] = {
    "token": words_in("""
        symbol supply sale standard economy economics launch burn contract address decimals metadata
        bucket ring stream span weight weights prob probs window list texts sequence sequences
        embedding embeddings reward rewards holders airdrop counts per based of left spent purchased
        streaming limit
        in out distribution swap pair pool chart market cap ticker passing machine start end pos
        lemma ids
    """),
    "secret": words_in("pal gift service"),
    "social security": words_in("wages tax taxes tips benefit benefits income"),
    "nonce": words_in("word words"),
    "cvc": words_in("check"),
    "cvv": words_in("check"),
    "otp": words_in("bank app"),
    "pw": words_in("x y"),
    "session id": words_in("title"),
    "credential": words_in("subject"),
    "dsn": words_in("host"),
    "parola": words_in("del"),
    "heslo": words_in("dne"),
    "jeton": words_in("presence casino"),
    "user code": words_in("review"),
}
"""Words after a term that give it another meaning."""
