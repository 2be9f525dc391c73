import smtplib
from email.message import EmailMessage
from email.policy import SMTP

import pytest
import requests

from tests.simulator.running import RunningSimulator

MARKUP = "<script>alert('x')</script>"


@pytest.fixture
def address(account: str, simulator: RunningSimulator) -> str:
    simulator.clear_mails()
    return f"{account}@example.com"


def mail(to: str, subject: str = "Your order", message_id: str = "<m1@shop>") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Shop <shop@example.com>"
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = message_id
    message.set_content("Grüße, ខ្មែរ\n.a line with a dot\n")
    message.add_alternative(f"<p>Hello {MARKUP} &amp; co</p>", subtype="html")
    message.add_attachment(
        b"%PDF-1.7\r\n\x00\xff", maintype="application", subtype="pdf", filename="Rechnung ü.pdf"
    )
    return message


def send(simulator: RunningSimulator, message: EmailMessage, *more: str) -> None:
    with smtplib.SMTP(simulator.smtp_host, simulator.smtp_port, timeout=10) as server:
        server.send_message(message, to_addrs=[message["To"], *more] if more else None)


def get(simulator: RunningSimulator, path: str) -> requests.Response:
    return requests.get(simulator.base_url + path, timeout=10)


def test_a_mail_is_listed_with_its_envelope(simulator: RunningSimulator, address: str) -> None:
    send(simulator, mail(address, "Grüße"), "copy@example.com")
    (found,) = simulator.mails(to=address.upper())
    assert found["to"] == [address, "copy@example.com"]
    assert found["from"] == "shop@example.com"
    assert found["subject"] == "Grüße"
    assert found["message_id"] == "<m1@shop>"
    assert found["attachments"] == ["Rechnung ü.pdf"]
    assert simulator.mails(subject="grü") == [found]
    assert simulator.mails(to="nobody@example.com") == []


def test_a_mail_sent_twice_is_there_twice(simulator: RunningSimulator, address: str) -> None:
    for _ in range(2):
        send(simulator, mail(address))
    first, second = simulator.mails(to=address)
    assert first["message_id"] == second["message_id"]
    assert first["id"] > second["id"]


def test_the_source_is_kept_byte_for_byte(simulator: RunningSimulator, address: str) -> None:
    source = mail(address).as_bytes(policy=SMTP)
    with smtplib.SMTP(simulator.smtp_host, simulator.smtp_port, timeout=10) as server:
        server.sendmail("shop@example.com", [address], source)
    (found,) = simulator.mails(to=address)
    raw = get(simulator, f"/_mail/{found['id']}/raw")
    assert raw.headers["Content-Type"].startswith("text/plain")
    assert raw.content == source
    attachment = get(simulator, f"/_mail/{found['id']}/attachments/0")
    assert attachment.content == b"%PDF-1.7\r\n\x00\xff"
    assert attachment.headers["Content-Disposition"] == (
        "attachment; filename*=UTF-8''Rechnung%20%C3%BC.pdf"
    )
    assert get(simulator, f"/_mail/{found['id']}/attachments/1").status_code == 404


def test_pages_show_what_came_and_run_none_of_it(simulator: RunningSimulator, address: str) -> None:
    send(simulator, mail(address, f"Order {MARKUP}"))
    (found,) = simulator.mails(to=address)
    listing = get(simulator, "/_mail")
    shown = get(simulator, f"/_mail/{found['id']}")
    for answer in (listing, shown):
        assert answer.status_code == 200
        assert "<script" not in answer.text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert f"/_mail/{found['id']}" in listing.text
    assert '<iframe sandbox=""' in shown.text
    assert "ខ្មែរ" in shown.text
    reflected = get(simulator, f'/_mail?to="{MARKUP}')
    assert "<script" not in reflected.text


def test_a_mail_that_does_not_exist_is_a_404(simulator: RunningSimulator) -> None:
    for path in ("/_mail/999999", "/_mail/x", "/_mail/999999/raw", "/_mail/9/attachments/x"):
        assert get(simulator, path).status_code == 404


def test_a_refused_mail_is_not_kept(simulator: RunningSimulator, address: str) -> None:
    simulator.mail_faults("refuse_450")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(simulator, mail(address))
    assert refused.value.smtp_code == 450
    assert simulator.mails(to=address) == []
    send(simulator, mail(address))
    assert len(simulator.mails(to=address)) == 1


def test_a_connection_lost_after_data_leaves_the_mail(
    simulator: RunningSimulator, address: str
) -> None:
    simulator.mail_faults("disconnect_after_data")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(simulator, mail(address))
    assert len(simulator.mails(to=address)) == 1


def test_a_delayed_mail_arrives(simulator: RunningSimulator, address: str) -> None:
    simulator.mail_faults("delay")
    send(simulator, mail(address))
    assert len(simulator.mails(to=address)) == 1


def test_mails_can_be_cleared(simulator: RunningSimulator, address: str) -> None:
    send(simulator, mail(address))
    simulator.clear_mails()
    assert simulator.mails() == []
    assert get(simulator, "/_mail").text.count("No mail yet") == 1


def test_broken_mails_are_kept_and_shown(simulator: RunningSimulator, address: str) -> None:
    broken = b"Subject: =?utf-8?q?half\r\nContent-Type: text/html; charset=klingon\r\n\r\n\xff<b>"
    undecodable = b"Subject: \xff\xfe\r\nFrom: group: (;\r\n" + broken
    with smtplib.SMTP(simulator.smtp_host, simulator.smtp_port, timeout=10) as server:
        for content in (broken, undecodable, b""):
            server.sendmail("a@example.com", [address], content)
    mails = simulator.mails(to=address)
    assert len(mails) == 3
    for found in mails:
        assert get(simulator, f"/_mail/{found['id']}").status_code == 200


def test_mails_survive_kill_9(tmp_path_factory: pytest.TempPathFactory) -> None:
    running = RunningSimulator(tmp_path_factory.mktemp("mail"))
    running.start()
    send(running, mail("ann@example.com"))
    running.kill()
    running.start()
    assert len(running.mails(to="ann@example.com")) == 1
    running.stop()
