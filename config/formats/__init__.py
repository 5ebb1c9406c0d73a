"""How Django itself spells what it shows, by language."""
