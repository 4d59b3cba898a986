"""The pages and the API, asked over HTTP."""
