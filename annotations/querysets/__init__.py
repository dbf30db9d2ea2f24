"""Reads of sets, annotations and identities. See projects.querysets for what `visible_to` and `records` promise."""
