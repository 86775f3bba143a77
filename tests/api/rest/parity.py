"""What a person can do on the pages, and the operation a program does it with. A new page fails the test until it stands here."""

from __future__ import annotations

SECRET = "A credential is entered or shown there, and a key is a credential itself: that stays with the browser."
SIGN_IN = "It is about signing in: sessions, identities and keys are made and ended in the browser only."
TYPED = "A code comes to the person's own phone and is typed by them."
FINAL = "It ends the account for good, so the person says so themselves, in the browser."
HELD = "A page about the service and the law, with what other operations give beside it."
OPERATORS = "For operators of the service, behind a second factor (N-13)."
SHOWN = "It only shows: what it shows is read by other operations."
PUBLIC = "It belongs to nobody and is read without signing in."
MACHINES = "For machines with a secret of the operator's."

OPERATION = {
    "interviews/": ["list_interviews"],
    "interviews/new/": ["begin_interview"],
    "interviews/<uuid:pk>/": ["read_interview", "list_turns", "list_facts", "list_conflicts", "read_coverage", "list_references"],
    "interviews/<uuid:pk>/answers/": ["give_answer"],
    "interviews/<uuid:pk>/draft/": ["keep_draft"],
    "interviews/<uuid:pk>/references/": ["attach_reference"],
    "interviews/<uuid:pk>/again/": ["ask_again"],
    "interviews/<uuid:pk>/stop/": ["stop_reply"],
    "interviews/<uuid:pk>/close/": ["list_assumptions", "close_interview"],
    "interviews/<uuid:pk>/reopen/": ["reopen_interview"],
    "interviews/<uuid:pk>/review/": ["read_anchor", "list_assumptions", "estimate_run"],
    "interviews/<uuid:pk>/sign/": ["sign_anchor"],
    "interviews/<uuid:pk>/assumptions/": ["correct_assumption"],
    "interviews/<uuid:pk>/write/": ["start_run"],
    "interviews/<uuid:pk>/events/": ["next_question"],
    "interviews/questions/<uuid:pk>/unknown/": ["do_not_know"],
    "interviews/questions/<uuid:pk>/later/": ["decide_later"],
    "interviews/facts/<uuid:pk>/": ["read_fact", "correct_fact"],
    "interviews/conflicts/<uuid:pk>/": ["settle_conflict"],
    "runs/<uuid:pk>/": ["read_run"],
    "runs/<uuid:pk>/events/": ["follow_run"],
    "runs/<uuid:pk>/receipt/": ["read_receipt"],
    "runs/<uuid:pk>/receipt.csv": ["read_receipt_csv"],
    "runs/<uuid:pk>/stop/": ["cancel_run"],
    "runs/<uuid:pk>/retry/": ["retry_run"],
    "packages/": ["list_packages", "list_runs"],
    "packages/<uuid:pk>/": ["read_package", "list_requirements", "trace_requirement", "list_documents"],
    "packages/<uuid:pk>/scorecard/": ["read_scorecard"],
    "packages/<uuid:pk>/read/<path:path>": ["read_document"],
    "packages/<uuid:pk>/files/<path:path>": ["read_document"],
    "packages/<uuid:pk>/archive.zip": ["download_archive"],
    "settings/delivery/": ["list_channels"],
    "settings/delivery/<uuid:pk>/": ["read_channel", "preview_delivery", "list_deliveries"],
    "settings/delivery/<uuid:pk>/change/": ["change_channel"],
    "settings/delivery/<uuid:pk>/check/": ["check_channel"],
    "settings/delivery/<uuid:pk>/confirm/": ["confirm_channel"],
    "settings/delivery/<uuid:pk>/deliver/": ["deliver_package", "replay_delivery"],
    "settings/delivery/<uuid:pk>/pause/": ["pause_channel"],
    "settings/delivery/<uuid:pk>/resume/": ["resume_channel"],
    "settings/delivery/<uuid:pk>/remove/": ["remove_channel"],
    "settings/webhooks/": ["list_webhooks"],
    "settings/webhooks/<uuid:pk>/": ["read_webhook", "change_webhook", "list_dispatches"],
    "settings/webhooks/<uuid:pk>/test/": ["test_webhook"],
    "settings/webhooks/<uuid:pk>/pause/": ["pause_webhook"],
    "settings/webhooks/<uuid:pk>/resume/": ["resume_webhook"],
    "settings/webhooks/<uuid:pk>/remove/": ["remove_webhook"],
    "settings/webhooks/dispatches/<uuid:pk>/replay/": ["replay_dispatch"],
    "settings/usage/": ["read_usage", "list_calls", "read_limits", "set_limits"],
    "settings/": ["read_profile", "change_profile"],
    "settings/notifications/": ["list_notices", "choose_notices"],
    "settings/activity/": ["list_activity"],
    "settings/activity/export/": ["list_activity"],
    "settings/reports/": ["list_reports", "read_report"],
    "report/": ["report_problem"],
}
"""By the address of a page: the operations that do the same."""

REASON = {
    "packages/<uuid:pk>/draw/<path:path>": SHOWN,
    "settings/delivery/add/<slug:kind>/": SECRET,
    "settings/webhooks/<uuid:pk>/rotate/": SECRET,
    "settings/model-keys/": SECRET,
    "settings/model-keys/<uuid:pk>/revoke/": SECRET,
    "settings/model-keys/failover/": SECRET,
    "settings/api-keys/": SIGN_IN,
    "settings/api-keys/<uuid:pk>/revoke/": SIGN_IN,
    "settings/api-keys/<uuid:pk>/resume/": SIGN_IN,
    "settings/sign-in/": SIGN_IN,
    "settings/sign-in/<int:pk>/unlink/": SIGN_IN,
    "settings/sign-in/sessions/<uuid:pk>/end/": SIGN_IN,
    "settings/sign-in/sessions/end-others/": SIGN_IN,
    "sign-in/": SIGN_IN,
    "sign-out/": SIGN_IN,
    "photo/": SHOWN,
    "settings/number/": TYPED,
    "settings/number/code/": TYPED,
    "settings/number/remove/": TYPED,
    "settings/held/": HELD,
    "settings/delete/": FINAL,
    "deleted/": FINAL,
    "": PUBLIC,
    "example/": PUBLIC,
    "example/scorecard/": PUBLIC,
    "example/files/<path:path>": PUBLIC,
    ".well-known/security.txt": PUBLIC,
    ".well-known/webhook-events": PUBLIC,
    ".well-known/webhook-events/<str:kind>.json": PUBLIC,
    "docs/api/": PUBLIC,
    "docs/api/<slug:tag>/": PUBLIC,
    "healthz": MACHINES,
    "readyz": MACHINES,
    "metrics": MACHINES,
    "hooks/acs/": MACHINES,
}
"""Pages without an operation, and why."""

BEGINNINGS = {"console/": OPERATORS, "accounts/": SIGN_IN, "api/": "Programs themselves."}
"""The same for everything below an address."""
