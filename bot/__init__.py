"""Midwatch: the bot. `core` decides, `engine` and `outbox` carry out, adapters talk to the world."""
