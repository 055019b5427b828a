"""The fixture `fake_keyfob`: pytest finds it by itself once the client is installed."""

import pytest

from keyfob_client.client import AsyncClient, Client
from keyfob_client.testing import SERVER, FakeKeyfob


@pytest.fixture
def fake_keyfob(monkeypatch: pytest.MonkeyPatch) -> FakeKeyfob:
    """
    A Keyfob in memory. Clients that the code under test makes by itself while the test runs, from
    KEYFOB_SERVER and KEYFOB_TOKEN, ask this one and need no network.
    """
    fake = FakeKeyfob()
    monkeypatch.setenv("KEYFOB_SERVER", SERVER)
    monkeypatch.setenv("KEYFOB_TOKEN", fake.token.value)
    monkeypatch.setattr(Client, "usual_transport", fake)
    monkeypatch.setattr(AsyncClient, "usual_transport", fake)
    return fake
