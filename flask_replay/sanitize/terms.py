"""The terms of several words of which names of secrets consist."""

from __future__ import annotations


def words_in(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


def _terms(text: str) -> frozenset[str]:
    return frozenset(" ".join(term.split()) for term in text.split(",")) - {""}


def _pairs(first: frozenset[str], second: str) -> frozenset[str]:
    return frozenset(f"{one} {other}" for one in first for other in second.split())


SERVICES = words_in("""
    alipay wechat asana figma gitea dropbox fastly netlify vercel
    adyen airtable algolia amplitude anthropic auth0 aws azure bitbucket braintree bugsnag
    cloudflare cohere datadog deepl discord elastic firebase github gitlab google hcaptcha heroku
    honeycomb hubspot intercom jira klarna mailchimp mailgun mandrill mapbox maps mattermost mistral
    mixpanel mollie newrelic notion okta openai paypal pinecone plaid postmark pusher recaptcha
    rollbar segment sendgrid sentry shopify slack square stripe supabase teams telegram twilio
    vonage zapier zendesk statuspage pagerduty opsgenie
""")
"""Services whose keys and webhooks apps hold: ``honeycomb_key``, ``slack_webhook``."""

MESSENGERS = words_in("""
    telegram whatsapp signal viber instagram facebook paypal discord okta duo tiktok snapchat
    linkedin coinbase binance kraken twitch tinder bumble venmo revolut wechat weibo kakaotalk
""")
"""Services that send codes to log in: ``Telegram code: …``."""

NUMBERED = words_in("""
    aba acc account acct alien card cc dl driver id identification identity insurance iqama ird
    license licence medicare nhs passport permit pps routing security sin tax utr verification visa
""")
"""Things whose number only their owner should know: ``card_no``, ``accountNumber``."""

KEYS_OF_PAYMENTS = words_in("""
    transaction transact tran trans check terminal gateway partner vendor dealer reseller ephemeral
    profile card checkout payment
""")
"""What the keys of payment gateways are named after: ``x_tran_key``. Their values look random."""

KEYS_OF_SYSTEMS = words_in("""
    mac md sha ntp tsig raw wrapped customer ingestion extension service sp eab plaintext encrypted
    existing previous old new global local network backbone machine node config rtmp user primary
    secondary tertiary policy workspace ospf bgp radius snmp isis localized principal luis speech
    translator vision cognitive search telemetry syslog collector agent bot sender relay tunnel peer
    cluster replication sync restore export import upload tenant operator subscriber
""")
"""What the keys of services, networks and disks are named after: ``primary_key``. Only random ones
are secrets: rows of a table have such keys, too.
"""

WITH_PIN = words_in("""
    member employee staff student patient parent guest visitor operator cashier merchant
    dealer agent tenant vendor supplier subscriber teacher child kid manager resident worker courier
    waiter clerk kiosk pos till terminal upi transaction trading transfer enter entered sms ssl
    conf signup register registration signing signature safe box gym library wage payroll timeclock
""")
"""People with a PIN, and things for which one is typed: ``staff_pin``."""

PINS = _pairs(WITH_PIN, "pin")
PAYMENTS = _pairs(KEYS_OF_PAYMENTS | KEYS_OF_SYSTEMS, "key")

GERMAN = words_in("""
    sozialversicherung sozialversicherungs rentenversicherung rentenversicherungs
    krankenversicherung krankenversicherten versicherten steuer konto kreditkarte kreditkarten
    karten ausweis
    personalausweis reisepass fuhrerschein fuehrerschein depot
""")
"""Such things in German, before a separate word: ``sozialversicherung_nr``."""

PAPERS = """
    carte cb compte passeport permis cni secu vitale tarjeta cuenta pasaporte cartao conta cnh sus
    carta conto passaporto patente tessera karty konta rachunku dowodu paszportu
"""
"""Cards, accounts and papers, in languages in which their number comes first: ``nr_karty``."""

TERMS = (
    _terms("""
    session id, session key, credit card, debit card, bank card, bank account, sort code, social
    security, social insurance, national id, national insurance, national identity, personal id,
    tax id, medicare number, maiden name, security answer, secret answer,
    recovery answer, verification answer, seed phrase, recovery
    phrase, backup phrase, wallet seed, private seed, master seed, pass word, pass wd,
    pass phrase, two factor, api key, access key, private key,
    secret key, signing key, signature key, encryption key, encrypt key, decryption key, decrypt
    key, crypt key, crypto key, master key, auth key, account key, license key, licence key, ssh
    key, gpg key, pgp key, consumer key, shared key, webhook key, recovery key, backup key, app
    key, application key, client key, storage key, hmac key, aes key, rsa key, deploy key,
    wallet key, product key, activation key, security key, admin key, server key, write key,
    ingest key, integration key, project key, id rsa, id ed25519, id ecdsa, docker auth config,
    docker config json, appsecret proof, wpa key, wep key, wifi key, pre shared key,
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
    credito, numero carta, numero della carta, codice fiscale, fiscal code, setup key,
    wi fi key, api schlussel, privater
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
    ticket, krb ticket, ntlm hash, mobile tan,
    merchant key, priv key, role key, static key, sdk key, index key, nfc key, jwk private, secret
    id, id token hint, fa code, gh pat, devops pat, bank pin, support pin, voicemail pin, lock pin,
    code de recuperation, code recuperation, numero passeport, numero de passeport, identifiant
    fiscal, codigo de recuperacion, codigo recuperacion, numero pasaporte, numero de pasaporte,
    respuesta seguridad, respuesta de seguridad, codigo de recuperacao, codigo recuperacao, numero
    passaporte, numero do passaporte, numero passaporto, numero di passaporto, resposta seguranca,
    resposta de seguranca, codice di recupero, codice recupero, risposta sicurezza, risposta di
    sicurezza, kod odzyskiwania, numer paszportu, tajny klucz, potvrzeni hesla, cislo kreditni
    karty, cislo kreditnej karty, obnovovaci kod, cislo pasu, luottokortin numero, passin numero,
    kredi karti no, kredi karti numarasi, kurtarma kodu, pasaport no, pasaport numarasi, guvenlik
    cevabi, номер кредитнои карты, код восстановления, код відновлення, رقم البطاقة, מספר כרטיס
    אשראי, so the tin dung, nomor kartu kredit, bankkartya szam, numar card, αριθμος καρτας, broj
    kartice, stevilka kartice, номер на карта, jauna parole, kata laluan, personal access,
    ni number, securite sociale, seguridad social, seguro social, seguranca social,
    numero fiscal, num fiscal,     num secu, code d acces, code cb, code verification,
    code validation, code de validation, code connexion,
    code de connexion, code activation, code d activation, cle de securite, cle activation,
    cle d activation, cle produit, cle de produit, carte vitale, codigo activacion,
    codigo de activacion, codigo ativacao, codigo de ativacao, codice attivazione,
    codice di attivazione, clave fiscal, clave unica, chave de licenca, chave licenca, cartao sus,
    cartao cidadao, titulo eleitor, titulo de eleitor, tessera sanitaria, carta identita,
    carta d identita, documento identita, personal nr ausweis, perso nr, steuer nr, sv nr,
    sv nummer, ahv nr, ahv nummer, numero avs, pin tan, tan liste, tan list, seria dowodu,
    klucz tajny, klucz szyfrowania, kod autoryzacji, kod autoryzacyjny, kod dostepu, kod cvv,
    api klic, pristupovy kod, asmens kodas, personas kods, taj szam, bankid kode, hesap no,
    hesap numarasi, код смс, код з смс, ключ api, ключ шифрования, ключ шифрування, серия паспорта,
    серія паспорта, door code, gate code, alarm code, entry code, garage code, lockbox code,
    authorisation code, serial key, wlan key, tacacs key, snmp auth, rsa private, ed25519 seed,
    memorable word, memorable information, security word, safe combination, lock combination,
    tax file number, voter id, emirates id, resident id, id card, m tan, hotspot key,
    captcha response, recaptcha response, turnstile response, personal number, geburtsname mutter,
    geburtsname der mutter, madchenname mutter, madchenname der mutter, jeune fille mere,
    jeune fille de mere, soltera madre, soltera de madre, meisjesnaam moeder,
    panienskie matki, code secu, reponse question secrete, respuesta pregunta secreta,
    respuesta pregunta seguridad, resposta pergunta secreta, resposta pergunta seguranca,
    risposta domanda segreta, risposta domanda sicurezza, antwort sicherheitsfrage,
    antwoord beveiligingsvraag, frase de paso, frase paso, frase de acceso, frase acceso,
    frase de acesso, chiave di accesso, chiave accesso, chiave d accesso, onay kodu,
    aktivasyon kodu, giris kodu, sifirlama kodu, секретное слово, контрольное слово, таемне слово,
    ответ на вопрос, токен доступа, cc cid, card cid, vapid private, apns p8, code sms,
    lockbox combination, locker combination, padlock combination, vault combination, keypad code,
    lock code, entrance code, tfa code, rescue code, authr key,
    otp key, totp key, tfa key, twofa key, mfa key, qr key, authenticator key,
    authenticator secret, focal faire, facal faire, fhacal fhaire, facail fhaire, awal uffir,
    құпия сөз, құпия сөзі, құпия сөзді, нууц үг, нууц үгээ, нууц үгиин,
    رمز عبور, کلمه عبور, رمز ورود, كلمات المرور, لفظ اجازت, پاس ورڈ,
    ger tremen, kod uwierzytelniajacy, codigo del autenticador, codigo do autenticador,
    codice autenticatore, код аутентификатора, ключ аутентификатора, код аутентифікатора,
    ключ аутентифікатора, clau secreta, tajni kljuc, skrivni kljuc, cheie secreta, тајни кључ,
    gizli acar, maxfiy kalit, maxfiy soz, kunci rahasia, מפתח סודי, مفتاح سري,
    zachranne kody, zalozne kody, zachranny kod, zalozny kod, kodovi za oporavak,
    obnovitvene kode, kurtarma kodlari, kode pemulihan, codis de recuperacio,
    codi de recuperacio, coduri de recuperare, helyreallitasi kod, helyreallitasi kodok,
    κωδικοι ανακτησης, κωδικος ανακτησης, коди для відновлення, кодове за възстановяване,
    код за възстановяване, atkurimo kodai, atkopsanas kodi, رمز الاسترداد, رموز الاسترداد,
    رموز الاستعادة, رمز المرور,
    codigos de recuperacion, codigos recuperacion, codigos de recuperacao,
    codigos recuperacao, codes de recuperation, codes recuperation, codici di recupero,
    codici recupero, codici di ripristino, kody odzyskiwania, коды восстановления, коди відновлення,
    wiederherstellungs code, ключове за възстановяване, veca parole, paroles apstiprinajums,
    таен ключ, кодови за опоравак,
    p word, cv num, cv number, cv code, card verification, card validation, sec code, pa res,
    pa req, sam lart, sha sign, authorized code, tx code, interact ref,
    auth req id, medical record number, two step code, code twofa,
    secure code, validation code, verify number, validate code,
    codigo validacion, codigo de validacion, codigo validacao, codigo de validacao,
    codice convalida, codice di convalida, install code, installation code, radio code,
    ical url, ics url, second factor, approvals code, cc code, cc verif, card verif,
    codice autenticazione, codice di autenticazione, kod uwierzytelniania, code authentification,
    code d authentification, codigo autenticacion, codigo de autenticacion, codigo autenticacao,
    codigo de autenticacao, код аутентификации, код автентифікації, authenticatie code,
    code de l authentificateur, kod autentifikatoru, dogrulayici kodu, klucz sesji, clave sesion,
    clave de sesion, klic relace, ключ сеанса, ключ сеансу, ключ сессии, cle session,
    cle de session, chave sessao, chave da sessao, chave de sessao, chiave sessione,
    chiave di sessione, oturum anahtari, sessie sleutel, klic autentifikatoru, authenticator geheim,
    secreto autenticador, secreto de autenticador, secret authentification,
    secret d authentification, codigo secreto, sifreyi onayla, codice ripristino,
    driver s license, driver s licence, pan card, medicare card, medicare beneficiary, kimlik no,
    known traveler number, known traveller number, sss number,
    philhealth number, carte identite, carte d identite, permis conduire, permis de conduire,
    patente guida, patente di guida, dowod osobisty, tarjeta sanitaria, so ho chieu, so cccd,
    תעודת זהות, رقم الهوية,
    port out pin, port in pin, porting pin, number transfer pin
    """)
    | _pairs(SERVICES, "key webhook signature pat sk")
    | _pairs(MESSENGERS, "code")
    | _pairs(words_in("authr auth authenticator otp totp mfa twofa tfa factor login"), "qr qrcode")
    | _pairs(NUMBERED, "number num no nr nbr")
    | PAYMENTS
    | PINS
    | _pairs(GERMAN, "nr nummer no")
    | _pairs(words_in("numero numer num nro no nr n"), PAPERS)
    | frozenset(f"{paper} numero" for paper in PAPERS.split())
    | _pairs(frozenset({"cislo"}), "op dokladu obcanky obcianskeho")
)
"""Terms of several words. They count like those of ``STRONG``."""
