"""What the fuzzer keeps, and where it starts. The fuzzing itself runs by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz.__main__ import main
from fuzz.corpus import FINDING, arcs_of, keep, read
from fuzz.seeds import seeds
from fuzz.targets import TARGETS

GOLDEN = Path(__file__).parents[1] / "protocol" / "golden"


def test_inputs_that_reach_nothing_new_are_not_kept(tmp_path: Path) -> None:
    check = TARGETS["receipt_handle"]
    handle, longer, refused = b"0 1 2 3 0 b 5 6", b"100 1 2 3 0 broker 5 6", b"0 1 2"
    (tmp_path / "old").write_bytes(longer)
    (tmp_path / f"{FINDING}1").write_bytes(longer)
    assert keep(tmp_path, check, [longer, handle, refused]) == 2
    assert sorted(read(tmp_path)) == sorted([longer, handle, refused])
    assert not (tmp_path / "old").exists()
    assert keep(tmp_path, check, read(tmp_path)) == 2


def test_arcs_are_those_of_the_protocol_package() -> None:
    arcs = arcs_of(TARGETS["ids"], b"7F00000100002E910000000000808646")
    assert {Path(name).name for name, _, _ in arcs} >= {"message_id.py"}
    assert arcs == arcs_of(TARGETS["ids"], b"7F00000100002E910000000000808646")


def test_there_is_something_to_start_from() -> None:
    start = seeds(GOLDEN)
    assert start.keys() == TARGETS.keys()
    for name, inputs in start.items():
        for data in inputs:
            TARGETS[name](data)


def test_replay(tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"0 1 2 3 0 b 5 6")
    assert main(["receipt_handle", "--replay", str(path)]) == 0


def test_unknown_target(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["recipt_handle"])
    assert caught.value.code == 2
    assert "unknown targets: recipt_handle" in capsys.readouterr().err
