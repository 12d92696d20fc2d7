"""Pictures as cameras, scanners and programs save them: a file a format, and what several of them share."""
