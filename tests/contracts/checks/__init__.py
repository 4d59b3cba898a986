"""Every kind of check against real servers that behave as badly as servers do."""
