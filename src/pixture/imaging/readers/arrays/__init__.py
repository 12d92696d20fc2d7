"""Files that hold arrays of numbers, of which they may not say what their axes are."""
