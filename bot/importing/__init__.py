"""`midwatch import`: history from elsewhere, read as lines, checked whole, then written."""
