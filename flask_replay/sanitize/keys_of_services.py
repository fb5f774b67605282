"""The formats of keys and tokens of well-known services: a fixed prefix, then random characters."""

from __future__ import annotations

_HEX = "[0-9a-f]"
_UUID = f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"

_FORMS: dict[str, str] = {
    # clouds
    "AKIA": r"AKIA[0-9A-Z]{16}",
    "ASIA": r"ASIA[0-9A-Z]{16}",
    "ABSK": r"ABSK[A-Za-z0-9+/]{100,140}=*",
    "LTAI": r"LTAI\w{16,24}",
    "AIza": r"AIza[\w-]{35}",
    "ya29.": r"ya29\.[\w-]{20,1024}",
    "GOCSPX-": r"GOCSPX-[\w-]{28}",
    "amzn.mws.": rf"amzn\.mws\.{_UUID}",
    "dop_v1_": rf"dop_v1_{_HEX}{{64}}",
    "doo_v1_": rf"doo_v1_{_HEX}{{64}}",
    "dor_v1_": rf"dor_v1_{_HEX}{{64}}",
    "HRKU-": r"HRKU-[\w-]{36,80}",
    "Q~": r"[a-zA-Z0-9_.~-]{3}\dQ~[\w.~-]{31,34}",
    "fo1_": r"fo1_[\w-]{43}",
    "fm2_": r"fm2_[\w+/=,-]{60,1024}",
    "nfp_": r"nfp_\w{36,44}",
    "vcp_": r"vc[pkiar]_\w{24,64}",
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
    "glpat-": r"glpat-[\w-]{20,64}",
    "gldt-": r"gldt-[\w-]{20,64}",
    "glrt-": r"glrt-[\w.-]{20,64}",
    "glptt-": rf"glptt-{_HEX}{{40}}",
    "glft-": r"glft-[\w-]{20,90}",
    "glimt-": r"glimt-[\w-]{25}",
    "glagent-": r"glagent-[\w-]{50}",
    "glcbt-": r"glcbt-[\w-]{20,32}",
    "gloas-": r"gloas-\w{64}",
    "gta_": rf"gta_{_HEX}{{40}}",
    "ATATT3": r"ATATT3[\w=-]{60,255}",
    "ATBB": r"ATBB\w{32}",
    "npm_": r"npm_\w{36}",
    "pypi-": r"pypi-[\w-]{50,255}",
    "rubygems_": rf"rubygems_{_HEX}{{48}}",
    "oy2": r"oy2[a-z0-9]{43}",
    "CLOJARS_": r"CLOJARS_[a-z0-9]{60}",
    "packagist_": r"packagist_[ou][ur][ct]_\w{68}",
    "AKCp": r"AKCp\w{66,72}",
    "dckr_": r"dckr_[po]at_[\w-]{27}",
    "bkua_": rf"bkua_{_HEX}{{40}}",
    "CCIPAT_": rf"CCIPAT_\w{{22}}_{_HEX}{{40}}",
    "sgp_": rf"sgp_(?:{_HEX}{{16}}_|local_)?{_HEX}{{40}}",
    "squ_": rf"squ_{_HEX}{{40}}",
    "sqp_": rf"sqp_{_HEX}{{40}}",
    "sqa_": rf"sqa_{_HEX}{{40}}",
    "snyk_": r"snyk_[us]at\.\w{8}\.[\w.-]{40,255}",
    "PMAK-": rf"PMAK-{_HEX}{{24}}-{_HEX}{{34}}",
    "figd_": r"figd_[\w-]{40}",
    "lin_api_": r"lin_api_\w{40}",
    "ntn_": r"ntn_\w{40,50}",
    "pul-": rf"pul-{_HEX}{{40}}",
    "atlasv1.": r"\w{14}\.atlasv1\.[\w-]{60,70}",
    # vaults and settings
    "hvs.": r"hvs\.[\w-]{24,200}",
    "hvb.": r"hvb\.[\w-]{100,300}",
    "dp.": r"dp\.(?:pt|st|ct|sa|scim|audit)(?:\.[\w-]{1,35})?\.\w{40,44}",
    "ops_eyJ": r"ops_eyJ[\w+/=-]{200,4096}",
    "A3-": r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}",
    "AGE-SECRET-KEY-": r"AGE-SECRET-KEY-[0-9A-Z]{50,70}",
    "sdk-": rf"sdk-{_UUID}",
    # data and observability
    "dapi": rf"dapi{_HEX}{{32}}(?:-\d)?",
    "pscale_": r"pscale_(?:tkn|pw|oauth)_[\w.-]{32,64}",
    "sbp_": rf"sbp_{_HEX}{{40}}",
    "sb_secret_": r"sb_secret_[\w-]{31}",
    "glsa_": rf"glsa_\w{{32}}_{_HEX}{{8}}",
    "glc_": r"glc_[\w+/=]{32,400}",
    "NRAK-": r"NRAK-[A-Z0-9]{27}",
    "NRJS-": rf"NRJS-{_HEX}{{19}}",
    "dt0c01.": r"dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{64}",
    "sntrys_": r"sntrys_eyJ[\w+/=]{60,600}",
    "sntryu_": rf"sntryu_{_HEX}{{64}}",
    "phx_": r"phx_\w{43}",
    "pnu_": r"pnu_\w{36}",
    "CFPAT-": r"CFPAT-[\w-]{43}",
    "aio_": r"aio_\w{28}",
    # models
    "sk-": r"sk-[\w-]{20,255}",
    "hf_": r"hf_[A-Za-z]{30,64}",
    "gsk_": r"gsk_\w{52}",
    "xai-": r"xai-\w{80}",
    "pplx-": r"pplx-\w{48}",
    "r8_": r"r8_\w{37}",
    "pcsk_": r"pcsk_\w{50,75}",
    # mail and messages
    "SG.": r"SG\.[\w-]{16,64}\.[\w-]{16,64}",
    "xkeysib-": rf"xkeysib-{_HEX}{{64}}-\w{{16}}",
    "xoxa-": r"xoxa-[\w-]{10,255}",
    "xoxb-": r"xoxb-[\w-]{10,255}",
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
    "/api/webhooks/": r"discord(?:app)?\.com/api/webhooks/\d{16,20}/[\w-]{60,80}",
    "office.com/webhook": (
        r"(?:\w{1,64}\.webhook|outlook)\.office\.com/webhook(?:b2)?/[^\s'\"<>]{20,255}"
    ),
    "hooks.zapier.com/": r"hooks\.zapier\.com/hooks/catch/\d{1,12}/\w{5,24}",
    ":AA": r"(?:bot)?\d{8,10}:AA[\w-]{32,33}",
    "tfp_": r"tfp_[\w.=-]{40,64}",
    "rdme_": r"rdme_[a-z0-9]{70}",
    # payment and shops
    "sk_live_": r"sk_live_\w{10,255}",
    "sk_test_": r"sk_test_\w{10,255}",
    "rk_live_": r"rk_live_\w{10,255}",
    "rk_test_": r"rk_test_\w{10,255}",
    "whsec_": r"whsec_[\w+/=]{16,255}",
    "rzp_live_": r"rzp_live_\w{14}",
    "shpat_": r"shpat_[0-9a-fA-F]{32}",
    "shpss_": r"shpss_[0-9a-fA-F]{32}",
    "shpca_": r"shpca_[0-9a-fA-F]{32}",
    "shppa_": r"shppa_[0-9a-fA-F]{32}",
    "sq0csp-": r"sq0csp-[\w-]{43}",
    "sq0atp-": r"sq0atp-[\w-]{22}",
    "FLWSECK": r"FLWSECK(?:_TEST)?-\w{12,40}-X",
    "access_token$": rf"access_token\$(?:production|sandbox)\$\w{{16}}\${_HEX}{{32}}",
    "access-production-": rf"access-production-{_UUID}",
    "EAAC": r"EAAC\w{50,512}",
    "duffel_": r"duffel_(?:live|test)_[\w-]{43}",
    "shippo_": rf"shippo_(?:live|test)_{_HEX}{{40}}",
    "EZAK": r"EZ[AT]K\w{54}",
    "fio-u-": r"fio-u-[\w=-]{64}",
    "api_live.": r"api_live(?:_\w\w)?\.\w{11}\.[\w-]{32}",
    "s-s4t2": rf"s-s4t2(?:ud|af)-{_HEX}{{64}}",
    "sk.eyJ": r"sk\.eyJ1[\w-]{40,200}\.[\w-]{20,24}",
    # keys in base64, of wallets, of PuTTY
    "IBADANBgkqhki": r"MII\w{2,4}IBADANBgkqhki[\w+/=\\\s]{40,16384}",
    "IBAAK": r"MII\w{2,4}IBAAK[\w+/=\\\s]{40,16384}",
    "xprv9": r"[xyzt]prv9[1-9A-HJ-NP-Za-km-z]{90,110}",
    "Private-Lines": r"Private-Lines: \d{1,3}[\w+/=\\\s:-]{20,16384}",
}
"""Expressions by a text that every match contains."""

_LETTERED = tuple(f"SK{digit}" for digit in "0123456789abcdef")
"""Beginnings of Twilio's keys, which are too short to look for without their next digit."""

_TICKETS = tuple(f"{kind}-{digit}" for kind in ("ST", "PT", "TGT") for digit in range(1, 10))
"""Beginnings of the tickets of CAS."""

KEY_MARKS = (*_FORMS, *_LETTERED, *_TICKETS)
"""Every key contains one of these texts."""

KEY_EXPRESSION = (
    rf"\b(?:{'|'.join(_FORMS.values())}|SK{_HEX}{{32}}|(?:ST|PT|TGT)-\d{{1,9}}-[\w-]{{20,256}})"
)
"""A key of a service."""
