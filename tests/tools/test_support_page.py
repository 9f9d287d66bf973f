"""The support table tells what the handlers serve."""

from __future__ import annotations

from reference.support_page import PAGE, main, page


def test_the_page_is_up_to_date() -> None:
    assert main(["--check"]) == 0, f"{PAGE} is stale: run `python -m reference.support_page`"


def test_rows() -> None:
    text = page()
    assert "| 310 | `SEND_MESSAGE_V2` | broker | yes | yes |  |" in text
    assert "| 105 | `GET_ROUTEINFO_BY_TOPIC` | NameServer | yes | yes |  |" in text
    assert "| 200050 | `POP_MESSAGE` | broker | no | yes |  |" in text
    assert "| `GET_TIMER_CHECK_POINT` | broker | no | yes | all zeros |" in text
    assert "| `CONTROLLER_ELECT_MASTER` |  | no | no |  |" in text
