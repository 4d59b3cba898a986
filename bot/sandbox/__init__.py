"""A local Twilio and a local Slack that speak the real protocols."""
