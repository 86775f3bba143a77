"""Which company stands behind a party of the table of egress, and where it says what it does with data.

A party is found by the beginning of its name: "GitHub (sign-in)" and "GitHub (delivery)" are both GitHub.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Company:
    name: str
    policy: str = ""
    """The address of its own privacy policy."""
    parties: tuple[str, ...] = ()
    """How the names of its parties begin."""


COMPANIES = (
    Company("Anthropic", "https://www.anthropic.com/legal/privacy", ("Anthropic",)),
    Company("Atlassian", "https://www.atlassian.com/legal/privacy-policy", ("Bitbucket", "Atlassian")),
    Company("Cloudflare", "https://www.cloudflare.com/privacypolicy/", ("Cloudflare",)),
    Company("GitHub", "https://docs.github.com/site-policy/privacy-policies/github-general-privacy-statement", ("GitHub",)),
    Company("GitLab", "https://about.gitlab.com/privacy/", ("GitLab",)),
    Company("Google", "https://policies.google.com/privacy", ("Google",)),
    Company(
        "Microsoft",
        "https://privacy.microsoft.com/privacystatement",
        ("Azure", "Microsoft", "OneDrive", "SharePoint"),
    ),
    Company("OpenAI", "https://openai.com/policies/privacy-policy/", ("OpenAI",)),
    Company("Stripe", "https://stripe.com/privacy", ("Stripe",)),
    Company("Twilio", "https://www.twilio.com/en-us/legal/privacy", ("Twilio",)),
)


def behind(party: str) -> Company:
    """The company of a party; for one that is not in the list, a company of the party's own name without a policy."""
    for company in COMPANIES:
        if party.startswith(company.parties):
            return company
    return Company(party.partition(" (")[0], parties=(party,))
