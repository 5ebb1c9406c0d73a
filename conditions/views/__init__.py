"""The public pages. They read no session and no draft."""
