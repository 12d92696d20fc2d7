"""A foreground without a number of classes: two levels on one plane, which may vary from place to place."""
