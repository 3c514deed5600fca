"""What is said in a conversation of the bench, whatever the client."""

from __future__ import annotations


def summary(index: int) -> str:
    """What the call with the person of this number was about."""
    about = "Preguntó por el pedido 7431, que debía llegar el martes, y pidió que le escriban. "
    return f"{about * 3}({index})"


def opener(index: int) -> str:
    """The first message to them."""
    return f"Hola, Ana {index}: gracias por la llamada. Siga por aquí cuando guste."


def question(index: int, turn: int) -> str:
    """What they say, the more often the higher ``turn``."""
    return f"Hola, soy {index}: ¿qué hay de mi pedido 7431, el número {turn}?"


def variables(index: int) -> dict[str, str | int]:
    """The call's own variables."""
    return {"debt": 120 + index, "order": f"7431-{index}", "city": "Bogotá"}
