"""What a condition page says: its draft, its frozen form, the public pages, the editing admin."""
