"""The people are Django’s own users; without this module Django tells this app of no migration."""
