"""How a folder stands, as a sign and a word."""

from __future__ import annotations

from typing import Any

from django import template

from connectors.models import Connection

register = template.Library()
LOOKS = {
    Connection.State.CONNECTED: ("settled", "state--settled"),
    Connection.State.EXPIRED: ("clock", "state--half"),
    Connection.State.REVOKED: ("alert", "state--broken"),
}


@register.inclusion_tag("delivery/channels/state.html")
def folder_state(connection: Connection) -> dict[str, Any]:
    icon, look = LOOKS[Connection.State(connection.state)]
    return {"icon_name": icon, "look": look, "label": connection.get_state_display()}
