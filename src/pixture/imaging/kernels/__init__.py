"""The compiled passes over pixels; nothing else in this wing is compiled."""
