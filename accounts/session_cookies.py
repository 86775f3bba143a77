"""Where requests meet their sessions: Django's middleware, and what ours adds."""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse

from accounts.sessions import SessionStore


class SessionCookieMiddleware(SessionMiddleware):
    """Notes that a session is used, and hands out its new key."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        answer = super().process_response(request, response)
        session = request.session
        assert isinstance(session, SessionStore)
        if not session.accessed or session.is_empty() or session.session_key is None:
            return answer
        name = settings.SESSION_COOKIE_NAME
        if name in answer.cookies and session.session_key == request.COOKIES.get(name):
            # The browser has it. Said again, it could overwrite the new key that a parallel request was just given.
            del answer.cookies[name]
        if session.cookie_is_old:
            answer.set_cookie(
                name,
                session.session_key,
                max_age=session.get_expiry_age(),
                secure=bool(settings.SESSION_COOKIE_SECURE),
                httponly=True,
                samesite="Lax",
            )
        # An open stream of events is no use: a forgotten tab would keep its session for the full seven days.
        if not answer.headers.get("Content-Type", "").startswith("text/event-stream"):
            session.note_use()
        return answer
