"""The HTTP driver: hooks, JSON, pages."""
