"""What leads see: deployments against incidents, counted from plain facts. See `docs/stats.md`."""
