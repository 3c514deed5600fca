"""What was given up, brought before an operator: listed, explained, replayed or dropped."""
