"""Inputs that fuzzing has found are decoded, or refused with a `ProtocolError`."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from fuzz.targets import TARGETS
from pyrocketmq.model.bodies import BatchAck
from pyrocketmq.model.fastjson import loads
from pyrocketmq.model.java_properties import parse_java_properties

CORPUS = Path(__file__).parent / "corpus"
MAX_CORPUS_SIZE = 300 * 1024


def test_every_target_has_a_corpus() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == TARGETS.keys()
    assert all(any(folder.iterdir()) for folder in CORPUS.iterdir())


def test_the_corpus_is_small() -> None:
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < MAX_CORPUS_SIZE


@pytest.mark.parametrize("name", TARGETS)
def test_corpus(name: str) -> None:
    for path in sorted((CORPUS / name).iterdir()):
        try:
            TARGETS[name](path.read_bytes())
        except Exception as error:
            error.add_note(f"input: {path}")
            raise


@pytest.mark.timeout(20)
def test_long_inputs_that_took_quadratic_time() -> None:
    assert parse_java_properties("a\\\n" * 800_000) == {"a" * 800_000: ""}
    bits = b64encode(b"\xff" * 125_000).decode()
    body = f'{{"c":"g","t":"t","so":0,"q":0,"rq":0,"pt":0,"it":0,"b":"{bits}"}}'
    assert BatchAck.from_json(loads(body.encode())).offsets == list(range(1_000_000))
