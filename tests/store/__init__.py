"""The store on real databases: every test runs on SQLite and on PostgreSQL."""
