"""The engine, the outbox and what moves them: real stores, fakes only at the ports."""
