import time
from datetime import UTC, datetime

import pytest

from keyfob.cli.outcome import Stop
from keyfob.cli.times import moment, shown

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def zone(monkeypatch):
    """The time zone of the terminal."""

    def choose(name):
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield choose
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "seconds"), [("90m", 5400), ("12h", 43200), ("30d", 2592000), ("8w", 4838400)]
)
def test_a_span_counts_from_now(text, seconds):
    assert moment(text, option="--expires", now=NOW) == NOW.timestamp() + seconds


def test_a_day_begins_where_the_terminal_is(zone):
    zone("Europe/Berlin")
    assert (
        moment("2027-01-31", option="--expires")
        == datetime(2027, 1, 30, 23, tzinfo=UTC).timestamp()
    )
    zone("UTC")
    assert moment("2027-01-31", option="--expires") == datetime(2027, 1, 31, tzinfo=UTC).timestamp()


def test_a_moment_may_name_its_own_zone():
    at = moment("2027-01-31T12:00+01:00", option="--expires")
    assert at == datetime(2027, 1, 31, 11, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("text", ["", "d", "1y", "1.5d", "tomorrow", "\u0663\u0660d", "9999999d"])
def test_anything_else_is_wrong_use(text):
    with pytest.raises(Stop) as stop:
        moment(text, option="--expires")
    assert stop.value.code == 2


def test_a_span_that_leaves_the_calendar_is_wrong_use():
    with pytest.raises(Stop):
        moment("99999w", option="--expires", now=datetime(9990, 1, 1, tzinfo=UTC))


def test_a_moment_is_shown_to_the_minute_where_the_terminal_is(zone):
    zone("Europe/Berlin")
    assert shown(int(NOW.timestamp())) == "2027-01-01 13:00"
    assert shown(None) == "never"
    assert shown(None, never="the start") == "the start"


@pytest.mark.parametrize("name", ["UTC", "Asia/Tokyo", "America/Lima"])
def test_the_last_second_there_is_can_be_shown_anywhere(zone, name):
    zone(name)
    assert shown(253_402_300_799).startswith("9999-12-31 ")
