from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import default

from keyfob.db import from_milliseconds, milliseconds, utc_now
from keyfob.db.types import UtcTime

moments = st.datetimes(
    datetime(1970, 1, 1),  # noqa: DTZ001 -- the zone comes from `timezones`
    datetime(9999, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(moments)
def test_a_moment_reads_back_cut_to_the_millisecond(at):
    again = from_milliseconds(milliseconds(at))
    assert timedelta(0) <= at - again < timedelta(milliseconds=1)


@given(st.integers(0, 253_402_300_799_999))
def test_every_number_of_milliseconds_is_a_moment_and_back(number):
    assert milliseconds(from_milliseconds(number)) == number


@given(moments, moments)
def test_moments_sort_as_their_numbers_do(one, other):
    assert (one <= other) <= (milliseconds(one) <= milliseconds(other))


def test_the_zone_does_not_matter():
    at = datetime(2030, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert milliseconds(at) == milliseconds(datetime(2030, 1, 1, 10, tzinfo=UTC))


def test_nothing_stays_nothing():
    dialect = default.DefaultDialect()
    column = UtcTime()
    assert column.process_bind_param(None, dialect) is None
    assert column.process_result_value(None, dialect) is None


def test_now_is_cut_so_that_it_reads_back_as_it_was():
    now = utc_now()
    assert from_milliseconds(milliseconds(now)) == now
