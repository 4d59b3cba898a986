"""Which secrets are no secrets: well-known words, placeholders, and what is too short to hold."""

import re

PLACEHOLDER = re.compile(
    r"(?:change[-_ ]?(?:me|this)|your[-_ ].*|.*placeholder.*|x{6,}|<.*>|\.\.\.|…)\Z",
    re.IGNORECASE | re.DOTALL,
)
"""What stands in manuals where a secret belongs."""
_WELL_KNOWN = re.compile(
    r"(?:.*insecure.*|(?:0123456789|1234567890|abcdefgh|12345678).*|"
    r"(?:secret|password|token|default|example|test|demo|admin|letmein|qwerty|midwatch|"
    r"supersecret|abc|foo|bar|key)[-_ ]?(?:secret|key|token|password)?[-_ ]?\d{0,8})\Z",
    re.IGNORECASE | re.DOTALL,
)
HOW = "make one: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
"""How to make a good one."""


def weakness(secret: str, shortest: int) -> str | None:
    """Why this cannot stay secret, or None; says nothing of what it is. `shortest` characters."""
    if PLACEHOLDER.match(secret) or _WELL_KNOWN.match(secret):
        return "is a well-known word or a placeholder"
    if len(secret) < shortest:
        return f"is too short: at least {shortest} characters"
    if len(set(secret)) < 5:
        return "repeats itself"
    return None
