"""The operators' panel: server-rendered pages and the JSON beneath them."""
