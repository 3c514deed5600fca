"""What is said, made fit for WhatsApp.

`markup` converts the agent's markdown, `splitting` cuts, `parts` does both.

Nothing is re-exported here, so that whoever imports `splitting` does not load the markdown
parser: the webhook's cold start would pay for it.
"""
