"""What is said of text as such: its canonical form, lines and characters. No model."""
