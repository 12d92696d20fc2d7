"""A foreground without a number of classes: two levels of one channel, which may vary from place to place."""
