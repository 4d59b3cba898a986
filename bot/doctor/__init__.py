"""`midwatch doctor`: looks at every part at once and says what is wrong and how to mend it."""
