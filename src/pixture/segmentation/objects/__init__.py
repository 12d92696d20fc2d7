"""Objects: connected pieces of a foreground, told apart where they touch, numbered and measured."""
