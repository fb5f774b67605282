"""The words of which names of secrets consist, in the languages of Flask sites.

Words are in lower case, and in Latin scripts without accents (see ``names.plain``). Terms of
several words have spaces. The lists of Sentry, Rollbar, Datadog and Django are included.
"""

from __future__ import annotations

from .terms import PAYMENTS, PINS, TERMS, words_in

STRONG = words_in("""
    otc
    password passwd passwrd passw passord pwd pswd psw passphrase passcode pw apikey token secret
    credential cvv cvc cvn ssn otp totp hotp jwt csrf xsrf nonce iban dsn privkey passkey
    mnemonic keypass storepass phpsessid jsessionid aspsessionid sessionid sessid mtan smstan
    htpasswd pgpassword kubeconfig xprv
    aspxauth psk magstripe itin passwort kennwort geheimnis geheimzahl losungswort motdepasse
    mdp contrasena contrasenia senha palavrapasse wachtwoord toegangscode haslo heslo losenord
    lozinka adgangskode kodeord lykilord salasana sifre jelszo parola salasana tunnussana jeton
    wachtzin segredo segreto пароль пароля пароли паролю секрет секретныи токен
    токена kreditkarte kreditkartennummer kartennummer kontonummer prufnummer prufziffer
    sicherheitscode verifizierungscode bestatigungscode beveiligingscode verificatiecode
    rekeningnummer kaartnummer sakerhetskod kortnummer kontonr sikkerhedskode sikkerhetskode
    bekraftelsekod kreditkort numerkarty cislokarty kartno sozialversicherungsnummer
    sozialversicherungsnr kartennr kreditkartennr steueridentifikationsnummer steuernummer
    steuerid personalausweisnummer personnummer fodselsnummer cprnummer henkilotunnus hetu pesel
    bsn burgerservicenummer cpf curp aadhaar aadhar codicefiscale tckn tckimlik snils снилс
    инн nif zugangscode pruefnummer pruefziffer bestaetigungscode einmalcode
    freischaltcode engangskod engangskode bekraftelsekode bekraeftelseskode bekraftelseskod
    bekreftelseskode verifieringskod verifiseringskode pinkod pinkode pinkoodi vahvistuskoodi
    tunnusluku пинкод секретнии таємнии лозинка шифра парола matkhau katasandi סיסמה סיסמא סיסמת
    ccv geheimnummer kartenprufnummer kartenpruefnummer ausweisnummer ausweisnr
    personalausweisnr reisepassnummer passnummer pasnummer paspoortnummer sicherheitsantwort
    beveiligingsantwoord wiederherstellungscode herstelcode aterstallningskod gendannelseskode
    gjenopprettingskode palautuskoodi keytab mobiletan
    passordet losenordet adgangskoden salasanasi sifreniz sifrem parolaniz parolasi
    zaporka geslo slaptazodis salasona parool lizenzschlussel lizenzschluessel
    freischaltschlussel freischaltschluessel zugangsschlussel zugangsschluessel wlanschlussel
    sicherheitsschlussel sicherheitsschluessel licentiesleutel toegangssleutel licensnyckel
    licensnogle atkomsttoken atkomstnyckel adgangsnogle tilgangsnokkel
    zugangsdaten anmeldedaten
    svnr kvnr kknummer depotnummer fuhrerscheinnummer fuehrerscheinnummer fuhrerscheinnr
    fuehrerscheinnr steuernr aktivierungscode entsperrcode anmeldecode authentifizierungscode
    sitzungsschlussel sitzungsschluessel verschlusselungsschlussel verschluesselungsschluessel
    personnr fodselsnr kortnr tilinumero rijksregisternummer rijbewijsnummer
    identiteitskaartnummer nric hkid mykad cnic ppsn clabe cuil niss jmbg emso amka kennitala
    isikukood gettone mpin рнокпп іпн cred requirepass masterauth
    wagwoord contrasenya contrasenyes contrasinal contrasigno cyfrinair gyfrinair pasvorto pasvorta
    pasvorton pasahitza pasahitz fjalekalim fjalekalimi fjalekalimin gronidlo gronidla nenosiri
    nywila modpas pasfhocal hasla hesla heslem haslem lozinke lozinku lozinkom gesla geslom
    slaptazodzio slaptazodi passordbekreftelse wagwoordbevestiging sifren sifresi parolni parolu
    лозинке лозинку парол паролот συνθηματικο συνθηματικου گذرواژه پاسورد پسورد پارول
    پاسورڈ գաղտնաբառ գաղտնաբառը գաղտնաբառի գաղտնագիր პაროლი პაროლის сырсөз серсүз
    серсүзне рамзи паролро varukoodid gendannelseskoder gjenopprettingskoder aterstallningskoder
    palautuskoodit autentiseringskode autentiseringskod autentificeringskode autentimiskood
    adoazonosito steueridentnr steueridnr
    pfx
    pword vcode cavv ucaf cryptogram pares pareq creq cres shasign samlart wresult ccvv cvd
    samordningsnummer istuntoavain sessionsnogle oktnokkel sessionsnyckel tunnistinkoodi
    authentisierungscode authentifizierungsgeheimnis autentiseringshemlighet tokenhemlighet
    autentiseringshemmelighet autentificeringshemmelighed
    appsecret tokeni inlogcode aanmeldcode logincode loginkode loginkod innloggingskode
    inloggningskod bejelentkezesikod hmac hmacsha
""")
"""Words that make a name sensitive in any context, except before a word that names a property of
them.
"""

WEAK = words_in("""
    pass pin cookie salt bearer signature sig sid pan csc auth authorization authentication
    assertion mfa twofa passport puk clave klucz пин пін credencial ott cpr cnp egn dni nino nie
    nir nss rg rib rut cni cnh cbu pis nis oib tfn fnr ahv mima pasaporte паспорт secreto cedula tan
    sandi рамз купуя afm nip taj mrn cuit iqama reisepass personalausweis fuhrerschein fuehrerschein
    paszport passaporto paspoort rrn nin bvn nik ktp cccd mbi npwp егн αφμ αμκα
""")
"""Words that make a name sensitive only beside harmless words: there are boarding passes, and pins
on maps.
"""

NATIONAL_IDS = words_in("""
    pan cpr cnp egn dni nino nie nir nss rg rib rut cni cnh cbu pis nis oib tfn fnr
    ahv afm nip taj mrn cuit iqama nin bvn nik ktp cccd mbi npwp егн αφμ αμκα
""")
"""Weak words for numbers of people and accounts, which have digits."""

ANYWHERE = words_in("""
    密码 密碼 口令 令牌 密钥 密鑰 验证码 驗證碼 校验码 安全码 安全碼 信用卡 卡号
    卡號 银行账号 银行卡 身份证 身份證 身分證 证件号 證件號 社保号
    社会保障号 驾驶证号 パスワード 暗証番号 秘密鍵 シークレット
    トークン 認証コード 確認コード 認証番号 確認番号 รหัสผ่าน รหัสลับ पासवर्ड
    गुप्तशब्द セキュリティコード ログインコード クレジットカード番号 カード番号
    マイナンバー 個人番号 免許証番号 保険証番号 パスポート番号 ピン番号
    口座番号 合言葉 비밀번호 패스워드 암호 토큰 인증번호 인증코드
    보안코드 비밀키 카드번호 계좌번호 주민등록번호 시크릿 动态码 動態碼 授权码
    授權碼 私钥 私鑰 密保答案 安全问题答案 秘密の質問の答え 秘密の答え アクセスキー
    apiキー 暗号鍵 ライセンスキー 認証キー
    秘密キー 暗号キー 인증키 서비스키 암호키 恢复码 恢復碼 护照号 護照號 密保问题 リカバリーコード
    旅券番号 개인키 복구코드 주민번호 เลขบัตรเครดิต otp번호 액세스키 api키 여권번호 라이선스키
    라이센스키 접근키 운전면허번호 외국인등록번호 핀번호 รหัสยืนยัน
    পাসওয়ার্ড পাসওয়ার্ড कूटशब्द शब्दकूट संकेतशब्द ਪਾਸਵਰਡ પાસવર્ડ ପାସୱାର୍ଡ ಪ್ರವೇಶಪದ ಪಾಸ್ವರ್ಡ್
    கடவுச்சொல் సంకేతపద పాస్వర్డ్ പാസ്സ്വേഡ് പാസ്വേഡ് പാസ്വേര്ഡ് ពាក្យសំងាត់ ពាក្យសម្ងាត់
    စကားဝှက် ລະຫັດຜ່ານ
    මුරපදය የይለፍቃል የይለፍቃልዎን ပတ်စဝတ် 恢复代码 恢復代碼 復原碼 復原代碼
    驗證器代碼 认证器代码 秘密金鑰 รหัสการกู้คืน เลขประจำตัวประชาชน เลขบัตรประชาชน
    認証アプリコード セッションキー 会话密钥 會話金鑰 會話密鑰 세션키
""")
"""Terms in scripts without spaces."""

ANYWHERE_HARMLESS = words_in("""
    强度 長度 长度 提示 类型 類型 数量 數量 有效期 規則 规则 策略 次数 是否
    強度 長さ ヒント 種類 数 有効期限 ルール ポリシー 回数 名
    강도 길이 힌트 유형 개수 만료일 규칙 정책 횟수 이름 찾기 방식 수
    忘れた 忘れた方 忘れ 有効 状态 狀態 方式 时长 変更日 変更日時 更新日 更新日時 作成日 変更履歴
    変更回数 课程 課程 修改时间 修改時間 更新时间 更新時間 创建时间 过期时间 有效时间
    변경일 변경일시 수정일 생성일
    변경일자
""")
"""Ends of names in those scripts that are about a property of a secret."""

FORGOTTEN = words_in("忘记 忘記 找回")
"""Beginnings of names in those scripts that are about a secret that was lost."""

GLUED = words_in("""
    password passwd passphrase passcode apikey secretkey accesstoken authtoken refreshtoken
    csrftoken csrf xsrf sessionid creditcard cardnumber privatekey accesskey accountnumber
    securitycode samlresponse samlrequest passwort kennwort motdepasse contrasena wachtwoord
    losenord adgangskode parol парол kreditkart versicherungsnummer versichertennummer
""")
"""Terms that are recognized within a longer word, too."""

HARMLESS = words_in("""
    passwordless passwordfree pincode pinned pinning pinball pinboard pinterest passing passed
    passive passenger passengers passage passages passion passionate compass bypass surpass trespass
    encompass underpass overpass secretary secretaries secretariat secretion secrete tokenize
    tokenizer tokenized tokenization tokenizers keyboard monkey author authors authority authored
    authorship sidebar sidecar paroles parole parolee passepartout passerelle saltwater salty basalt
    subtoken betoken metatoken spieltoken pretoken utilitytoken
    opinion spin spins shopping panel pancake japan company span expand
""")
"""Words that contain such a term and are harmless."""

REPEATED = words_in("""
    bestaetigen bestatigen bestaetigung bestatigung wiederholen wiederholung repetir repita
    confirmar confirmer conferma confermare bevestigen bevestiging herhaal herhalen powtorz
    potwierdz znovu potvrdit potvrzeni bekrafta upprepa igen gentag bekraeft bekreft gjenta toista
    vahvista uudelleen konfirmasi ulangi тасдики tekrar onayla повторите подтвердите повтор
""")
"""Words for the second field of a secret, beside its name."""

LOCKED = words_in("gate door room entry alarm locker parental banking online vault")
"""Things that are opened with a PIN, and that may be secret themselves: ``secret_door``."""

OWNERS = (
    LOCKED
    | REPEATED
    | words_in("""
    user users usr my your admin administrator root db database mysql mariadb pg postgres postgresql
    sql redis mongo mongodb rabbitmq amqp ldap smtp imap pop mail email e ftp sftp ssh http https
    proxy wifi wlan wpa login signin sign auth account acct app api web site client customer server
    service system sys os master default initial temp temporary tmp dev prod production staging old
    new current cur confirm confirmed confirmation repeat retype verify verification re plain raw
    hashed encrypted private sim atm card debit credit device phone mobile unlock wallet session
    remember set conf enter reenter csrf request x jwt access refresh bearer oauth saml sso
    github google aws azure
    stripe paypal slack twitter facebook basic connect wp cc hub amz hmac payload webhook php
    portal telephone telebanking voicemail ivr keypad
    primary personal payment security hash password crypt csp gift giftcard cardholder keystore
    truststore ansible become vpn rdp kvm winrm ipmi numero titular cliente mi mein meine minha
    pairing kerberos krb5 snmp mqtt rtsp vnc nas samba smb router camera kafka nextcloud jenkins
    gitlab grafana elastic neo4j influx clickhouse magento drupal joomla odoo pppoe dispositivo
    geraet baru lama жаңы азыркы нав
    gerat appareil telefon sudo su bind express sails koa usuario utilisateur benutzer utente
    uzytkownik
    uzivatel txt tbx tb fld frm edt nueva nouveau neues nuova novo nova su tu il el la le der das
    die
""")
)
"""Words before a weak word that leave its meaning as it is."""

OF_LOGINS = words_in("""
    adm ipa node upload priv httpapi radius ospf bgp tacacs chap pap eap ppp ipsec svn git jmx jms
    jdbc keycloak zabbix enable console bmc ilo idrac esxi vcenter vmware awx consul etcd zookeeper
    broker queue mailer relay sender bot share cifs dav webdav onvif stream icecast registry docker
    npm nexus sonar bitbucket trust pfx cert certificate ssl tls ca pem zip pdf archive file doc
    export backup scp rsync openvpn wireguard socks bastion gateway switch modem hotspot u usr
    tunnel remote host domain slave replica replication repl reader writer readonly ro rw owner
    superuser sa operator manager monitor key encrypt decrypt meeting zoom cloud nacos druid minio
    cassandra couchdb couchbase mssql oracle hive impala presto trino jenkins splunk graylog
    netbox cisco juniper fortinet mikrotik ubnt unifi synology qnap plex sonarr radarr qbittorrent
    transmission deluge subsonic nntp irc xmpp jabber sip asterisk agi ami voip sms fax
    otrs redmine moodle glpi ldapadmin dba sap crm erp wsdl soap rest rpc
""")
"""Words before ``pass`` only: the pins of a switch, or of a relay, are parts of it."""

VALUES = REPEATED | words_in("""
    value val code number no num nr key hash digest text string str data raw plain confirm
    confirmation confirmed again repeat repeated check verify verification old new current retype
    encrypted hex enc word phrase input full main token secret jar bytes admin usuario nueva nuevo
    actual anterior baru lama dispositivo geraet gerat appareil carte carta tarjeta karty
    karta karte numero
    pasep cliente titular kode kod kodu eingabe
""")
"""Words after a weak word that leave its meaning as it is."""

FLAGS = words_in("""
    has have is are was can could should must need needs require requires required show shows
    hide display use uses using enable enables enabled disable disables disabled allow allows
    allowed forgot forgotten lost no without invalid wrong incorrect max min maximum minimum num
    n count total avg average mean per supports support force skip ask accepts accept number
    validate validates with hat ist longueur longitud comprimento tamanho lunghezza dlugosc delka
    oubli oublie
    olvide olvidada esqueci esqueceu dimenticata mostrar mostra afficher masquer ocultar zeige
    anzeigen politique politica politicas regles reglas regole tipo indice nombre vergessen
    vergeten zapomniane zapomenute zabudnute glomt glemt unohtunut elfelejtett zaboravljena
    pozabljeno забыли забули длина довжина подсказка підказка duljina dolzina ilgis garums pikkus
    نسيت طول אורך רמז שכחת quen panjang lupa lungime weak
""")
"""First words of names that ask "whether" or "how many"."""

LOST = words_in("forgot forgotten lost")
GIVEN_INSTEAD = words_in("token key code answer secret otp pin hash")
"""First words of names of steps in which a secret is replaced, and what a visitor then gets or
tells: ``forgotten_password_code``.
"""

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
    result results reason reasons source sources lifespan window skew spec priority fingerprint
    thumbprint uppercase lowercase upper lower symbol symbols special alias arn indicator
    timestamp revocation exception trigger utilization xpath insights
    audiences cidrs endpoints domains claim claims encoding encodings encryption renewal binding
    bindings dialect locality parameter parameters delimiter separator protocol protocols cipher
    ciphers offload prompt prompts profile profiles ring vendor flag flags attribute attributes attr
    identity cancel submit
    expire expira verloopt wygasa expirace истекает erforderlich geandert geaendert vergeten
    sterkte sterke zapomniane zapomenute zabudnute glomt glemt unohtunut pituus langd lengde
    uzunlugu gucu lupa politikasi sayisi unuttum hossza uitata pozabljeno zaboravljena длины довжина
    підказка подсказки забыли забули pikkus garums ilgis fuerza robustez fortaleza fuerte
    obligatorio obligatoria olvido obligatoire modifiee geldig vervalt wymagane zmienione
    pdf docx pptx xlsx png jpg jpeg gif svg md
    scadenza vencimiento vencimento caducidad validade ablaufdatum gultig gueltig platnost
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
    password token apikey session cookie mfa jwt anonymous plain login cram-md5 xoauth2
""")
"""Methods of authentication."""

ADDRESSING = words_in("""
    address city town street line phone tel telephone fax mobile email mail zip postal postcode
    postalcode postnumber region province county company organization salutation first given family
    surname firstname lastname holder cardholder name amount countries states months years state
    country currency nationality
""")
"""Last words of names that say where and who the owner of a card or an account is, or how much is
paid: ``credit_card_city``.
"""

NUMBERS_OF_OWNERS = words_in("number no nr code id")
NUMBERED_OF_OWNERS = words_in(
    "phone tel telephone fax mobile zip postal house country currency language"
)
"""Words after and before which the other is harmless: ``credit_card_phone_number``."""

LEANING = words_in("in on by at am em le el text id code class html sms today selected")
"""Last words after which the word before them tells what a name is about: ``expires_in``,
``field_id``, ``country_code``.
"""

SECRET_THINGS = (
    VALUES
    | (OWNERS - LOCKED)
    | STRONG
    | WEAK
    | words_in("""
    access address answer answers backup base binary blob body bundle checkout content contents env
    environment for by in from to json key keys list map note notes part parts payload phrase
    primary ref reference secondary share shared shares sharing store
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

CODE_NAMES = words_in("""
    code codes passcode otp totp pin tan kod kodu kodunuz kode codigo codice код кода codul κωδικος
""")
CODE_ENDS = ("code", "kode", "kod", "koodi")
"""Words for codes that people enter, and the ends of longer ones."""

TYPED = CODE_NAMES | words_in("""
    password passwd passphrase pwd pw pass passe psw parola passwort kennwort passord mdp contrasena
    senha haslo heslo wachtwoord losenord salasana sifre jelszo пароль
""")
"""Words for what people type to log in."""

KEYS = words_in("webhook key number num no nr id code codes hash pass token secret")
"""Names that are vague by themselves. The name of their container makes them clear."""

SMALL = words_in("""
    a an the in on of off to at by for from and or is are be it its no not up out as we my our your
    you me i do if so with this that new log
""")
"""Common words, which word lists leave out."""

WORDS = frozenset(
    word
    for words in (SMALL, STRONG, WEAK, QUALIFIERS, OWNERS, VALUES, FLAGS, HARMLESS)
    for word in words
) | frozenset(word for term in TERMS - PINS - PAYMENTS for word in term.split())
"""All words of the vocabulary except those for people, which they choose as passwords, and for
payments. Such a word is not a secret if it is a value.
"""
