"""The simulated Bakong: questions by MD5, tokens, deep links."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulator.desks import BakongDesk
from tests.simulator.providers.bakong.codes import Unreadable, read
from tests.simulator.running import RunningSimulator

Json = dict[str, Any]
VECTORS = Path(__file__).parents[1] / "payments" / "data" / "khqr_vectors.json"
_STATIC = next(one for one in json.loads(VECTORS.read_text())["vectors"] if not one["amount"])


@pytest.fixture
def desk(simulator: RunningSimulator, account: str) -> BakongDesk:
    return BakongDesk(simulator, account)


def ask(desk: BakongDesk, call: str, body: Any, *, token: str | None = None) -> tuple[int, Json]:
    bearer = desk.token() if token is None else token
    answer = requests.post(
        f"{desk.simulator.base_url}/bakong/v1/{call}",
        json=body,
        headers={"Authorization": f"Bearer {bearer}"},
        timeout=5,
    )
    return answer.status_code, answer.json()


def test_what_nobody_paid_is_not_found(desk: BakongDesk) -> None:
    status, answer = ask(desk, "check_transaction_by_md5", {"md5": "0" * 32})

    assert (status, answer["responseCode"], answer["errorCode"]) == (200, 1, 1)


def test_a_paid_code_is_found_alone_and_in_a_list(desk: BakongDesk) -> None:
    desk.pay(_STATIC["qr"], amount="19.99")

    _, alone = ask(desk, "check_transaction_by_md5", {"md5": _STATIC["md5"]})
    _, several = ask(desk, "check_transaction_by_md5_list", ["0" * 32, _STATIC["md5"]])

    assert (alone["responseCode"], alone["data"]["amount"]) == (0, 19.99)
    assert [one["status"] for one in several["data"]] == ["NOT_FOUND", "SUCCESS"]
    assert several["data"][1]["data"] == alone["data"]
    assert [one["amount"] for one in desk.simulator.ledger(desk.account)] == [1999]


def test_a_refused_payment_is_told(desk: BakongDesk) -> None:
    desk.pay(_STATIC["qr"], amount="19.99", outcome="failed")

    _, alone = ask(desk, "check_transaction_by_md5", {"md5": _STATIC["md5"]})

    assert (alone["responseCode"], alone["errorCode"]) == (1, 3)
    assert desk.simulator.ledger(desk.account) == []


def test_a_list_has_fifty_at_most(desk: BakongDesk) -> None:
    assert ask(desk, "check_transaction_by_md5_list", ["0" * 32] * 50)[0] == 200
    assert ask(desk, "check_transaction_by_md5_list", ["0" * 32] * 51)[0] == 400
    assert ask(desk, "check_transaction_by_md5_list", [])[0] == 400


def test_a_token_ends_and_is_renewed(desk: BakongDesk) -> None:
    over = desk.token(seconds=-1)
    status, answer = ask(desk, "check_transaction_by_md5", {"md5": "0" * 32}, token=over)
    assert (status, answer["errorCode"]) == (401, 6)

    _, renewed = ask(desk, "renew_token", {"email": desk.email}, token="")

    fresh = renewed["data"]["token"]
    assert ask(desk, "check_transaction_by_md5", {"md5": "0" * 32}, token=fresh)[0] == 200
    assert ask(desk, "renew_token", {"email": "who@else.example"}, token="")[1]["errorCode"] == 10


def test_a_deep_link_is_made_of_a_good_code_only(desk: BakongDesk) -> None:
    _, made = ask(desk, "generate_deeplink_by_qr", {"qr": _STATIC["qr"]})
    assert made["data"]["shortLink"].endswith(_STATIC["md5"])
    assert (
        ask(desk, "generate_deeplink_by_qr", {"qr": _STATIC["qr"].replace("Devit", "Devid")})[0]
        == 400
    )


def test_an_expired_code_cannot_be_paid(desk: BakongDesk) -> None:
    dynamic = next(one for one in json.loads(VECTORS.read_text())["vectors"] if one["amount"])
    assert dynamic["expires"] < time.time() * 1000

    with pytest.raises(ValueError, match="expired"):
        desk.pay(dynamic["qr"])


def test_codes_are_read_to_the_last_character() -> None:
    assert read(_STATIC["qr"]).md5 == _STATIC["md5"]
    with pytest.raises(Unreadable):
        read(_STATIC["qr"].replace("Devit", "Devid"))
