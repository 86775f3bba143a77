"""Pure decisions of the authorization server: no Django, no clock, no network."""
