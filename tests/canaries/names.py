"""Names of secrets, as other scrubbers document them, and as sites in other languages use them.

None is taken from the project's own vocabulary: a table that is checked against itself finds
nothing.
"""

from __future__ import annotations

SCRUBBERS = """
password secret passwd api_key apikey auth credentials mysql_pwd privatekey private_key csrftoken sessionid set_cookie
x_api_key x-api-key x_csrftoken password_confirmation passwordConfirmation confirm_password session_token accessToken
access_token client_secret clientSecret refresh_token id_token bearer_token auth_token authToken authentication_token
HTTP_AUTHORIZATION authorization proxy-authorization X-Auth-Token x-amz-security-token PHPSESSID JSESSIONID
ASP.NET_SessionId connect.sid laravel_session XSRF-TOKEN remember_token remember_me_token otp otp_code totp_secret
ssn social_security_number cvv cvc card_number cardnumber creditcard credit_card_number cc_number ccnum card_cvc
security_code iban routing_number account_number pin_code user_pin passcode passphrase pass_phrase encryption_key
signing_key secret_key secretkey aws_secret_access_key AWS_SESSION_TOKEN stripe_secret_key webhook_secret github_token
GITLAB_TOKEN slack_token npm_token pypi_token database_password db_password DB_PASS database_url redis_password
smtp_password sasl_password ldap_bind_password keystorePassword ssl_key_password jwt jwt_token oauth_token
oauth_token_secret consumer_secret api_secret app_secret shared_secret hmac_secret mfa_code verification_code
two_factor_code one_time_password recovery_code backup_code reset_password_token confirmation_token unlock_token
invitation_token magic_link_token
""".split()
"""From the lists of Sentry, Rollbar, Rails, Laravel, Honeybadger, Elastic APM, Datadog and OWASP.
"""

STYLES = """
userPassword user-password USER_PASSWORD UserPassword user.password user[password] new_password newPassword password2
password_1 old-password CurrentPassword loginPassword txtPassword input_password frmPassword j_password _password
account[password] wp_password wpPass userPasswd usr_pw userpw loginPwd NEW_PWD adminPass root_pass dbPwd
X-Vault-Token X-Shopify-Access-Token Private-Token X-Access-Token apiToken API_TOKEN APITOKEN ApiKey api.key my-api-key
service_api_key googleApiKey mapsApiKey accessKeyId accessKeySecret secretAccessKey storage_account_key sas_token
tokenValue token_secret deviceToken push_token csrfToken csrfmiddlewaretoken __RequestVerificationToken
authenticity_token authCode authorization_code code_verifier samlResponse SAMLResponse ssoToken deploy_token
cardNo card_num creditCardNumber CARD_CVV cvv2 csc expCvc panNumber bankAccountNumber accountNo
passportNumber nationalId tax_id ssnLast license_key activation_code pairing_code sms_code login_code
private_key_pem ssh_private_key rsa_private_key keyPassphrase seed_phrase mnemonic wallet_private_key
""".split()
"""As in forms, settings, headers and documents of sites."""

LANGUAGES = """
passwort kennwort neues_passwort geheimnis zugangscode kartennummer kontonummer pruefziffer sicherheitscode
zugangsdaten_passwort benutzer_passwort tan_nummer einmalpasswort api_schlüssel
mot_de_passe motdepasse mdp nouveau_mot_de_passe code_secret jeton jeton_acces cle_api clé_secrète numero_carte code_pin
contraseña contrasena nueva_contrasena clave clave_secreta clave_api ficha_token numero_tarjeta codigo_seguridad
senha nova_senha senha_atual chave_api chave_secreta numero_cartao codigo_verificacao palavra_passe
parola_chiave parola_d_ordine chiave_api chiave_segreta numero_carta codice_sicurezza codice_fiscale
wachtwoord nieuw_wachtwoord toegangscode geheime_sleutel kaartnummer rekeningnummer beveiligingscode
hasło haslo nowe_haslo klucz_api kod_weryfikacyjny numer_karty numer_konta
heslo nové_heslo tajný_klíč číslo_karty ověřovací_kód
lösenord nytt_lösenord adgangskode passord salasana personnummer engångskod kortnummer bekræftelseskode
şifre yeni_şifre parola api_anahtarı gizli_anahtar kart_numarası doğrulama_kodu
пароль новый_пароль секретный_ключ токен_доступа код_подтверждения номер_карты пин_код
новий_пароль секретний_ключ номер_картки код_підтвердження
密码 新密码 口令 登录密码 访问令牌 密钥 验证码 卡号 密碼 驗證碼
パスワード 新しいパスワード 暗証番号 アクセストークン 秘密鍵 認証コード カード番号
비밀번호 새비밀번호 토큰 인증번호 비밀키 카드번호
jelszó új_jelszó parolă_nouă лозинка κωδικός_πρόσβασης mật_khẩu kata_sandi รหัสผ่าน सुरक्षा_पासवर्ड كلمة_المرور סיסמה
""".split()

NAMES = tuple(dict.fromkeys((*SCRUBBERS, *STYLES, *LANGUAGES)))
