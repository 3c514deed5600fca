"""The command ``hilo``."""

import json
import sys
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from infra.cli import __main__ as cli
from infra.cli.output import last_line
from infra.local.gateway import once
from infra.local.gateway.functions import FUNCTIONS, Function, Http


def exit_of(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["hilo", *map(str, arguments)])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return caught.value.code


def test_every_command_is_listed_with_what_it_does():
    printed = CliRunner().invoke(cli.application(), ["--help"]).output

    for command in cli.COMMANDS:
        assert command.__name__.replace("_", "-") in printed
        assert command.__doc__


def test_wrong_settings_end_with_status_2_and_every_fault(monkeypatch, tmp_path, capsys):
    settings = tmp_path / ".env"
    settings.write_text("OPENERS=perhaps\nCONNECTORS=many\n")

    status = exit_of(monkeypatch, "up", "--data", tmp_path / "data", "--env", settings)

    said = capsys.readouterr().err
    assert status == 2
    assert "OPENERS is wrong" in said
    assert "CONNECTORS is wrong" in said


def test_invoking_without_an_event_names_the_remedy(monkeypatch, tmp_path, capsys):
    absent = tmp_path / "absent.json"

    status = exit_of(monkeypatch, "invoke", "sweeper", "--event", absent)

    assert status == 1
    assert "--event" in capsys.readouterr().err


def test_an_unknown_function_is_refused_with_status_2(monkeypatch):
    assert exit_of(monkeypatch, "invoke", "no_such_function") == 2


def test_the_help_calls_it_by_its_name(monkeypatch, capsys):
    assert exit_of(monkeypatch, "show", "--help") == 0

    assert "Usage: hilo show" in capsys.readouterr().out


def test_the_last_line_is_json(capsys):
    last_line({"ok": True, "text": "ñ"})

    assert json.loads(capsys.readouterr().out) == {"ok": True, "text": "ñ"}


@pytest.fixture
def echo(monkeypatch):
    """A function that gives its event back, or raises if there is none."""

    def handler(event, _context):
        return {"echo": event["say"]}

    monkeypatch.setitem(FUNCTIONS, "echo", Function("echo", Http("POST", "/echo")))
    module = SimpleNamespace(handler=handler)
    monkeypatch.setitem(sys.modules, "functions.echo.handler", module)
    monkeypatch.setitem(sys.modules, "functions.echo", SimpleNamespace(handler=module))


def invoked(tmp_path, event, capsys):
    file = tmp_path / "event.json"
    file.write_text(json.dumps(event))
    status = once.main("echo", str(file))
    return status, json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.mark.usefixtures("echo")
def test_one_invocation_ends_with_its_result(tmp_path, capsys):
    status, last = invoked(tmp_path, {"say": "hola"}, capsys)

    assert (status, last) == (0, {"ok": True, "function": "echo", "result": {"echo": "hola"}})


@pytest.mark.usefixtures("echo")
def test_one_invocation_that_fails_ends_with_its_error(tmp_path, capsys):
    status, last = invoked(tmp_path, {}, capsys)

    assert (status, last) == (1, {"ok": False, "function": "echo", "error": "KeyError"})


@pytest.mark.parametrize("written", [b"{", b"[]", b"\xff"], ids=["half", "a list", "no text"])
def test_a_file_that_is_no_event_is_named(monkeypatch, tmp_path, capsys, written):
    file = tmp_path / "event.json"
    file.write_bytes(written)

    status = exit_of(monkeypatch, "invoke", "sweeper", "--event", file, "--data", tmp_path,
                     "--by", "handler")  # fmt: skip

    assert status == 1
    assert str(file) in capsys.readouterr().err


@pytest.mark.parametrize("command", ["connections", "dead-letters"])
def test_without_any_stack_both_ways_to_one_are_named(monkeypatch, tmp_path, capsys, command):
    monkeypatch.delenv("AWS_REGION", raising=False)

    status = exit_of(monkeypatch, command, "--data", tmp_path, "--env", tmp_path / ".env")

    said = capsys.readouterr().err
    assert status == 2
    assert "make up" in said
    assert "AWS_REGION" in said
