"""One folder a Lambda.

``handler`` translates AWS's shape, a verb holds the use case, ``wiring`` builds what it needs.
No function imports another.
"""
