"""How dates and times are written in pages: Django asks a module of each language (FORMAT_MODULE_PATH)."""
