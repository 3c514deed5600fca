"""What goes on with one contact, over all its sessions: a pure machine above the session's."""
