"""One notification channel a file: how a page reaches a person."""
