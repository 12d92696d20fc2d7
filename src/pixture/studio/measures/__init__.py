"""Objects and regions: found, measured, told to the page."""
