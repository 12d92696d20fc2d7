"""A foreground without a number of classes: one plane of contrast, two levels that may vary from place to place."""
