"""Objects of other libraries, taken for what they are; none is imported that the caller has not loaded."""
