"""The supervisor with real processes: none is left behind, however it ends."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from infra.local.logs import LineLog
from infra.local.ports import answers, free_port
from infra.local.processes import (
    ROOT,
    AnswersAt,
    Child,
    ChildDiedError,
    ChildSpec,
    Supervisor,
)

LISTENING = 'print(\'{"listening": "http://127.0.0.1:1"}\', flush=True)'
STAYS = f"import time; {LISTENING}; time.sleep(60)"
STUBBORN = f"import signal, time; signal.signal(15, signal.SIG_IGN); {LISTENING}; time.sleep(60)"
WITH_GRANDCHILD = (
    "import subprocess, sys, time; "
    "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
    f"print(p.pid, flush=True); {LISTENING}; time.sleep(60)"
)


def a_child(code, name="child", **changes):
    command = (sys.executable, "-c", code)
    return ChildSpec(name=name, command=command, environment=dict(os.environ), **changes)


def is_alive(pid):
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self").exists():
        return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
    ps = ["/bin/ps", "-p", str(pid)]
    return subprocess.run(ps, check=False, capture_output=True).returncode == 0  # noqa: S603 - fixed


def until(condition, within_s=15):
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def supervisor(tmp_path):
    with Supervisor(logs=tmp_path, report=lambda _: None) as it:
        yield it


def test_a_child_is_ready_when_it_says_where_it_listens(supervisor):
    assert supervisor.start(a_child(STAYS)) == "http://127.0.0.1:1"


def test_a_child_is_ready_when_it_answers(supervisor):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    code = (
        "import http.server as h; "
        f"h.test(h.SimpleHTTPRequestHandler, port={port}, bind='127.0.0.1')"
    )

    supervisor.start(a_child(code, ready=AnswersAt(url, "/")))

    assert answers(url + "/")


def test_what_a_child_prints_is_kept_as_lines_of_json(supervisor, tmp_path):
    supervisor.start(a_child(f"print('plain, with ñ', flush=True); {STAYS}"))

    lines = [json.loads(line) for line in (tmp_path / "child.jsonl").read_text().splitlines()]

    assert lines[0]["line"] == "plain, with ñ"
    assert lines[1] == {"listening": "http://127.0.0.1:1"}


def test_a_child_that_dies_at_once_is_reported_with_its_last_words(supervisor):
    with pytest.raises(ChildDiedError, match=r"(?s)child ended with status 3.*no luck today"):
        supervisor.start(a_child("import sys; print('no luck today', flush=True); sys.exit(3)"))


class SlowLog(LineLog):
    """Hears nothing for a while, as under load."""

    def __init__(self, path):
        super().__init__(path, "child")
        self.awake = threading.Event()
        threading.Timer(0.2, self.awake.set).start()

    def write(self, line):
        self.awake.wait()
        super().write(line)


def test_the_last_words_are_told_even_where_they_are_heard_after_the_death(tmp_path):
    child = Child(a_child("print('no luck')"), SlowLog(tmp_path / "child.jsonl"))
    child.process.wait()

    assert "no luck" in str(child.died())


def test_a_child_that_never_gets_ready_is_given_up(supervisor):
    with pytest.raises(ChildDiedError):
        supervisor.start(a_child("import time; time.sleep(60)", ready_within_s=0.3))


def test_the_death_of_a_child_is_seen(supervisor):
    supervisor.start(a_child(STAYS))

    os.kill(supervisor.pids()["child"], signal.SIGKILL)

    with pytest.raises(ChildDiedError, match="status -9"):
        supervisor.wait()


def test_a_child_that_is_to_be_restarted_is_started_again(supervisor):
    supervisor.start(a_child(STAYS, restart=True))
    first = supervisor.pids()["child"]

    os.kill(first, signal.SIGKILL)
    until(lambda: not is_alive(first))
    until(lambda: supervisor.check() or supervisor.pids()["child"] != first)

    assert is_alive(supervisor.pids()["child"])


def test_a_child_that_keeps_dying_is_given_up(supervisor):
    supervisor.start(a_child(f"{LISTENING}; import time; time.sleep(0.1)", restart=True))

    with pytest.raises(ChildDiedError):
        supervisor.wait()


def test_children_are_stopped_last_started_first(supervisor, tmp_path):
    marker = tmp_path / "order"
    for name in ("first", "second"):
        note = f"open({str(marker)!r}, 'a').write('{name} ')"
        code = f"import signal, sys; signal.signal(15, lambda *_: ({note}, sys.exit(0))); {STAYS}"
        supervisor.start(a_child(code, name=name))

    supervisor.stop()

    assert marker.read_text().split() == ["second", "first"]


def test_neighbours_that_end_together_are_asked_once_and_before_any_has_ended(supervisor, tmp_path):
    marker = tmp_path / "order"

    def note(what):
        return f"open({str(marker)!r}, 'a').write({what!r})"

    for name in ("alone", "one", "other"):
        leave = f"{note(f'{name} ')}, time.sleep(0.5), {note(f'/{name} ')}, sys.exit(0)"
        code = f"import signal, sys, time; signal.signal(15, lambda *_: ({leave})); {STAYS}"
        supervisor.start(a_child(code, name=name, together=name != "alone"))

    supervisor.stop()

    order = marker.read_text().split()
    assert (set(order[:2]), set(order[2:4])) == ({"one", "other"}, {"/one", "/other"})
    assert order[4:] == ["alone", "/alone"]


def test_a_child_that_ignores_the_request_is_killed(supervisor):
    supervisor.start(a_child(STUBBORN, stop_within_s=0.2))
    pid = supervisor.pids()["child"]

    supervisor.stop()

    assert not is_alive(pid)


def test_what_a_child_started_itself_goes_with_it(supervisor, tmp_path):
    supervisor.start(a_child(WITH_GRANDCHILD))
    grandchild = int(json.loads((tmp_path / "child.jsonl").read_text().splitlines()[0])["line"])

    supervisor.stop()

    until(lambda: not is_alive(grandchild))


SUPERVISOR = """
import json, os, sys
from pathlib import Path
from infra.local.processes import ChildSpec, Supervisor, stopping_on_signals
command = (sys.executable, "-c", sys.argv[2])
with Supervisor(logs=Path(sys.argv[1])) as supervisor, stopping_on_signals(supervisor):
    for name in ("one", "two"):
        supervisor.start(ChildSpec(name=name, command=command, environment=dict(os.environ)))
    print(json.dumps(supervisor.pids()), flush=True)
    supervisor.wait()
"""


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL], ids=lambda n: n.name
)
def test_no_process_is_left_when_the_supervisor_is_ended_by(number, tmp_path):
    with subprocess.Popen(  # noqa: S603 - the script above
        [sys.executable, "-c", SUPERVISOR, str(tmp_path), STAYS],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as supervisor:
        pids = json.loads(supervisor.stdout.readline())
        assert set(pids) == {"one", "two", "watchdog"}

        supervisor.send_signal(number)
        try:
            supervisor.wait(timeout=20)
        finally:
            supervisor.kill()

    until(lambda: not any(is_alive(pid) for pid in pids.values()))
    assert supervisor.returncode == (-9 if number is signal.SIGKILL else 0)
