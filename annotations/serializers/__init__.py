"""What JSON looks like here; no rule is kept and nothing is fetched."""
