"""Pure decisions: what a name may hold, which number may get an SMS, when a message is tried again."""
