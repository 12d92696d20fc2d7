"""What a person may choose: each option written once, for the library and for the command."""
