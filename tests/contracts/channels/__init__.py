"""Contracts that every notification channel keeps."""
