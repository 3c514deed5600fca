"""The tables of design section 3, through PynamoDB. The truth of Hilo is here."""
