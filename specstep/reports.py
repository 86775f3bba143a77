"""Error reports for developers: the traceback and the place in our code, without anything that was sent or held in memory.

Django leaves its own filter off while ``DEBUG`` is on; ours is always on (S-178).
"""

from __future__ import annotations

from collections.abc import ItemsView
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from llm.redaction import redact
from specstep.logs import cleaned

HEADERS = ("REQUEST_METHOD", "PATH_INFO", "CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_ACCEPT", "HTTP_HX_REQUEST", "SERVER_PROTOCOL")
"""What of a request a report may show."""


class ReportFilter(SafeExceptionReporterFilter):
    """Hides settings, local variables, cookies, form fields and all headers but a few harmless ones."""

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_safe_settings(self) -> dict[str, Any]:
        return {}

    def get_safe_request_meta(self, request: HttpRequest | None) -> dict[str, Any]:
        return {name: request.META[name] for name in HEADERS if name in request.META} if request is not None else {}

    def get_safe_cookies(self, request: HttpRequest | None) -> dict[str, Any]:
        return {}

    def get_post_parameters(self, request: HttpRequest | None) -> QueryDict:
        return QueryDict()

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> ItemsView[str, Any]:
        return dict[str, Any]().items()


class Report(ExceptionReporter):
    """A report without what came with the address, and with every secret replaced in what is left."""

    def get_traceback_data(self) -> dict[str, Any]:
        data = super().get_traceback_data()
        # An error's words can hold what was typed; search them as they are, before the page escapes them.
        for name in ("exception_value", "exception_notes", "unicode_hint"):
            if name in data:
                data[name] = cleaned(str(data[name]))
        if self.request is not None:
            data |= {
                "request_GET_items": [],
                "request_FILES_items": [],
                "request_insecure_uri": self.request.path,
                "user_str": "[not shown]",
            }
        return data

    def get_traceback_html(self) -> SafeString:
        return _searched(super().get_traceback_html())

    def get_traceback_text(self) -> SafeString:
        return _searched(super().get_traceback_text())


def _searched(report: SafeString) -> SafeString:
    try:
        return mark_safe(redact(report)[0])  # noqa: S308  # only takes out of what Django wrote
    except Exception as error:  # noqa: BLE001  # fails closed, like a line of the log
        return SafeString(
            f"{type(error).__name__} while this report was searched for secrets; its text is not shown. Look in the log."
        )
