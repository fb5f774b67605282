"""The words of which names of secrets consist, in the languages of Flask sites.

Words are in lower case, and in Latin scripts without accents (see ``names.plain``). Terms of
several words have spaces. The lists of Sentry, Rollbar, Datadog and Django are included.
"""

from __future__ import annotations


def words_in(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


def _terms(text: str) -> frozenset[str]:
    return frozenset(" ".join(term.split()) for term in text.split(",")) - {""}


def _pairs(first: frozenset[str], second: str) -> frozenset[str]:
    return frozenset(f"{one} {other}" for one in first for other in second.split())


STRONG = words_in("""
    password passwd passwrd passord pwd pswd psw passphrase passcode pw apikey token secret
    credential cvv cvc cvn ssn otp totp hotp jwt csrf xsrf nonce iban dsn privkey passkey
    mnemonic keypass storepass phpsessid jsessionid aspsessionid sessionid sessid mtan smstan
    htpasswd pgpassword
    aspxauth psk magstripe itin passwort kennwort geheimnis geheimzahl losungswort motdepasse
    mdp contrasena contrasenia senha palavrapasse wachtwoord toegangscode haslo heslo losenord
    lozinka adgangskode kodeord lykilord salasana sifre jelszo parola salasana tunnussana jeton
    schlusselwort wachtzin segredo segreto пароль пароля пароли паролю секрет секретныи токен
    токена kreditkarte kreditkartennummer kartennummer kontonummer prufnummer prufziffer
    sicherheitscode verifizierungscode bestatigungscode beveiligingscode verificatiecode
    rekeningnummer kaartnummer sakerhetskod kortnummer kontonr sikkerhedskode sikkerhetskode
    bekraftelsekod kreditkort numerkarty cislokarty kartno sozialversicherungsnummer
    sozialversicherungsnr kartennr kreditkartennr steueridentifikationsnummer steuernummer
    steuerid personalausweisnummer personnummer fodselsnummer cprnummer henkilotunnus hetu pesel
    bsn burgerservicenummer cpf curp aadhaar aadhar nino codicefiscale tckn tckimlik snils снилс
    инн dni nif zugangscode pruefnummer pruefziffer schluesselwort bestaetigungscode einmalcode
    freischaltcode engangskod engangskode bekraftelsekode bekraeftelseskode bekraftelseskod
    bekreftelseskode verifieringskod verifiseringskode pinkod pinkode pinkoodi vahvistuskoodi
    tunnusluku пинкод секретнии таємнии лозинка шифра парола matkhau katasandi סיסמה סיסמא סיסמת
    zaporka geslo slaptazodis salasona parool lizenzschlussel lizenzschluessel
    freischaltschlussel freischaltschluessel zugangsschlussel zugangsschluessel wlanschlussel
    sicherheitsschlussel sicherheitsschluessel licentiesleutel toegangssleutel licensnyckel
    licensnogle atkomsttoken atkomstnyckel adgangsnogle tilgangsnokkel
""")
"""Words that make a name sensitive in any context, except before a word that names a property of
them.
"""

WEAK = words_in("""
    pass pin cookie salt bearer signature sig sid pan csc auth authorization authentication
    assertion mfa twofa passport puk clave klucz пин credencial ott cpr cnp egn
""")
"""Words that make a name sensitive only beside harmless words: there are boarding passes, and pins
on maps.
"""

SERVICES = words_in("""
    adyen airtable algolia amplitude anthropic auth0 aws azure bitbucket braintree bugsnag
    cloudflare cohere datadog deepl discord elastic firebase github gitlab google hcaptcha heroku
    honeycomb hubspot intercom jira klarna mailchimp mailgun mandrill mapbox maps mattermost mistral
    mixpanel mollie newrelic notion okta openai paypal pinecone plaid postmark pusher recaptcha
    rollbar segment sendgrid sentry shopify slack square stripe supabase teams telegram twilio
    vonage zapier zendesk
""")
"""Services whose keys and webhooks apps hold: ``honeycomb_key``, ``slack_webhook``."""

NUMBERED = words_in("""
    aba acc account acct card cc dl driver id identification identity insurance license licence
    medicare nhs passport routing security sin tax verification visa
""")
"""Things whose number only their owner should know: ``card_no``, ``accountNumber``."""

TERMS = (
    _terms("""
    session id, session key, credit card, debit card, bank card, bank account, sort code, social
    security, social insurance, national id, national insurance, national identity, personal id,
    tax id, medicare number, maiden name, security answer, secret answer, seed phrase, recovery
    phrase, backup phrase, pass word, pass phrase, two factor, api key, access key, private key,
    secret key, signing key, signature key, encryption key, encrypt key, decryption key, decrypt
    key, crypt key, crypto key, master key, auth key, account key, license key, licence key, ssh
    key, gpg key, pgp key, consumer key, shared key, webhook key, recovery key, backup key, app
    key, application key, client key, storage key, hmac key, aes key, rsa key, deploy key,
    wallet key, product key, activation key, security key, admin key, server key, write key,
    ingest key, integration key, project key, wpa key, wep key, wifi key, pre shared key,
    publishable key, jwk set, security code, verification code, verify code, recovery code,
    backup code, mfa code, twofa code, factor code, auth code, authorization code,
    authentication code, authenticator code, access code, pin code, sms code, login code, signin
    code, confirmation code, confirm code, activation code, invite code, invitation code, reset
    code, one time code, unlock code, device code, user code, magic code, scratch code, email
    code, phone code, tan code, card code, cvv code, one time pin, saml response, saml request,
    relay state, code verifier, client assertion, oauth verifier, oauth signature, oauth nonce,
    id assertion, signed request, signed url, presigned url, sas url, set cookie, database url,
    database uri, db url, db uri, connection string, connection uri, connection url, conn str,
    conn string, mongo url, mongo uri, mongodb url, mongodb uri, redis url, redis uri, amqp url,
    amqp uri, broker url, rabbitmq url, postgres url, postgres uri, postgresql url, mysql url,
    jdbc url, webhook url, result backend, cloudinary url, reset link, reset url, reset uri,
    magic link, magic url, activation link, activation url, verification link, verification url,
    verify link, verify url, confirmation link, confirmation url, confirm link, confirm url,
    invite link, invite url, invitation link, invitation url, unsubscribe link, unsubscribe url,
    access link, share link, mot de passe, mot passe, code secret, code de securite, code
    securite, code de verification, code confirmation, code de confirmation, code acces, cle
    api, cle privee, cle secrete, cle acces, cle d acces, carte bancaire, carte de credit, carte
    credit, numero carte, numero de carte, numero securite sociale, numero de securite sociale,
    numero tarjeta, numero de tarjeta, tarjeta credito, tarjeta de credito, codigo seguridad,
    codigo de seguridad, codigo verificacion, codigo de verificacion, clave api, clave secreta,
    clave privada, clave acceso, clave de acceso, palavra passe, palavra de passe, codigo
    seguranca, codigo de seguranca, codigo verificacao, codigo de verificacao, chave api, chave
    de api, chave secreta, chave privada, chave acesso, chave de acesso, cartao credito, cartao
    de credito, numero cartao, numero do cartao, numero de cartao, parola d ordine, parola
    chiave segreta, chiave api, chiave segreta, chiave privata, codice segreto, codice
    sicurezza, codice di sicurezza, codice verifica, codice di verifica, carta credito, carta di
    credito, numero carta, numero della carta, codice fiscale, api schlussel, privater
    schlussel, geheimer schlussel, api sleutel, geheime sleutel, klucz api, klucz prywatny,
    numer karty, numer konta, kod bezpieczenstwa, kod weryfikacyjny, klic api, soukromy klic,
    cislo karty, cislo uctu, bezpecnostni kod, overovaci kod, rodne cislo, api nyckel, api
    nokkel, kart numarasi, kart no, guvenlik kodu, dogrulama kodu, api anahtari, gizli anahtar,
    tc kimlik, tc no, steuer id, numero de seguridad social, numero seguridad social, номер
    карты, код подтверждения, код безопасности, код доступа, ключ апи, api ключ, секретныи ключ,
    приватныи ключ, номер паспорта, номер рахунку, код підтвердження, номер картки, приватнии
    ключ, ключ доступу, код доступу, код безпеки, пин код, пін код, code pin, codigo pin, codice
    pin, kod pin, jeton acces, codigo acceso, codigo de acceso, codigo de acesso, codice
    accesso, codice di accesso, tan nummer, api schluessel, privater schluessel, geheimer
    schluessel, tajny klic, tajny kluc, titkos kulcs, hemlig nyckel, hemmelig nokkel, hemmelig
    nogle, salainen avain, klucz dostepu, pairing code, laravel session, ci session, rack
    session, symfony session, mat khau, kata sandi, kod keselamatan, κωδικος προσβασης, код из
    смс, смс код, μυστικο κλειδι, كلمة المرور, كلمة السر, رمز التحقق, رمز الدخول, קוד אימות, sas
    key, fernet key, subscription key, functions key, pem key, tls key, ssl key, apns key, psk
    key, shared access signature, granting ticket, verification value, emv data, drivers
    license, drivers licence, driver license, driver licence, driving license, driving licence,
    taxpayer id, payer id, challenge answer, community string, snmp community, pkce verifier,
    authz code, oauth code, seed word, wallet seed, recovery seed, totp uri, totp url, otp uri,
    otp url, otpauth uri, otpauth url, secret link, secret url, secret address, service account
    json, service account info, wordpress logged in, wordpress sec, gitlab session, auth
    session, sso session, gift card code, voucher pin, photo tan, sms tan, push tan, chip tan,
    tan eingabe, wlan schlussel, wlan schluessel, wifi schlussel, lizenz schlussel, zugangs
    schlussel, geheimer code, geheim code, geheimfrage antwort, sicherheitsfrage antwort,
    identifikationsnummer, phrase secrete, phrase de passe, phrase passe, cle wifi, cle wep, cle
    wpa, cle licence, cle de licence, usage unique, cryptogramme, numero secu, numero de secu,
    numero compte, numero de compte, reponse secrete, identifiant session, identifiant de
    session, code confidentiel, palabra secreta, clave wifi, clave de wifi, clave dinamica,
    clave bancaria, clave digital, codigo sms, codigo unico, codigo confirmacion, codigo de
    confirmacion, numero cuenta, numero de cuenta, respuesta secreta, frase secreta, frase
    semilla, frase de recuperacion, chave pix, chave wifi, chave seguranca, chave de seguranca,
    codigo confirmacao, codigo de confirmacao, numero conta, numero da conta, resposta secreta,
    chiave wifi, chiave licenza, chiave di licenza, chiave crittografica, codice sms, codice
    monouso, numero conto, numero di conto, risposta segreta, frase segreta, parola segreta,
    wifi sleutel, licentie sleutel, toegangs sleutel, eenmalige code, geheim antwoord, klucz
    wifi, klucz licencyjny, kod sms, kod jednorazowy, tajna odpowiedz, numer rachunku, klic
    wifi, licencni klic, jednorazovy kod, sms kod, tajna odpoved, wifi nyckel, licens nyckel,
    atkomst token, atkomst nyckel, hemligt svar, hemmelig svar, hemmeligt svar, adgangs nogle,
    tilgangs nokkel, kertakayttokoodi, salainen vastaus, wifi anahtari, lisans anahtari, erisim
    anahtari, tek kullanimlik, sms kodu, gizli cevap, ключ лицензии, лицензионныи ключ,
    одноразовыи код, номер счета, ключ доступа, кодовое слово, паспорт номер, одноразовии код,
    секретна відповідь, ключ ліцензіі, رمز سري, الرمز السري, كلمة مرور, קוד סודי, μυστικος
    κωδικος, ma xac nhan, ma otp, kode verifikasi, kode otp, kode akses, titkos kod, biztonsagi
    kod, megerosito kod, cod de acces, cod acces, cod de verificare, cod de securitate, question
    answer, unlock pattern, unseal key, key material, enc key, insert key, pairing key, stream
    key, feed key, sid cookie, pin block, bank acct, sso ticket, cas
    ticket, krb ticket, ntlm hash
    """)
    | _pairs(SERVICES, "key webhook signature")
    | _pairs(NUMBERED, "number num no nr nbr")
)
"""Terms of several words. They count like those of ``STRONG``."""

ANYWHERE = words_in("""
    密码 密碼 口令 令牌 密钥 密鑰 验证码 驗證碼 校验码 安全码 安全碼 信用卡 卡号
    卡號 银行账号 银行卡 身份证 身份證 パスワード 暗証番号 秘密鍵 シークレット
    トークン 認証コード 確認コード รหัสผ่าน รหัสลับ पासवर्ड
    गुप्तशब्द セキュリティコード ログインコード クレジットカード番号 カード番号
    マイナンバー 口座番号 合言葉 비밀번호 패스워드 암호 토큰 인증번호 인증코드
    보안코드 비밀키 카드번호 계좌번호 주민등록번호 시크릿 动态码 動態碼 授权码
    授權碼 私钥 私鑰 密保答案 安全问题答案 秘密の質問の答え 秘密の答え アクセスキー
    apiキー 暗号鍵 ライセンスキー otp번호 액세스키 api키 여권번호 라이선스키
    라이센스키 접근키 รหัสยืนยัน
""")
"""Terms in scripts without spaces."""

ANYWHERE_HARMLESS = words_in("""
    强度 長度 长度 提示 类型 類型 数量 數量 有效期 規則 规则 策略 次数 是否
    強度 長さ ヒント 種類 数 有効期限 ルール ポリシー 回数 名
    강도 길이 힌트 유형 개수 만료일 규칙 정책 횟수 이름 찾기 방식 수
    忘れた 忘れた方 忘れ 有効 状态 狀態 方式 时长
""")
"""Ends of names in those scripts that are about a property of a secret."""

FORGOTTEN = words_in("忘记 忘記 找回")
"""Beginnings of names in those scripts that are about a secret that was lost."""

GLUED = words_in("""
    password passwd passphrase passcode apikey secretkey accesstoken authtoken refreshtoken
    csrftoken csrf xsrf sessionid creditcard cardnumber privatekey accesskey accountnumber
    securitycode samlresponse samlrequest passwort kennwort motdepasse contrasena wachtwoord
    losenord adgangskode parol парол kreditkart
""")
"""Terms that are recognized within a longer word, too."""

HARMLESS = words_in("""
    passwordless passwordfree pincode pinned pinning pinball pinboard pinterest passing passed
    passive passenger passengers passage passages passion passionate compass bypass surpass trespass
    encompass underpass overpass secretary secretaries secretariat secretion secrete tokenize
    tokenizer tokenized tokenization tokenizers keyboard monkey author authors authority authored
    authorship sidebar sidecar paroles parole parolee passepartout passerelle saltwater salty basalt
    opinion spin spins shopping panel pancake japan company span expand
""")
"""Words that contain such a term and are harmless."""

OWNERS = words_in("""
    user users usr my your admin administrator root db database mysql mariadb pg postgres postgresql
    sql redis mongo mongodb rabbitmq amqp ldap smtp imap pop mail email e ftp sftp ssh http https
    proxy wifi wlan wpa login signin sign auth account acct app api web site client customer server
    service system sys os master default initial temp temporary tmp dev prod production staging old
    new current cur confirm confirmed confirmation repeat retype verify verification re plain raw
    hashed encrypted private sim atm card debit credit device phone mobile unlock wallet session
    remember set csrf request x jwt access refresh bearer oauth saml sso github google aws azure
    stripe paypal slack twitter facebook basic connect wp cc hub amz hmac payload webhook php
    primary personal payment security hash password crypt csp gift giftcard cardholder keystore
    truststore sudo su bind express sails koa usuario utilisateur benutzer utente uzytkownik
    uzivatel nueva nouveau neues nuova novo nova su tu il el la le der das die
""")
"""Words before a weak word that leave its meaning as it is."""

VALUES = words_in("""
    value val code number no num nr key hash digest text string str data raw plain confirm
    confirmation confirmed again repeat repeated check verify verification old new current retype
    encrypted hex enc word phrase input full main token secret jar bytes
""")
"""Words after a weak word that leave its meaning as it is."""

FLAGS = words_in("""
    has have is are was can could should must need needs require requires required show shows
    hide display use uses using enable enables enabled disable disables disabled allow allows
    allowed forgot forgotten lost no without invalid wrong incorrect max min maximum minimum num
    n count total avg average mean per supports support force skip ask accepts accept number
    with hat ist longueur longitud comprimento tamanho lunghezza dlugosc delka oubli oublie
    olvide olvidada esqueci esqueceu dimenticata mostrar mostra afficher masquer ocultar zeige
    anzeigen politique politica politicas regles reglas regole tipo indice nombre vergessen
    vergeten zapomniane zapomenute zabudnute glomt glemt unohtunut elfelejtett zaboravljena
    pozabljeno забыли забули длина довжина подсказка підказка duljina dolzina ilgis garums pikkus
    نسيت طول אורך רמז שכחת quen dai do panjang lupa lungime weak
""")
"""First words of names that ask whether or how many."""

QUALIFIERS = words_in("""
    count counts counter total type types kind kinds hint hints length len min max minimum
    maximum size sizes strength score level levels quality enabled enable disabled disable
    active inactive required require requires requirement requirements optional needed allowed
    available valid validity invalid verified unverified validated validation validator
    validators expired expires expiry expiration exp ttl lifetime duration timeout age days
    hours minutes seconds month year date dates time times at since until changed updated
    created modified issued accepted used usage usages uses changes rotation rotated policy
    policies rule rules pattern regex regexp format formats algorithm alg hasher hashers scheme
    schemes iterations rounds name names label labels title titles placeholder help message
    messages msg error errors warning warnings description caption tooltip prefix suffix field
    fields column columns form forms page pages view views link links url urls uri path paths
    route routes endpoint template templates icon icons button buttons color colour class css
    style location domain samesite secure httponly visible visibility show shown hidden hide
    toggle status state states mode modes option options setting settings config configuration
    manager managers provider providers issuer audience scope scopes owner owners user username
    users group groups index table model schema module file filename dir directory folder
    consent banner notice notices preferences preference law popup dialog modal accept category
    categories rate rates price prices limit limits quota remaining balance budget attempts
    attempt tries retries failures failed failure history flow step steps stage strategy method
    methods version digits characters chars charset alphabet question questions set exists
    present missing match matches matched mismatch strong weak similarity entropy complexity
    reuse country currency holder brand network issuers logo image photo backend engine driver
    library service interval frequency cost delay entry position offset offsets rank order sort
    filter section tab tabs menu block box widget element selector reminder header headers
    resets changer generator rotations checker meter multiplier instructions guide docs
    documentation article lange laenge anzahl typ hinweis starke staerke regel regeln richtlinie
    ablauf longueur indice longitud cantidad tipo tip tips post posts office channel channels
    olvidada oubliee oublie vergessen dimenticata esquecida lengte complete completed period
    protection exempt leeway sent badge autocomplete autofill setup geaendert geandert modifie
    lunghezza comprimento dlugosc delka uzunluk тип длина подсказка ipucu politique politica seo
    anzeige reklamowe krzyzowki supported unsupported protected origins guidelines checklist
    threshold classification requis requise requerida exigee
    expire expira verloopt wygasa expirace истекает erforderlich geandert geaendert vergeten
    sterkte sterke zapomniane zapomenute zabudnute glomt glemt unohtunut pituus langd lengde
    uzunlugu gucu politikasi sayisi unuttum hossza uitata pozabljeno zaboravljena длины довжина
    підказка подсказки забыли забули pikkus garums ilgis fuerza robustez fortaleza fuerte
    obligatorio obligatoria olvido obligatoire modifiee geldig vervalt wymagane zmienione
""")
"""Last words of names that are about a property of a secret."""

PROSE = words_in("""
    mnemonic passphrase phrase seed words answer answers antwort reponse respuesta risposta resposta
    antwoord odpowiedz odpoved svar vastaus cevap yanit ответ відповідь maiden
""")
"""Words of names whose secrets read like prose."""

MEASURES = ("lange", "laenge", "starke", "staerke", "regeln", "langd", "lengte", "sterkte")
"""Ends of compounds that are about a property of a secret: ``passwort_mindestlaenge``."""

METHODS = words_in("""
    none basic digest bearer oauth oauth1 oauth2 openid oidc saml saml2 sso ldap ntlm kerberos local
    password token apikey session cookie mfa jwt anonymous
""")
"""Methods of authentication."""

LEANING = words_in("in on by at am em le el text id code class html sms today")
"""Last words after which the word before them tells what a name is about: ``expires_in``,
``field_id``, ``country_code``.
"""

OTHERS_BEFORE: dict[str, frozenset[str]] = {
    "token": words_in("""
        nft prompt completion input output total design game vocab special text next page
        continuation sync lexer parser word eos bos pad unk mask cls sep governance utility board
        subway arcade theme color css syntax cached reasoning used average stop keyword punctuation
        start end generated estimated spent free bonus sum daily monthly chat model thinking image
        audio video vision cache read creation write spacing radius typography shadow motion context
        billed llm crypto erc fungible meme reward unknown separator prediction remaining limit
        laundry parking
    """),
    "secret": words_in(
        "trade open dirty best kept victoria victorias family top chef old worst little big no "
        "naughty industry"
    ),
    "signature": words_in(
        "email mail user forum time key method function call artist chef file guest dish account "
        "app"
    ),
    "pan": words_in("frying sauce roasting baking"),
    "pass": words_in("api app"),
    "cookie": words_in("site web app my"),
    "auth": words_in("user"),
    "salt": words_in("password2"),
    "credential": words_in("teaching academic professional press media"),
    "clave": words_in("palabra punto"),
    "passport": words_in("app"),
    "session id": words_in("recording training conference therapy photo jam course"),
}
"""Words before a term that give it another meaning."""

OTHERS_AFTER: dict[str, frozenset[str]] = {
    "token": words_in("""
        symbol supply sale standard economy economics launch burn contract address decimals metadata
        bucket ring stream span weight weights prob probs window list texts sequence sequences
        embedding embeddings reward rewards holders airdrop counts per based of left spent purchased
        in out distribution swap pair pool chart market cap ticker passing machine start end pos
        lemma
    """),
    "secret": words_in("pal gift"),
    "nonce": words_in("word words"),
    "cvc": words_in("check"),
    "cvv": words_in("check"),
    "otp": words_in("bank app"),
    "pw": words_in("x y"),
    "session id": words_in("title"),
    "credential": words_in("subject"),
    "dsn": words_in("host"),
    "parola": words_in("del"),
    "user code": words_in("review"),
}
"""Words after a term that give it another meaning."""

SECRET_THINGS = (
    VALUES
    | OWNERS
    | STRONG
    | WEAK
    | words_in("""
    access address answer answers backup base blob body bundle content contents env environment for
    by in from to json key keys list map note notes part parts payload phrase primary ref reference
    secondary share shared shares sharing store
""")
)
"""Words after ``secret`` that leave it a secret. Other words of a dictionary make it an adjective:
``secret_santa``.
"""

LANGUAGES = words_in("""
    ar bg cs da de el en es et fi fr he hi hr hu it ja ko lt lv nl pl pt ro ru sk sl sr sv th tr uk
    vi zh
""")
"""Codes of languages that are not words of settings. Two of them show that the other keys of a
dictionary are languages, too.
"""

COUNTED = words_in("tokens secrets cookies credentials nonces")
"""Names whose numbers are counts."""

KEYS = words_in("key number num no nr id code hash pass token secret")
"""Names that are vague by themselves. The name of their container makes them clear."""

SMALL = words_in("""
    a an the in on of off to at by for from and or is are be it its no not up out as we my our your
    you me i do if so with this that new log
""")
"""Words of any text, which lists of words leave out."""

WORDS = frozenset(
    word
    for words in (SMALL, STRONG, WEAK, QUALIFIERS, OWNERS, VALUES, FLAGS, HARMLESS)
    for word in words
) | frozenset(word for term in TERMS for word in term.split())
"""All words of the vocabulary. Such a word is not a secret if it is a value."""
