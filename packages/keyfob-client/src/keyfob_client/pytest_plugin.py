"""The fixture `fake_keyfob`: pytest finds it by itself once the client is installed."""

import pytest

from keyfob_client.client import AsyncClient, Client
from keyfob_client.testing import SERVER, FakeKeyfob


@pytest.fixture
def fake_keyfob(monkeypatch: pytest.MonkeyPatch) -> FakeKeyfob:
    """
    A Keyfob in memory. It is asked, while the test runs, in place of the one that the clients of
    the code under test would ask, whenever these were made; none needs the network.
    """
    fake = FakeKeyfob()
    monkeypatch.setenv("KEYFOB_SERVER", SERVER)
    monkeypatch.setenv("KEYFOB_TOKEN", fake.token.value)
    monkeypatch.setattr(Client, "stand_in", fake.client())
    monkeypatch.setattr(AsyncClient, "stand_in", fake.async_client())
    return fake
