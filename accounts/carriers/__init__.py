"""Who carries mails and SMS: Azure Communication Services, Twilio, or this machine itself."""
