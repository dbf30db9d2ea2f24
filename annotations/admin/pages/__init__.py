"""What the pages of articles, sets, quotes, speakers and claims show above their fields: to read, not to change."""
