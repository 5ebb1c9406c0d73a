"""The public pages, and what machines read. They read no session and no draft."""
