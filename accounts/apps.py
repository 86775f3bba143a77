from django.apps import AppConfig

from ground import register


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        register.declare(
            register.DataClass(
                name="Account",
                purpose="To know whose interviews and packages these are.",
                legal_basis="contract",
                models=("accounts.User", "accounts.Workspace"),
                kept="until the account is deleted",
                export="account.json",
                erase="deleted with the account",
                owner_path="pk",
            )
        )
        register.declare(
            register.DataClass(
                name="Outside identities",
                purpose="To recognise you at the next sign-in: the provider's name and its stable number for you.",
                legal_basis="contract",
                models=(
                    "socialaccount.SocialAccount",
                    "socialaccount.SocialToken",
                    "account.EmailAddress",
                    "account.EmailConfirmation",
                ),
                kept="until you unlink it or delete the account",
                export="identities.json",
                erase="deleted with the account",
                owner_path="user",
            )
        )
        register.declare(
            register.DataClass(
                name="What happened",
                purpose="To show who changed what in your account, and when: keys, rights and switches. No secret, no address.",
                legal_basis="legitimate interest",
                models=("accounts.AuditEvent",),
                kept="90 days",
                export="what-happened.json",
                erase="the time and the name of each action stay, everything that leads to a person is removed",
            )
        )
