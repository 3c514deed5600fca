"""What people write on WhatsApp: verified, stored once, rung for, answered within the second."""
