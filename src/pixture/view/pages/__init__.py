"""Parts of pages: templates, tables, pictures, curves."""
