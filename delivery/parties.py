"""Whom this floor calls: declared at the start, so that the table of parties is whole before any kind is loaded."""

from __future__ import annotations

from django.conf import settings

from ground import egress

BLOB, BLOB_PURPOSE = "Azure Blob Storage", "delivery of packages"
WEBHOOKS, WEBHOOKS_PURPOSE = "Your webhook endpoint", "webhooks"
FORGES = (
    ("GitHub (delivery)", "GITHUB_API_URL"),
    ("GitLab (delivery)", "GITLAB_URL"),
    ("Azure DevOps (delivery)", "AZURE_DEVOPS_URL"),
    ("Bitbucket (delivery)", "BITBUCKET_API_URL"),
    # Named by its user, so its address is checked at every call.
    ("Git server of a user (delivery)", ""),
)


def declare() -> None:
    """Add our parties to the table of egress."""
    egress.declare(
        egress.Party(
            name=BLOB,
            purposes=(BLOB_PURPOSE,),
            data="The documents of packages, to a container you name.",
            hosts=None,  # its owner names it; delivery.kinds.blob.address keeps it to Azure and to what the operator allows
            country="where you keep your container",
        )
    )
    egress.declare(
        egress.Party(
            name=WEBHOOKS,
            purposes=(WEBHOOKS_PURPOSE,),
            data="Ids, states and times of your generations and packages.",
            hosts=None,  # its owner names it
        )
    )
    for name, setting in FORGES:
        egress.declare(
            egress.Party(
                name=name,
                purposes=("delivery",),
                data="Generated documents, to a repository that you name. Nothing about you but the credential you gave for it.",
                hosts=(lambda setting=setting: [egress.host_of(getattr(settings, setting))]) if setting else None,  # type: ignore[misc]
            )
        )
