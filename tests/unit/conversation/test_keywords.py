"""Opting out and in."""

from __future__ import annotations

import pytest

from conversation.keywords import OptChoice, chosen
from conversation.words import OPT_IN_WORDS, OPT_OUT_WORDS


def choose(body, opt_out_type=None):
    return chosen(body, opt_out_type, OPT_OUT_WORDS, OPT_IN_WORDS)


@pytest.mark.parametrize(
    "body",
    ["STOP", "stop", " Baja ", "BAJA.", "¡baja!", "dar  de\nbaja", "PARAR", "no mas mensajes",
     "No más mensajes", "NO MÁS MENSAJES", "unsubscribe", "StopAll", "*BAJA*"],
)  # fmt: skip
def test_a_whole_message_ends_it_however_it_is_written(body):
    assert choose(body) is OptChoice.STOP


@pytest.mark.parametrize("body", ["ALTA", "start", "Alta."])
def test_a_whole_message_begins_it_again(body):
    assert choose(body) is OptChoice.START


@pytest.mark.parametrize(
    "body",
    ["CANCEL", "cancelar", "END", "salir", "sí", "yes", "quiero darme de baja del curso", "bajar",
     "", "   ", "para", "no más mensajes por hoy"],
)  # fmt: skip
def test_anything_else_is_for_the_agent(body):
    assert choose(body) is None


def test_twilios_own_parameter_wins():
    assert choose("hola", "STOP") is OptChoice.STOP
    assert choose("STOP", "START") is OptChoice.START
    assert choose("STOP", "HELP") is OptChoice.STOP
