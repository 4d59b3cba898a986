"""What is measured, not asserted: run by hand."""
