"""One deployment or alert source a file."""
