"""The sandbox against the unmodified SDKs: what it must do as Twilio and Slack do it."""
