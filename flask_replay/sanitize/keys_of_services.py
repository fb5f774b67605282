"""The formats of keys and tokens of well-known services: mostly a fixed prefix, then random
characters. Some have a mark elsewhere, or only groups of hexadecimal digits.
"""

from __future__ import annotations

import re
from string import ascii_letters

_HEX = "[0-9a-f]"
_UUID = f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"


def _family(form: str, *marks: str) -> dict[str, str]:
    """Return the expression of keys that contain one of several marks, under each of these."""
    return dict.fromkeys(marks, form)


_FORMS: dict[str, str] = {
    # clouds
    "AKIA": r"AKIA[0-9A-Z]{16}",
    "ASIA": r"ASIA[0-9A-Z]{16}",
    "ABIA": r"ABIA[0-9A-Z]{16}",
    "ACCA": r"ACCA[0-9A-Z]{16}",
    "bedrock-api-key-": r"bedrock-api-key-[\w+/=-]{40,4096}",
    "ABSK": r"ABSK[A-Za-z0-9+/]{100,140}=*",
    "LTAI": r"LTAI\w{16,24}",
    "AKID": r"AKID\w{32}",
    "AKLT": r"AKLT\w{40,64}",
    "AQVN": r"AQVN[\w-]{35,38}",
    "y0_": r"y0__?[\w-]{50,64}",
    "AIza": r"AIza[\w-]{35}",
    "ya29.": r"ya29\.[\w-]{20,1024}",
    "GOCSPX-": r"GOCSPX-[\w-]{28}",
    "GOOG1E": r"GOOG1E[A-Z0-9]{57}",
    "AQ.Ab": r"AQ\.Ab[\w-]{40,120}",
    "1//0": r"1//0[\w-]{40,512}",
    "4/0A": r"4/0A[\w-]{60,512}",
    "amzn.mws.": rf"amzn\.mws\.{_UUID}",
    "dop_v1_": rf"dop_v1_{_HEX}{{64}}",
    "doo_v1_": rf"doo_v1_{_HEX}{{64}}",
    "dor_v1_": rf"dor_v1_{_HEX}{{64}}",
    "HRKU-": r"HRKU-[\w-]{36,80}",
    "Q~": r"[a-zA-Z0-9_.~-]{3}\dQ~[\w.~-]{31,34}",
    **_family(
        r"(?<![\w+/-])[\w+/-]{32,80}(?:Az(?:Fu|Se|Ca)|ACDb|AIoT|\+A(?:St|Sb|Eh|Ba))[\w+/-]{4,5}(?:[AQgw]==|=)?",
        "AzFu",
        "AzSe",
        "AzCa",
        "ACDb",
        "AIoT",
        "+ASt",
        "+ASb",
        "+AEh",
        "+ABa",
    ),
    "JQQJ99": r"\w{52}JQQJ99\w{22,30}",
    "AZDO": r"\w{76}AZDO\w{4}",
    "fm1r_": r"fm1r_[\w+/=,-]{60,1024}",
    "fm1a_": r"fm1a_[\w+/=,-]{60,1024}",
    "fo1_": r"fo1_[\w-]{43}",
    "fm2_": r"fm2_[\w+/=,-]{60,1024}",
    **_family(r"nf[pcoub]_\w{36,44}", "nfp_", "nfc_", "nfo_", "nfu_", "nfb_"),
    **_family(r"cf(?:[ua]t|k)_\w{40,64}", "cfut_", "cfat_", "cfk_"),
    "rnd_": r"rnd_\w{28,32}",
    "napi_": r"napi_[a-z0-9]{50,80}",
    "xau_": r"xau_\w{36,48}",
    "ucat_": r"ucat_\w{26}",
    "dnsimple_": r"dnsimple_[au]_\w{28,40}",
    "sk1_": rf"sk1_{_HEX}{{64}}",
    **_family(r"vc[pkiar]_\w{24,64}", "vcp_", "vck_", "vci_", "vca_", "vcr_"),
    "v1.0-": rf"v1\.0-{_HEX}{{24}}-{_HEX}{{146}}",
    "tk-us-": r"tk-us-[\w-]{40,56}",
    "tskey-": r"tskey-[a-z]{2,12}-\w{10,24}(?:-\w{16,64})?",
    # code, packages, builds
    "ghp_": r"ghp_\w{30,255}",
    "gho_": r"gho_\w{30,255}",
    "ghu_": r"ghu_\w{30,255}",
    "ghs_": r"ghs_\w{30,255}",
    "ghr_": r"ghr_\w{30,255}",
    "github_pat_": r"github_pat_\w{22,255}",
    "glpat-": r"glpat-[\w-]{20,64}(?:\.\w\w\.\w{9})?",
    "gldt-": r"gldt-[\w-]{20,64}",
    "glrt-": r"glrt-[\w.-]{20,64}",
    "glptt-": rf"glptt-{_HEX}{{40}}",
    "glft-": r"glft-[\w-]{20,90}",
    "glffct-": r"glffct-[\w-]{20,64}",
    "glsoat-": r"glsoat-[\w-]{20,64}",
    "GR1348941": r"GR1348941[\w-]{20}",
    "glimt-": r"glimt-[\w-]{25}",
    "glagent-": r"glagent-[\w-]{50}",
    "glcbt-": r"glcbt-[\w-]{20,32}",
    "gloas-": r"gloas-\w{64}",
    "gta_": rf"gta_{_HEX}{{40}}",
    "ATATT3": r"ATATT3[\w=-]{60,255}",
    "ATCTT3": r"ATCTT3[\w=-]{60,255}",
    "ATSTT3": r"ATSTT3[\w=-]{60,255}",
    "ATTA": r"ATTA\w{72}",
    "ATBB": r"ATBB\w{32}",
    "BBDC-": r"BBDC-[\w+/@]{40,50}",
    "npm_": r"npm_\w{36}",
    "pypi-": r"pypi-[\w-]{50,255}",
    "rubygems_": rf"rubygems_{_HEX}{{48}}",
    "oy2": r"oy2[a-z0-9]{43}",
    "CLOJARS_": r"CLOJARS_[a-z0-9]{60}",
    "packagist_": r"packagist_[ou][ur][ct]_\w{68}",
    "AKCp": r"AKCp\w{66,72}",
    "cmVmd": r"cmVmdG[\w]{50,64}",
    "dckr_": r"dckr_[po]at_[\w-]{27}",
    "bkua_": rf"bkua_{_HEX}{{40}}",
    "CCIPAT_": rf"CCIPAT_\w{{22}}_{_HEX}{{40}}",
    "sgp_": rf"sgp_(?:(?:{_HEX}{{16}}_|local_)?{_HEX}{{40}}|\w{{64}})",
    "sha256~": r"sha256~[\w-]{43}",
    "CCIPRJ_": rf"CCIPRJ_\w{{22}}_{_HEX}{{40}}",
    "wlu_": r"wlu_\w{36}",
    "tgpak_": r"tgpak_\w{30,80}",
    "tgpat_": r"tgpat_\w{30,80}",
    "signkey-": rf"signkey-(?:\w{{4,12}}-)?{_HEX}{{32,64}}",
    **_family(r"tr_(?:dev|prod|stg|pat)_\w{20,40}", "tr_dev_", "tr_prod_", "tr_stg_", "tr_pat_"),
    "squ_": rf"squ_{_HEX}{{40}}",
    "sqp_": rf"sqp_{_HEX}{{40}}",
    "sqa_": rf"sqa_{_HEX}{{40}}",
    "snyk_": r"snyk_[us]at\.\w{8}\.[\w.-]{40,255}",
    "PMAK-": rf"PMAK-{_HEX}{{24}}-{_HEX}{{34}}",
    "figd_": r"figd_[\w-]{40}",
    "lin_api_": r"lin_api_\w{40}",
    "lin_oauth_": r"lin_oauth_\w{40,64}",
    "ntn_": r"ntn_\w{40,50}",
    "essu_": r"essu_[\w+/=]{40,120}",
    "pul-": rf"pul-{_HEX}{{40}}",
    "atlasv1.": r"\w{14}\.atlasv1\.[\w-]{60,70}",
    # vaults and settings
    "hvs.": r"hvs\.[\w-]{24,200}",
    "hvb.": r"hvb\.[\w-]{100,300}",
    "hvr.": r"hvr\.[\w-]{24,300}",
    "dp.": r"dp\.(?:pt|st|ct|sa|scim|audit)(?:\.[\w-]{1,35})?\.\w{40,44}",
    "ops_eyJ": r"ops_eyJ[\w+/=-]{200,4096}",
    "A3-": r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}",
    "AGE-SECRET-KEY-": r"AGE-SECRET-KEY-[0-9A-Z]{50,70}",
    "sdk-": rf"sdk-{_UUID}",
    **_family(rf"api-{_UUID}", *(f"api-{digit}" for digit in "0123456789abcdef")),
    "configcat-sdk-": r"configcat-sdk-\d/[\w-]{22}/[\w-]{22}",
    "p8e-": r"p8e-[\w-]{32}",
    "ory_": r"ory_(?:pat|at|rt|st|ac|apikey)_[\w.-]{20,255}",
    "os_v2_app_": r"os_v2_app_\w{60,120}",
    "zpka_": r"zpka_\w{32}_\w{8}",
    "unkey_": r"unkey_\w{16,64}",
    # data and observability
    "dapi": rf"dapi{_HEX}{{32}}(?:-\d)?",
    "mdb_sa_sk_": r"mdb_sa_sk_[\w-]{40}",
    "AVNS_": r"AVNS_[\w-]{15,24}",
    "CCDB1_": r"CCDB1_\w{22}_\w{40}",
    "cflt": r"cflt[\w+/]{60}",
    "4b1d": r"4b1d(?=[0-9a-f]{0,37}[g-zA-Z])\w{38}\b",
    "p.eyJ": r"p\.eyJ[\w-]{20,512}\.[\w-]{20,64}",
    "pscale_": r"pscale_(?:tkn|pw|oauth)_[\w.-]{32,64}",
    "sbp_": rf"sbp_{_HEX}{{40}}",
    "sb_secret_": r"sb_secret_[\w-]{31}",
    "glsa_": rf"glsa_\w{{32}}_{_HEX}{{8}}",
    "glc_": r"glc_[\w+/=]{32,400}",
    "eyJrIjoi": r"eyJrIjoi[\w+/=]{50,400}",
    **_family(r"NR(?:AK|II|IQ|RA|AA)-[\w-]{27,40}", "NRAK-", "NRII-", "NRIQ-", "NRRA-", "NRAA-"),
    "NRAL": rf"{_HEX}{{32,36}}(?:FFFF)?NRAL",
    **_family(r"hc[abcde]ik_\w{58}", "hcaik_", "hcbik_", "hccik_", "hcdik_", "hceik_"),
    **_family(rf"xa[ap]t-{_UUID}", "xaat-", "xapt-"),
    "phs_": r"phs_\w{43}",
    "waka_": rf"waka_{_UUID}",
    "BBFF-": r"BBFF-\w{30}",
    "_mmk": r"\w{6}_\w{29}_mmk",
    "NRJS-": rf"NRJS-{_HEX}{{19}}",
    **_family(r"dt0[acs]\d\d\.\w{8,24}\.\w{64}", "dt0a", "dt0c", "dt0s"),
    "sntrys_": r"sntrys_eyJ[\w+/=]{60,600}",
    "sntryu_": rf"sntryu_{_HEX}{{64}}",
    "phx_": r"phx_\w{43}",
    "pnu_": r"pnu_\w{36}",
    "CFPAT-": r"CFPAT-[\w-]{43}",
    "aio_": r"aio_\w{28}",
    # models
    "sk-": r"sk-[\w-]{20,255}",
    "hf_": r"hf_[A-Za-z]{30,64}",
    "api_org_": r"api_org_[A-Za-z]{30,64}",
    "sess-": r"sess-[A-Za-z0-9]{40}",
    "tgp_v1_": r"tgp_v1_[\w-]{43}",
    "nvapi-": r"nvapi-[\w-]{60,80}",
    "jina_": r"jina_\w{60}",
    "tvly-": r"tvly-[\w-]{20,48}",
    "lsv2_": rf"lsv2_[ps][tk]_{_HEX}{{32}}_{_HEX}{{10}}",
    "e2b_": rf"e2b_{_HEX}{{40}}",
    "gsk_": r"gsk_\w{52}",
    "xai-": r"xai-\w{80}",
    "pplx-": r"pplx-\w{48}",
    "r8_": r"r8_\w{37}",
    "pcsk_": r"pcsk_\w{50,75}",
    # mail and messages
    "SG.": r"SG\.[\w-]{16,64}\.[\w-]{16,64}",
    "xkeysib-": rf"xkeysib-{_HEX}{{64}}-\w{{16}}",
    "xsmtpsib-": rf"xsmtpsib-{_HEX}{{64}}-\w{{16}}",
    **_family(rf"{_HEX}{{32}}-us\d\d?", *(f"-us{digit}" for digit in range(1, 10))),
    **_family(rf"pat-(?:na|eu|ap)\d-{_UUID}", "pat-na", "pat-eu", "pat-ap"),
    "dG9rO": r"dG9rO[\w+/=]{50,64}",
    "WPL_AP": r"WPL_AP\d\.\w{10,24}\.[\w+/=]{6,24}",
    "syt_": r"syt_[A-Za-z0-9+/=-]{2,255}_\w{20}_\w{6}",
    "oauth:": r"oauth:[a-z0-9]{30}",
    "IGQ": r"IGQ[A-Z][\w-]{100,255}",
    "qyapi.weixin.qq.com/": rf"qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key={_UUID}",
    "xoxa-": r"xoxa-[\w-]{10,255}",
    "xoxb-": r"xoxb-[\w-]{10,255}",
    "xoxc-": r"xoxc-[\w-]{10,255}",
    "xoxd-": r"xoxd-[\w%+/=-]{10,1024}",
    "mfa.": r"mfa\.[\w-]{84}",
    "u+": r"(?<![\w+/])u\+(?=[\w-]{0,17}\d)(?=[\w-]{0,17}[A-Z])[\w-]{18}(?![\w+/=-])",
    "xoxe-": r"xoxe-[\w-]{10,255}",
    "xoxe.": r"xoxe\.xox[bp]-[\w-]{10,255}",
    "xoxo-": r"xoxo-[\w-]{10,255}",
    "xoxp-": r"xoxp-[\w-]{10,255}",
    "xoxr-": r"xoxr-[\w-]{10,255}",
    "xoxs-": r"xoxs-[\w-]{10,255}",
    "xapp-": r"xapp-\d-\w{8,12}-\d{10,14}-\w{40,80}",
    "hooks.slack.com/": (
        r"hooks\.slack\.com/(?:services|workflows|triggers|commands|actions)/[\w/-]{20,255}"
    ),
    "/services/T": r"(?<!slack\.com)/services/T\w{7,12}/B\w{7,12}/\w{16,32}",
    "/api/webhooks/": r"discord(?:app)?\.com/api/webhooks/\d{16,20}/[\w-]{60,80}",
    "office.com/webhook": (
        r"(?:\w{1,64}\.webhook|outlook)\.office\.com/webhook(?:b2)?/[^\s'\"<>]{20,255}"
    ),
    "hooks.zapier.com/": r"hooks\.zapier\.com/hooks/catch/\d{1,12}/\w{5,24}",
    ":AA": r"(?:bot)?\d{8,10}:AA[\w-]{32,33}",
    "polar_": r"polar_(?:oat|pat|at_u|at_o|rt_u|rt_o|cs|cst|whs)_[A-Za-z0-9]{32,64}",
    "rootly_": rf"rootly_{_HEX}{{64}}",
    "persona_": rf"persona_(?:production|sandbox)_{_UUID}",
    "sgph_": rf"sgph_(?:{_HEX}{{16}}_)?{_HEX}{{40}}",
    "IQoJb3JpZ2luX2": r"(?<![\w+/])IQoJb3JpZ2luX2[\w+/=]{80,4096}",
    "tfp_": r"tfp_[\w.=-]{40,64}",
    "rdme_": r"rdme_[a-z0-9]{70}",
    # payment and shops
    "sk_live_": r"sk_live_\w{10,255}",
    "sk_test_": r"sk_test_\w{10,255}",
    "rk_live_": r"rk_live_\w{10,255}",
    "rk_prod_": r"rk_prod_\w{10,255}",
    "$aact_": r"(?<!\w)\$aact_(?:prod|hmlg)_[\w:=-]{40,255}",
    "rk_test_": r"rk_test_\w{10,255}",
    "whsec_": r"whsec_[\w+/=]{16,255}",
    "rzp_live_": r"rzp_live_\w{14}",
    "rzp_test_": r"rzp_test_\w{14}",
    "pdl_": r"pdl_(?:live|sdbx)_apikey_\w{26}_\w{22}_\w{3}",
    **_family(
        r"shp(?:at|ss|ca|pa|ua|tka)_[0-9a-fA-F]{32}",
        "shpat_",
        "shpss_",
        "shpca_",
        "shppa_",
        "shpua_",
        "shptka_",
    ),
    "cnon:": r"cnon:[\w-]{16,256}",
    "ccof:": r"ccof:[\w-]{16,256}",
    "adyenjs_": r"adyenjs_\d_\d_\d{1,3}\$[\w+/=$]{20,4096}",
    "sq0csp-": r"sq0csp-[\w-]{43}",
    "sq0atp-": r"sq0atp-[\w-]{22}",
    "FLWSECK": r"FLWSECK(?:_TEST)?-\w{12,40}-X",
    "access_token$": rf"access_token\$(?:production|sandbox)\$\w{{16}}\${_HEX}{{32}}",
    "access-production-": rf"access-production-{_UUID}",
    "EAA": r"(?<![\w+/])EAA(?:A[\w-]{60}|[B-Z]\w{50,512})",
    "duffel_": r"duffel_(?:live|test)_[\w-]{43}",
    "shippo_": rf"shippo_(?:live|test)_{_HEX}{{40}}",
    **_family(r"EZ[AT]K\w{54}", "EZAK", "EZTK"),
    "fio-u-": r"fio-u-[\w=-]{64}",
    "api_live": r"api_live(?:_\w\w)?\.\w{11}\.[\w-]{32}",
    "s-s4t2": rf"s-s4t2(?:ud|af)-{_HEX}{{64}}",
    "sk.eyJ": r"sk\.eyJ1[\w-]{40,200}\.[\w-]{20,24}",
    # keys in base64, of wallets, of PuTTY
    "IBADANBgkqhki": r"MII\w{2,4}IBADANBgkqhki[\w+/=\\\s]{40,16384}",
    "IBAAK": r"MII\w{2,4}IBAAK[\w+/=\\\s]{40,16384}",
    "prv9": r"[xyzt]prv9[1-9A-HJ-NP-Za-km-z]{90,110}",
    "nsec1": r"nsec1[a-z0-9]{58}",
    **_family(r"sm_[aps]at_[A-Za-z0-9]{16}", "sm_aat_", "sm_pat_", "sm_sat_"),
    "Private-Lines": r"Private-Lines: \d{1,3}[\w+/=\\\s:-]{20,16384}",
}
"""Expressions by a text that every match contains."""

FREQUENT_FORMS: dict[str, str] = {
    "sk_": r"sk_(?:[a-z]{3,5}_)?[A-Za-z0-9]{24,64}",
    "pk_": r"pk_\d{5,10}_[A-Z0-9]{32}",
    "re_": r"re_[A-Za-z0-9]{7,9}_[A-Za-z0-9]{20,28}",
    "fw_": r"fw_[A-Za-z0-9]{22,24}",
    "tk_": r"tk_[a-z0-9]{29}",
    "mb_": r"mb_[\w+/]{43}=",
    "cu_": rf"cu_{_HEX}{{32}}",
    "key-": rf"key-{_HEX}{{32}}",
    "md-": r"md-(?=\w{0,20}\d)[A-Za-z0-9]\w{21}",
    "fc-": rf"fc-{_HEX}{{32}}",
    "ico-": r"ico-[A-Za-z0-9]{32}",
    "cio": r"cio[A-Za-z0-9]{32}",
    "dose": rf"dose{_HEX}{{32}}(?:-\d)?",
    "secret_": r"secret_[A-Za-z0-9]{43}",
    "secret-": r"secret-(?:[A-Za-z0-9]{40,48}|(?:live|test)-[\w=-]{30,64})",
    "private_": r"private_(?=[^\s_]{0,27}\d)[A-Za-z0-9+/]{27}=",
    "live_": r"live_(?=[\w-]{0,39}\d)(?:[A-Za-z0-9]{30,40}|(?=[\w-]{0,39}[A-Z])[\w-]{40})",
    "test_": r"test_(?=[A-Za-z]{0,34}\d)[A-Za-z0-9]{30,40}",
    "pat": rf"pat(?:\w{{14}}\.{_HEX}{{64}}|\.[\w-]{{22}}\.\w{{24}}\.\w{{20}})",
    "sat.": r"sat\.[\w-]{22}\.\w{24}\.\w{20}",
    "sl.": r"sl\.(?:u\.)?[\w-]{100,2048}",
    "00D": r"00D\w{12,15}![\w.]{60,255}",
    "AAAA": r"AAAA[\w-]{7}:[\w-]{140}",
    "K00": r"K00\d[\w+/]{27}",
    **_family(
        r"00(?=[\w-]{0,39}[a-z])(?=[\w-]{0,39}[A-Z])[\w-]{40}(?![\w-])",
        *(f"00{letter}" for letter in ascii_letters if letter != "D"),  # those of Salesforce
    ),
    **_family(
        r"(?:M[Tjz]|N[DTjz]|O[DT])[AEIMQUYcgk][w-z0-5](?:[MNO][DTjz][AEIMQUYcgk][w-z0-5]){4}"
        r"[\w-]{0,6}\.[\w-]{6}\.[\w-]{27,40}",
        *("MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT"),
    ),
}
"""Expressions that begin with a text that occurs in ordinary words, too. Each match contains at
least 20 letters, digits and signs of base64 in a row, as ordinary words do not.
"""

_LETTERED = _family(rf"SK{_HEX}{{32}}", *(f"SK{digit}" for digit in "0123456789abcdef"))
"""Twilio's keys, whose beginning is too short to look for without the next digit."""

_TICKETS = _family(
    r"(?:ST|PT|TGT|PGT|PGTIOU|TGC)-\d{1,9}-(?=\D{0,40}\d)[\w-]{16,256}",
    *(
        f"{kind}-{digit}"
        for kind in ("ST", "PT", "TGT", "PGT", "PGTIOU", "TGC")
        for digit in range(1, 10)
    ),
)
"""The tickets of CAS."""

KEY_FORMS = {**_FORMS, **_LETTERED, **_TICKETS}
"""Expressions of keys, by a text that every match contains."""

FREQUENT_STARTS = {
    mark: re.compile(f"(?:{form})".encode()) for mark, form in FREQUENT_FORMS.items()
}
"""Expressions of the keys whose marks occur in ordinary words, for data."""

HEXADECIMAL_FORMS = {
    f"{'0' * 32}-{'0' * 8}-{'0' * 8}": rf"{_HEX}{{32}}-{_HEX}{{8}}-{_HEX}{{8}}(?![\w-])",
    f"/{'0' * 16}:{'0' * 32}": rf"\d/\d{{16}}(?:/\d{{16}})?:{_HEX}{{32}}",
    f"{'0' * 24}:{'0' * 64}": rf"{_HEX}{{24}}:{_HEX}{{64}}(?!\w)",
}
"""Expressions of keys without a mark, by what every match contains once each of its hexadecimal
digits is written as ``0``.
"""
