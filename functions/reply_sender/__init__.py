"""What goes to people on WhatsApp: in order, and each message once as far as that can be known."""
