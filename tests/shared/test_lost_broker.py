"""A worker's connection to the broker is closed because it was lost, with messages in its hands."""

from collections.abc import Iterator
from unittest.mock import Mock
from uuid import uuid4

import pytest
from kombu import Connection, Queue
from kombu.transport.redis import Channel
from redis.client import Pipeline
from redis.exceptions import OutOfMemoryError

from config.celery import app
from config.lost_broker import ForgivingQoS


@pytest.fixture
def holding() -> Iterator[tuple[Connection, Channel]]:
    """A connection whose channel has received a message and not acknowledged it."""
    connection = app.connection_for_read()
    channel = connection.default_channel
    queue = Queue(f"lost-{uuid4().hex}", exchange="", durable=False)
    queue(channel).declare()
    with connection.Producer() as producer:
        producer.publish({}, routing_key=queue.name)
    assert queue(channel).get() is not None
    yield connection, channel
    with app.connection_for_write() as other:
        other.default_channel.queue_delete(queue.name)


def test_it_can_be_closed_and_nothing_is_raised(
    holding: tuple[Connection, Channel], caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody can be reached any more, and the connection has forgotten who it was to."""
    connection, channel = holding
    assert isinstance(channel.qos, ForgivingQoS)
    assert len(channel.qos._delivered) == 1
    channel._disconnect_pools()
    connection.transport.client = None

    channel.qos.restore_unacked_once()
    channel.qos.restore_unacked_once()

    assert len(channel.qos._delivered) == 0
    assert caplog.messages.count("messages_not_given_back") >= 1


def test_a_full_broker_s_message_is_worked_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It can be taken from a full Valkey, and not be noted there as taken."""
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        queue = Queue(f"full-{uuid4().hex}", exchange="", durable=False)
        queue(channel).declare()
        with connection.Producer() as producer:
            producer.publish({"delivery": 1}, routing_key=queue.name)
        full = OutOfMemoryError("command not allowed when used memory > 'maxmemory'")
        real = Pipeline.execute
        monkeypatch.setattr(Pipeline, "execute", Mock(side_effect=full))

        message = queue(channel).get()

        assert message is not None
        assert message.payload == {"delivery": 1}
        assert message.delivery_tag in channel.qos._delivered
        assert caplog.messages.count("message_not_noted") == 1
        monkeypatch.setattr(Pipeline, "execute", real)
        message.ack()
        assert len(channel.qos._delivered) - len(channel.qos._dirty) == 0
        queue(channel).delete()
