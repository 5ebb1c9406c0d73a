"""What the public reads: what is in force, records, news, search. Everything is proved first."""
