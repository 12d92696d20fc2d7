"""EM in the plane, a step at a time, to teach it."""
