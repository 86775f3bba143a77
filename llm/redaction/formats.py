"""Formats of tokens that vendors issue: a prefix or a shape that nothing else has. Written from the vendors' documentation.

One row per format: a kind and a recipe. In a recipe ``<M36>`` stands for 36 letters and digits, ``<M20-60>`` for 20 to 60:

    M letters and digits           L lower case and digits     U upper case and digits    D digits
    H hex, lower case              X hex                       B base64                   T base32
    W letters, digits, _ and -     V the same and "."          Q the same and "~"
    a letters                      l lower-case letters        O one of M, N, O

``<G>`` is a UUID, ``{one|two}`` one of several words, ``(...)?`` a part that may be missing. A ``!`` at the end says that no
letter or digit may follow, a ``?`` that what follows the prefix must look random. Everything is bounded, so matching stays
linear. A delimiter behind the token is not asked for: a token before a comma, a bracket or a quotation mark of any language
counts too. A checksum is never asked for: one letter lost in copying must not release a token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TABLE = r"""
aws-access-key-id       {AKIA|ASIA|ABIA|ACCA}<T16>!
aws-session-token       {IQoJb3JpZ2lu|FwoGZXIvYXdz}<B40-4000>(%3D)?
aws-bedrock-key         ABSK<B100-280>(=)?(=)?
aws-bedrock-key         bedrock-api-key-<B40-2000>(=)?(=)?
aws-appsync-key         da2-<L26>!
aws-mws-token           amzn.mws.<G>
amazon-oauth            amzn1.oa2-cs.v1.<H60-64>
specstep-key            ss_<M36-60>
specstep-token          {sst|ssc|sss}_<M36-60>
github-token            {ghp|gho|ghu|ghs|ghr}_<M30-255>
github-token            github_pat_<W40-255>
github-token            GHSAT0AAAAAA<U20-60>
gitlab-token            {glpat|gldt|glrt|glrtr|glcbt|glptt|glft|glimt|glagent|gloas|glsoat|glffct|glwt}-<V18-300>
gitlab-token            GR1348941<W20-60>
slack-token             {xoxa|xoxb|xoxc|xoxd|xoxe|xoxo|xoxp|xoxr|xoxs}-<W10-300>
slack-token             {xoxe.xoxp|xoxe.xoxb}-<W20-300>
slack-token             {xapp|xwfp}-<W20-300>
stripe-key              {sk|rk}_{live|test|prod}_<M16-250>
checkout-key            {sk|sk_sbox}_<L26-30>?
stripe-key              sk_org_{live|test}_<M16-250>
webhook-secret          whsec_<B24-100>(=)?
anthropic-key           sk-ant-<W20-250>
openai-key              sk-{proj|svcacct|admin|None}-<W20-300>
openai-key              sk-<M16-64>T3BlbkFJ<M16-64>
openai-key              sess-<M40>
openrouter-key          sk-or-v1-<H48-64>
model-vendor-key        gsk_<M40-80>
model-vendor-key        xai-<M60-100>
model-vendor-key        csk-<L40-60>
model-vendor-key        fw_<M20-40>
model-vendor-key        nvapi-<W60-80>
model-vendor-key        tgp_v1_<W40-60>
model-vendor-key        pplx-<M40-64>
model-vendor-key        r8_<M30-60>
model-vendor-key        {hf|api_org}_<a30-50>
model-vendor-key        jina_<W40-80>
model-vendor-key        {lsv2_pt_|lsv2_sk_|ls__}<H30-34>(_<H8-12>)?
model-vendor-key        {sk-lf|sk-helicone|sk-kimi|sk-cp|sk-car|ctx7sk|sk-bf}-<W20-120>
model-vendor-key        pcsk_<M3-8>_<M50-70>
model-vendor-key        esecret_<M20-60>
model-vendor-key        {tvly|tvly-dev}-<M28-40>
model-vendor-key        {e2b|fc|bb_live|glama|hyperb}{_|-}<W27-60>
model-vendor-key        wandb_v1_<W40-120>
model-vendor-key        LLM|<D14-17>|<W20-40>
model-vendor-key        {pa|ak|as}{_|-}<W20-60>?
model-vendor-key        cnvca<W40-60>
model-vendor-key        {flp|akm|seam|vtwn|rpa|pat|tss|odt|ctp|akc|ddp|ddw|alcht|aio|airb|samsara_api|apify_api}_<M20-70>
model-vendor-key        sk-<M32-64>!
secret-key              {sk|rk|sk_car|sk_prod|sk_dev}_<M22-80>?
secret-key              {sk_live|sk_test|cal_live|cal_test|key_live|key_prod|key_test}_<W20-120>?
secret-key              {api_live|api_key|api_token|live_sk|live_key|prod_sk}_<W20-120>?
secret-token            {pat|tok|token|secret|apikey|key|bot|svc|auth|priv|access|refresh}{_|-}<M24-120>?
google-api-key          AIza<W35>
google-oauth            GOCSPX-<W20-40>
google-oauth            ya29.<W20-1000>
google-oauth            1//0<W40-200>
google-key              AAAA<W7>:APA91b<W120-160>
google-hmac-key         GOOG1E<U50-60>
azure-client-secret     <Q3><D1>Q~<Q31-37>
azure-key               <B33-86>{+ASt|AzSearch|AzSe|ACDb|APIM|AzFu|AIoT|+AEh|+ARm|+ABa|+ACR}<B4-7>(=)?(=)?
azure-key               <W33-86>{AzSe|AzFu}<W4-7>(=)?(=)?
azure-devops-token      <M70-76>AZDO<M4>
azure-openai-key        <M20-60>JQQJ99<M20-60>
digitalocean-token      {dop|doo|dor}_v1_<H64>
heroku-key              HRKU-<W36-100>
npm-token               npm_<M36-60>
pypi-token              pypi-AgE<W50-500>
registry-token          dckr_{pat|oat}_<W20-60>
registry-token          rubygems_<H48>
registry-token          cio<M32>!
registry-token          oy2<L43>!
twilio-key              SK<H32>!
sendgrid-key            SG.<W16-32>.<W32-64>
mail-key                key-<H32>!
mail-key                <H32>-us<D1-2>!
mail-key                {xkeysib|xsmtpsib}-<H64>-<M16>
mail-key                <H32>-<H8>-<H8>!
mail-key                mlsn.<H60-70>
mail-key                md-<W22>!
mail-key                re_<M6-10>_<M18-30>!
telegram-token          <D8-10>:AA<W32-34>
discord-token           <O1><W22-27>.<W6>.<W27-40>
vault-token             {hvs|hvb|hvr}.<W20-300>
vault-token             {s|b|r}.<M24>!
terraform-token         <M14>.atlasv1.<W50-100>
databricks-token        {dapi|dose|dkea|dsapi}<H32>(-<D1>)?
shopify-token           {shpat|shpca|shppa|shpss|shpua|shptka}_<X32>
square-token            EAAA<W56-64>!
square-token            {sq0atp|sq0csp}-<W22-60>
facebook-token          EAA<M60-300>
newrelic-key            {NRAK|NRRA|NRAL|NRII|NRIQ}-<W20-45>
grafana-token           glsa_<M32>_<H8>
grafana-token           glc_<B32-400>(=)?
grafana-token           eyJrIjoi<B40-400>(=)?
sentry-token            {sntryu|sntrys|sntrya|sntryi}_<V40-400>
sentry-token            sntrys_eyJ<B40-400>(=)?(=)?_<B40-50>
linear-key              lin_{api|oauth}_<M32-64>
notion-token            ntn_<M40-60>
notion-token            secret_<M43>!
figma-token             {figd|figo|figu|figdr|figor|figur}_<W30-60>
airtable-token          pat<M14>.<H64>
postman-key             PMAK-<H24>-<H34>
postman-key             PMAT-<U26>
pulumi-token            pul-<H40>
doppler-token           dp.{pt|st|ct|sa|scim|audit}.<V40-90>
supabase-key            {sbp|sbp_oauth|sbp_v0}_<H40>
supabase-key            sb_secret_<W20-60>
neon-key                napi_<L40-80>
okta-token              00<W40>!
atlassian-token         {ATATT3|ATCTT3|ATBB}<W20-300>(=<X8>)?
dropbox-token           {sl.u.|sl.}<W60-1500>
age-key                 AGE-SECRET-KEY-1<U58>
password-manager-key    A3-<U6>-<U6>-<U5>-<U5>-<U5>(-<U5>)?(-<U5>)?
password-manager-key    A3-<U6>-<U11>-<U5>-<U5>-<U5>
password-manager-key    ops_eyJ<B60-2000>(=)?
tailscale-key           tskey-<l2-10>-<M6-40>-<M16-60>
artifactory-key         AKCp<M60-100>
artifactory-key         cmVmdGtuO<M50-70>
dynatrace-token         dt0<l1><D2>.<U8-24>.<U60-70>
posthog-key             {phx|phs}_<M40-60>
buildkite-token         {bkua|bkaa|bkct|bkpt}_<L40-60>
alibaba-key             LTAI<M16-24>!
launchdarkly-key        {sdk|api}-<G>
sonar-token             {squ|sqp|sqa}_<H40>
easypost-key            {EZAK|EZTK}<M50-60>
adobe-secret            p8e-<M32>
asana-token             {1|2|0}/<D12-18>(/<D12-18>)?:<H32>
mapbox-token            {sk|tk}.eyJ<W20-200>.<W20-60>
planetscale-token       pscale_{tkn|pw|oauth}_<V32-64>
fly-token               fo1_<W40-60>
fly-token               {fm1a|fm1r|fm1|fm2}_<B60-2000>(=)?(=)?
render-key              rnd_<M28-40>
circleci-token          {CCIPAT|CCIPRJ}_<M20-30>_<H40>
contentful-token        CFPAT-<W40-60>
typeform-token          tfp_<V40-80>
shippo-token            shippo_{live|test}_<H40>
readme-key              rdme_<L60-80>
prefect-key             {pnu|pnb}_<M36>
duffel-token            duffel_{live|test}_<W40-60>
flutterwave-key         {FLWSECK|FLWSECK_TEST}-<H12-40>(-X)?
plaid-token             access-{sandbox|development|production}-<G>
braintree-token         access_token${production|sandbox}$<L16>$<H32>
yandex-token            AQVN<W35-38>
yandex-token            {y0|y1|y2|y3}_<W50-80>
yandex-token            t1.<V50-300>
cloudflare-token        v1.0-<H24>-<H146>
cloudflare-token        {cfut|cfat|cfk}_<M40-60>
scaleway-key            SCW<U17>!
hubspot-token           pat-{na|eu|ap}<D1>-<G>
sourcegraph-token       {sgp|sgp_local|slk|sgd}_<M40-64>
sourcegraph-token       sgp_<H16>_<H40>
akamai-token            akab-<L16>-<L16>
apollo-key              {service|user}:<W2-60>:<M22>!
axiom-token             {xaat|xapt}-<G>
clickup-token           pk_<D6-9>_<U32>
cockroach-key           CCDB1_<M20-24>_<M40>
coze-key                pat_<M64>
confluent-key           cflt<B56-64>
exoscale-key            EXO<H24>!
endor-key               endr+<M16>!
frameio-token           fio-u-<W60-70>
gocardless-token        {live|sandbox}_<W40>!
harness-token           {pat|sat}.<W22>.<H24>.<M20>
hcaptcha-secret         ES_<H32>!
honeycomb-key           {hcaik|hcamk|hcxik|hcxmk|hcalk}_<L26-70>
infracost-key           ico-<M32>!
intercom-token          dG9rO<B50-64>(=)?
intra-token             s-s4t2{ud|af}-<H64>
ionic-token             ion_<L42>
klaviyo-key             pk_<H34>!
lob-key                 {live|test}_<H35>!
maxmind-key             <M6>_<M29>_mmk
mercury-token           secret-token:<W20-200>
mongodb-key             mdb_sa_sk_<W40>
netlify-token           {nfp|nfc|nfo|nfu|nfb}_<M36-40>
nightfall-key           NF-<M32>!
ntfy-token              tk_<L29>!
nylas-key               nyk_v0_<M40-64>
octopus-key             API-<U25-32>!
onfido-token            {api_live|api_sandbox|api_live_us|api_live_ca}.<W11>.<W32>
openshift-token         sha256~<W43>!
ory-token               {ory_pat|ory_at|ory_ac|ory_rt|ory_st}_<V32-100>
paddle-key              pdl_{live|sdbx}_apikey_<L26>_<M22>_<M3>
paseto                  {v1|v2|v3|v4}.{local|public}.<V40-4000>
persona-key             persona_{production|sandbox}_<W32-60>
polar-token             {polar_oat|polar_pat|polar_rt|polar_at}_<M30-60>
portainer-token         ptr_<B43>(=)?
pubnub-key              sec-c-<M36-60>
rapidapi-key            <H10>msh<H15>p1<H5>jsn<H12>
runway-key              key_<H128>
salesforce-token        00D<M12-15>!<V80-120>
salesforce-token        5Aep861<V60-140>
stackhawk-key           hawk.<W20>.<W20>
stytch-secret           secret-{live|test}-<W36>(=)?
svix-key                {testsk|sk}_<M32>.{eu|us|ca|au|in}
telnyx-key              KEY<X32>_<M22>
trello-token            ATTA<X64-80>
trigger-key             {tr_dev|tr_prod|tr_stg}_<M20-24>!
turnstile-secret        0x4AAAAAA<W26-30>
twitch-token            oauth:<L30>!
twitter-token           AAAAAAAAAAAAAAAAAAAAA<M30-120>(%3D<M10-60>)?(%2B<M10-60>)?(%2F<M10-60>)?
unkey-key               unkey_<M22-40>
vercel-token            {vcp|vck|vca|vci|vcr}_<M24-64>
vercel-token            vercel_blob_rw_<M16>_<M30>
wakatime-key            waka_<G>
zoho-token              1000.<H32>.<H32>
zuplo-key               {zpka|zpk}_<H32>_<H8>
fernet-token            gAAAAAB<W60-4000>(=)?(=)?
macaroon                MDAx<W80-2000>(=)?
snyk-token              snyk_{uat|sat}.<H8>.<V60-2000>
brevo-key               xkeysib-<H64>-<W16>
segment-token           sgp_<M64>
aspnet-cookie           CfDJ8<W60-4000>
adyen-key               AQE<B60-200>(=)?(=)?(-<B40-48>)?(=)?(-<W16-40>)?
eks-token               k8s-aws-v1.<W60-4000>
inngest-key             signkey-{prod|test|branch|staging}-<H32-64>
convex-key              {prod|dev|preview|project}:<W3-60>|<B60-400>(=)?(=)?
tinybird-token          p.eyJ<W40-300>.<W20-60>
clojars-token           CLOJARS_<H60>
aiven-password          AVNS_<W16-40>
swarm-token             SWMTKN-1-<L40-60>-<L20-30>
bitbucket-token         BBDC-<B40-60>
scaleway-key            tk-us-<W40-60>
settlemint-token        sm_{aat|pat|sat}_<M16-40>
definednet-key          dnkey-<L26>-<L52>
bitwarden-token         0.<G>.<M30>:<B22>==
woocommerce-secret      cs_<H40>!
infisical-token         st.<H24>.<H32>.<H32>
scrapfly-key            scp-{live|test}-<H32>
dbt-token               {dbtc|dbtu|dbts}_<W32-60>
xata-key                xau_<M30-60>
"""

_CLASSES = {
    "M": "A-Za-z0-9",
    "L": "a-z0-9",
    "U": "A-Z0-9",
    "H": "0-9a-f",
    "X": "0-9A-Fa-f",
    "D": "0-9",
    "B": "A-Za-z0-9+/",
    "W": "A-Za-z0-9_-",
    "V": "A-Za-z0-9_.-",
    "Q": "A-Za-z0-9_~.-",
    "a": "A-Za-z",
    "l": "a-z",
    "O": "MNO",
    "T": "A-Z2-7",
}
_PIECE = re.compile(
    r"<(?P<letter>[A-Za-z])(?P<least>\d*)(?:-(?P<most>\d+))?>|\{(?P<words>[^{}]+)\}|(?P<optional>\(.*?\)\?)|(?P<literal>[^<{(]+)"
)
SHOWN, LONG = 6, 18
"""Characters that the automaton asks for: at least ``SHOWN`` of the random part, or ``LONG`` together with a short prefix. The
rest is the confirming pattern's business."""


@dataclass(frozen=True)
class Trigger:
    """What the automaton looks for: of a fixed length, and part of everything that the rule can match."""

    pattern: str
    length: int
    """In characters; 0 where it varies, then only the end counts."""
    before: int = 0
    """How many characters of a match can stand before the trigger; 0: a match begins where the trigger begins."""
    caseless: bool = False
    not_after: str = ""
    """A class of characters; the trigger does not stand behind one of them, but for the letter of an escape: "\\n"."""


@dataclass(frozen=True)
class Format:
    """One row of the table, ready to use."""

    kind: str
    pattern: re.Pattern[str]
    triggers: tuple[Trigger, ...]
    random: bool
    """Must the match also look random? For prefixes that other things have, too."""


@dataclass
class _Part:
    """A stretch of a recipe: alternatives of fixed text, or a class of characters."""

    words: tuple[str, ...] = ()
    letters: str = ""
    least: int = 0
    most: int = 0


def _parts(recipe: str) -> Iterator[_Part]:
    for piece in _PIECE.finditer(recipe):
        if piece["optional"]:
            return  # Nothing behind an optional part is needed to find the token.
        if piece["literal"]:
            yield _Part(words=(piece["literal"],))
        elif piece["words"]:
            yield _Part(words=tuple(piece["words"].split("|")))
        elif piece["letter"] == "G":
            for number, size in enumerate((8, 4, 4, 4, 12)):
                yield _Part(letters="0-9A-Fa-f", least=size, most=size)
                if number < 4:
                    yield _Part(words=("-",))
        else:
            least = int(piece["least"])
            yield _Part(letters=_CLASSES[piece["letter"]], least=least, most=int(piece["most"] or least))


def _regex(recipe: str) -> str:
    made = []
    for piece in _PIECE.finditer(recipe):
        if piece["optional"]:
            made.append(f"(?:{_regex(piece['optional'][1:-2])})?")
        elif piece["literal"]:
            made.append(re.escape(piece["literal"]))
        elif piece["words"]:
            made.append(
                "(?:" + "|".join(re.escape(word) for word in sorted(piece["words"].split("|"), key=len, reverse=True)) + ")"
            )
        elif piece["letter"] == "G":
            made.append("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
        else:
            least, most = piece["least"], piece["most"] or piece["least"]
            made.append(
                f"[{_CLASSES[piece['letter']]}]{{{least},{most}}}"
                if least != most
                else f"[{_CLASSES[piece['letter']]}]{{{least}}}"
            )
            if piece["letter"] == "V":
                made.append(r"(?<!\.)")
    return "".join(made)


def _triggers(recipe: str) -> list[Trigger]:
    parts = list(_parts(recipe))
    first, lead, length = 0, "", 0
    if not parts[0].words:
        # The token begins with its random part: the automaton looks for the longest fixed text within and the letters before it.
        first = max((at for at, part in enumerate(parts) if part.words), key=lambda at: (min(map(len, parts[at].words)), -at))
        length = min(parts[first - 1].least, SHOWN)
        lead = f"[{parts[first - 1].letters}]{{{length}}}"
    before = sum(max(map(len, part.words), default=part.most) for part in parts[:first]) - length
    found = [(lead, length)]
    for part in parts[first:]:
        if part.words:
            found = [(text + re.escape(word), size + len(word)) for text, size in found for word in part.words]
            continue
        take = min(part.least, max(SHOWN, LONG - min(size for _, size in found)))
        found = [(f"{text}[{part.letters}]{{{take}}}", size + take) for text, size in found]
        if part.most > take:
            break
    return [Trigger(text, size, before, not_after="" if before else "A-Za-z0-9") for text, size in found]


def _formats() -> Iterator[Format]:
    for row in _TABLE.strip().splitlines():
        kind, recipe = row.split(maxsplit=1)
        strict, random = recipe.endswith("!"), recipe.endswith("?") and not recipe.endswith(")?")
        recipe = recipe.removesuffix("!") if strict else recipe.removesuffix("?") if random else recipe
        pattern = rf"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])){_regex(recipe)}" + ("(?![A-Za-z0-9])" if strict else "")
        yield Format(kind, re.compile(pattern, re.ASCII), tuple(_triggers(recipe)), random)


FORMATS: tuple[Format, ...] = tuple(_formats())
"""All formats. Their patterns look at what stands before them: a token begins at the start of a word, or behind
an escape such as "\\n"."""
