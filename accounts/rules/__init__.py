"""Pure decisions about operators, reports and letters."""
