"""The commands of `midwatch`, one group a file. Each file has `register(app)`.

Exit codes: 0 fine, 1 the answer is no, 2 usage or configuration.
"""
