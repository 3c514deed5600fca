"""Log files are followed line by line."""

from infra.local.page.tail import HISTORY_BYTES, LogTail


def test_lines_are_given_once_from_every_file(tmp_path):
    (tmp_path / "a.jsonl").write_text("one\ntwo\n")
    tail = LogTail(tmp_path)

    assert tail.lines() == ["one", "two"]
    (tmp_path / "b.jsonl").write_text("three\n")
    assert tail.lines() == ["three"]
    assert tail.lines() == []


def test_half_a_line_waits_for_its_other_half(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes("señ".encode()[:-1])
    tail = LogTail(tmp_path)

    assert tail.lines() == []
    with path.open("ab") as file:
        file.write("ñal\n".encode()[1:])
    assert tail.lines() == ["señal"]


def test_a_file_that_began_anew_is_read_from_its_beginning(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("a long first line\n")
    tail = LogTail(tmp_path)
    tail.lines()

    path.write_text("new\n")

    assert tail.lines() == ["new"]


def test_of_a_long_file_only_the_end_is_read(tmp_path):
    (tmp_path / "a.jsonl").write_text("x" * HISTORY_BYTES * 2 + "\nlast\n")

    assert LogTail(tmp_path).lines()[-1] == "last"
    assert sum(map(len, LogTail(tmp_path).lines())) < HISTORY_BYTES


def test_a_folder_that_is_not_there_yet_has_no_lines(tmp_path):
    assert LogTail(tmp_path / "logs").lines() == []
