"""The rules: pure functions of state, event and time. Standard library only, no I/O, no clock."""
