"""The folder of a local stack."""

import os
import stat

import pytest

from conversation.errors import Permanent
from infra.local.data import DataFolder, RunningStack


def test_secrets_are_made_once_and_only_for_their_owner(tmp_path):
    folder = DataFolder(tmp_path)

    first = folder.secrets()

    assert folder.secrets() == first
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert DataFolder(folder.of("another")).secrets() != first


def test_a_folder_has_one_user_at_a_time(tmp_path):
    folder = DataFolder(tmp_path)

    with (
        folder.locked(),
        pytest.raises(Permanent, match="another local stack is using"),
        folder.locked(patience_s=0),
    ):
        pytest.fail("it let two in")

    with folder.locked(patience_s=0):
        pass


def test_wiping_forgets_everything_but_the_lock(tmp_path):
    folder = DataFolder(tmp_path)
    with folder.locked():
        before = folder.secrets()
        (folder.of("aws") / "state.json").write_text("{}")

        folder.wipe()

        assert [path.name for path in tmp_path.iterdir()] == ["lock"]
        assert folder.secrets() != before


def test_a_running_stack_is_found_until_it_is_gone(tmp_path):
    folder = DataFolder(tmp_path)
    stack = RunningStack(os.getpid(), {"gateway": "http://g"}, {"A": "b"})

    folder.write_running(stack)
    assert folder.read_running() == stack

    folder.forget_running()
    assert folder.read_running() is None


def test_a_stack_that_was_killed_does_not_count_as_running(tmp_path):
    folder = DataFolder(tmp_path)
    no_process = 2**22 + 1  # above the largest id that Linux gives

    folder.write_running(RunningStack(no_process, {}, {}))

    assert folder.read_running() is None


def test_a_folder_of_somebody_elses_is_not_taken_for_one_of_ours(tmp_path):
    (tmp_path / "thesis.odt").write_text("years of work")

    with (
        pytest.raises(Permanent, match="name another folder"),
        DataFolder(tmp_path).locked(),
    ):
        pytest.fail("it would have been wiped")

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.odt"]


def test_where_no_folder_can_be_that_is_said(tmp_path):
    file = tmp_path / "file"
    file.write_text("")

    with (
        pytest.raises(Permanent, match="cannot hold the data"),
        DataFolder(file).locked(),
    ):
        pytest.fail("a file is no folder")
