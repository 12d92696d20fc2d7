"""What is chosen: the form of it, how it is changed, what it is as a command."""
