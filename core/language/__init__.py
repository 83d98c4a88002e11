"""Which language a fan speaks, and our own words in each."""
