"""Slack, through the real SDK and signatures, against the sandbox."""
