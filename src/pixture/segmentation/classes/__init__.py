"""From labels to classes: which are one, what they are called, what their pixels are like."""
