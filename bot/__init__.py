"""Midwatch: the bot. `core` decides, `engine` and `outbox` carry out, the rest talks."""
