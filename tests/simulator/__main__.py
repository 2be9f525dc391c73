"""``python -m tests.simulator --http 127.0.0.1:8420 --smtp 127.0.0.1:8425 --data DIR``"""

import argparse
import logging
import signal
import sys
from pathlib import Path

from tests.simulator.application import Address, Simulator


def address(text: str) -> Address:
    """Parse ``host:port``; port 0 takes a free one."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not host:port")
    return host, int(port)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("--http", type=address, default=("127.0.0.1", 8420))
    parser.add_argument("--smtp", type=address, default=("127.0.0.1", 8425))
    parser.add_argument(
        "--data", type=Path, required=True, help="folder for the database and mails"
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    # aiosmtpd tells every line of every conversation.
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    signals = {signal.SIGTERM, signal.SIGINT}
    # Blocked before any thread starts, so that the main thread alone takes them.
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        simulator = Simulator(options.data, options.http, options.smtp)
        simulator.start()
    except OSError as error:
        sys.exit(f"The simulator cannot listen on {options.http} and {options.smtp}: {error}")
    http, smtp = simulator.server.port, simulator.sink.port
    sys.stdout.write(f"ready http={options.http[0]}:{http} smtp={options.smtp[0]}:{smtp}\n")
    sys.stdout.flush()
    signal.sigwait(signals)
    simulator.stop()


if __name__ == "__main__":
    main()
