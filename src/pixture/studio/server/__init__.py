"""The server of the studio: it brings the page to browsers, and their questions to sessions."""
