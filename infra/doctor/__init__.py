"""What usually goes wrong, found before people do: each finding is one line with its remedy.

A file holds one group of checks. Judgements are pure: they take answers, and settings.
"""
