"""Formats of tokens that vendors issue: a prefix or a shape that nothing else has. Written from the vendors' documentation.

Each entry is ``kind: pattern``. Patterns have bounded repetitions of one class and no nested quantifiers, so that matching stays
linear. A trailing delimiter is not asked for: a token before a comma, a bracket or a quotation mark of any language counts too.
"""

from __future__ import annotations

import re

_FORMATS: dict[str, str] = {
    "aws-access-key-id": r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])",
    "aws-session-token": r"(?:IQoJb3JpZ2lu|FwoGZXIvYXdz)[A-Za-z0-9+/=%]{40,4000}",
    "github-token": r"gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{40,255}",
    "gitlab-token": (
        r"(?:glpat|gldt|glrt|glrtr|glcbt|glptt|glft|glimt|glagent|gloas|glsoat|glffct|glwt)-[A-Za-z0-9_-]{20,300}(?:\.[0-9a-z]{2}\.[0-9a-z]{7,9})?"
        r"|GR1348941[A-Za-z0-9_-]{20,60}"
    ),
    "slack-token": r"xox[abeoprs]-[A-Za-z0-9-]{10,250}|xapp-\d-[A-Za-z0-9-]{20,250}|xoxe\.xox[bp]-[A-Za-z0-9-]{20,250}",
    "stripe-key": r"[sr]k_(?:live|test|prod)_[A-Za-z0-9]{16,250}",
    "webhook-secret": r"whsec_[A-Za-z0-9+/=]{24,100}",
    "anthropic-key": r"sk-ant-[A-Za-z0-9_-]{20,250}",
    "openai-key": (
        r"sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,300}|sk-[A-Za-z0-9]{16,64}T3BlbkFJ[A-Za-z0-9]{16,64}"
        r"|sess-[A-Za-z0-9]{40}"
    ),
    "openrouter-key": r"sk-or-v1-[0-9a-f]{48,64}",
    "model-vendor-key": (
        r"gsk_[A-Za-z0-9]{40,80}|xai-[A-Za-z0-9]{60,100}|csk-[a-z0-9]{40,60}|fw_[A-Za-z0-9]{20,40}"
        r"|nvapi-[A-Za-z0-9_-]{60,80}|tgp_v1_[A-Za-z0-9_-]{40,60}|pplx-[A-Za-z0-9]{40,64}|r8_[A-Za-z0-9]{30,60}"
        r"|(?:hf|api_org)_[A-Za-z]{30,50}|sk-[A-Za-z0-9]{32,64}(?![A-Za-z0-9-])|jina_[A-Za-z0-9_-]{40,80}"
        r"|(?:lsv2_pt|lsv2_sk)_[0-9a-f_]{30,80}"
    ),
    "google-api-key": r"AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{20,40}|ya29\.[A-Za-z0-9_-]{20,1000}|1//0[A-Za-z0-9_-]{40,200}",
    "azure-client-secret": r"[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,37}",
    "azure-key": r"[A-Za-z0-9+/]{76}(?:\+ASt|AzSearch|ACDb|APIM|AzFu|AIoT)[A-Za-z0-9+/]{4,6}={0,2}",
    "digitalocean-token": r"do[opr]_v1_[0-9a-f]{64}",
    "heroku-key": r"HRKU-[A-Za-z0-9_-]{36,100}",
    "npm-token": r"npm_[A-Za-z0-9]{36,60}",
    "pypi-token": r"pypi-AgE[A-Za-z0-9_-]{50,500}",
    "registry-token": (
        r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,60}|rubygems_[0-9a-f]{48}|cio[A-Za-z0-9]{32}(?![A-Za-z0-9])"
        r"|oy2[a-z0-9]{43}(?![a-z0-9])"
    ),
    "twilio-key": r"SK[0-9a-f]{32}(?![0-9a-zA-Z])",
    "sendgrid-key": r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}",
    "mail-key": (
        r"key-[0-9a-f]{32}(?![0-9a-z])|[0-9a-f]{32}-us\d{1,2}(?![0-9a-z])|xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}"
        r"|[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}(?![0-9a-f-])"
    ),
    "telegram-token": r"\d{8,10}:AA[A-Za-z0-9_-]{32,34}",
    "discord-token": r"[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}",
    "vault-token": r"hv[sbr]\.[A-Za-z0-9_-]{20,300}",
    "terraform-token": r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{50,100}",
    "databricks-token": r"dapi[0-9a-f]{32}(?:-\d)?(?![0-9a-f])",
    "shopify-token": r"shp(?:at|ca|pa|ss|ua|tka)_[0-9a-fA-F]{32}",
    "square-token": r"EAAA[A-Za-z0-9_+=-]{56,64}(?![A-Za-z0-9_-])|sq0(?:atp|csp)-[A-Za-z0-9_-]{22,60}",
    "facebook-token": r"EAA[A-Z][A-Za-z0-9]{60,300}",
    "newrelic-key": r"NR(?:AK|RA|AL|II)-[A-Za-z0-9]{20,40}",
    "grafana-token": r"glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_[A-Za-z0-9+/=]{32,400}|eyJrIjoi[A-Za-z0-9+/=]{40,400}",
    "sentry-token": r"sntr(?:yu|ys|ya)_[A-Za-z0-9+/=_-]{40,400}",
    "linear-key": r"lin_(?:api|oauth)_[A-Za-z0-9]{32,64}",
    "notion-token": r"ntn_[A-Za-z0-9]{40,60}|secret_[A-Za-z0-9]{43}(?![A-Za-z0-9])",
    "figma-token": r"fig[duo]r?_[A-Za-z0-9_-]{30,60}",
    "airtable-token": r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}",
    "postman-key": r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}",
    "pulumi-token": r"pul-[0-9a-f]{40}",
    "doppler-token": r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}",
    "supabase-key": r"sbp_[0-9a-f]{40}|sb_secret_[A-Za-z0-9_-]{20,60}",
    "neon-key": r"napi_[a-z0-9]{40,80}",
    "okta-token": r"00[A-Za-z0-9_-]{40}(?![A-Za-z0-9_-])",
    "atlassian-token": r"AT(?:ATT3|CTT3|BB)[A-Za-z0-9_=-]{20,300}",
    "dropbox-token": r"sl\.[A-Za-z0-9_-]{60,1500}",
    "age-key": r"AGE-SECRET-KEY-1[A-Z0-9]{58}",
    "password-manager-key": r"A3-[A-Z0-9]{6}-[A-Z0-9]{6}(?:-[A-Z0-9]{5}){3,5}|ops_eyJ[A-Za-z0-9+/=_-]{60,2000}",
    "tailscale-key": r"tskey-[a-z]{2,10}-[A-Za-z0-9]{6,40}-[A-Za-z0-9]{16,60}",
    "artifactory-key": r"AKCp[A-Za-z0-9]{60,100}|cmVmdGtuO[A-Za-z0-9]{50,70}",
    "dynatrace-token": r"dt0[a-z]\d{2}\.[A-Z0-9]{24}\.[A-Z0-9]{60,70}",
    "posthog-key": r"phx_[A-Za-z0-9]{40,60}",
    "buildkite-token": r"bk(?:ua|aa|ct|pt)_[0-9a-z]{40,60}",
    "alibaba-key": r"LTAI[A-Za-z0-9]{16,24}(?![A-Za-z0-9])",
    "launchdarkly-key": r"(?:sdk|api)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "sonar-token": r"sq[upa]_[0-9a-f]{40}",
    "easypost-key": r"EZ[AT]K[A-Za-z0-9]{50,60}",
    "adobe-secret": r"p8e-[A-Za-z0-9]{32}",
    "asana-token": r"[12]/\d{12,18}(?:/\d{12,18})?:[0-9a-f]{32}",
    "mapbox-token": r"[st]k\.eyJ[A-Za-z0-9_-]{20,200}\.[A-Za-z0-9_-]{20,60}",
    "planetscale-token": r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,64}",
    "fly-token": r"fo1_[A-Za-z0-9_-]{40,60}|fm[12][ar]?_[A-Za-z0-9+/=_-]{60,2000}",
    "render-key": r"rnd_[A-Za-z0-9]{28,40}",
    "circleci-token": r"CCIPAT_[A-Za-z0-9]{20,30}_[0-9a-f]{40}|CCIPRJ_[A-Za-z0-9]{20,30}_[0-9a-f]{40}",
    "contentful-token": r"CFPAT-[A-Za-z0-9_-]{40,60}",
    "typeform-token": r"tfp_[A-Za-z0-9_.=-]{40,80}",
    "shippo-token": r"shippo_(?:live|test)_[0-9a-f]{40}",
    "readme-key": r"rdme_[a-z0-9]{60,80}",
    "prefect-key": r"pn[ub]_[A-Za-z0-9]{36}",
    "duffel-token": r"duffel_(?:live|test)_[A-Za-z0-9_=-]{40,60}",
    "flutterwave-key": r"FLWSECK(?:_TEST)?-[0-9a-zA-Z-]{30,50}",
    "plaid-token": r"access-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "braintree-token": r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}",
    "amazon-oauth": r"amzn1\.oa2-cs\.v1\.[0-9a-f]{64}|amzn\.mws\.[0-9a-f-]{36}",
    "yandex-token": r"AQVN[A-Za-z0-9_-]{35,38}|y[0-3]_[A-Za-z0-9_-]{50,80}",
    "cloudflare-token": r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}",
    "scaleway-key": r"SCW[A-Z0-9]{17}(?![A-Z0-9])",
    "hubspot-token": r"pat-(?:na|eu)\d-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "sourcegraph-token": r"sgp_(?:[0-9a-f]{16}_|local_)?[0-9a-f]{40}",
}

# A token stands at the start of a word: not after a letter or digit, and not after one of the signs that tokens are made of.
FORMATS = re.compile(
    r"(?<![A-Za-z0-9])(?:" + "|".join(f"(?P<{kind.replace('-', '_')}>{pattern})" for kind, pattern in _FORMATS.items()) + ")"
)

KINDS = tuple(_FORMATS)

# The stretches a token can lie in. They are found first, in one cheap pass; the formats are tried inside them only.
RUNS = re.compile(r"[A-Za-z0-9_+/=%.:~$-]{16,}")
