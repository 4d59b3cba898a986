"""Alembic's revisions. They say again what the tables were then, so they import none of them."""
