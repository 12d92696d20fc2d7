"""Scans of patients, in the space of the scan."""
