"""Every minute: tell operators what they should know, and once."""
