"""What each chart shows, as a description that `bot.drawing` draws. Pure."""
