"""The record that cannot be rewritten unseen: chain, triggers, checks of a row, audit of all."""
