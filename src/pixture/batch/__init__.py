"""Many files, one set of choices: none stops the others."""
