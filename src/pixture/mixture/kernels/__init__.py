"""The compiled statistics; nothing else in this wing is compiled."""
