"""Images of any kind as pictures to look at."""
