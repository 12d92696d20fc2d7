"""What Sphinx is taught for this site: equations, the command line, pictures, files beside docs/."""
