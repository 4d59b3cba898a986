"""Ways to set a signed deployment in motion. One a file; adding one is one new file.

A trigger's file has a class that implements `bot.ports.Trigger`, with its `kind` as the
configuration writes it.
"""
