from datetime import UTC, datetime

import pytest

from keyfob.errors import Invalid
from keyfob.markers import Draft, Marker, Tag

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def checked(**more) -> Marker:
    return Draft(**({"title": "Deployed", "description": "Version 2"} | more)).checked(
        NOW, within="markers.0"
    )


def test_what_is_left_out_is_other_and_now():
    assert checked() == Marker(
        at=NOW, title="Deployed", description="Version 2", tag=Tag.OTHER, metadata={}
    )


def test_what_is_told_stands():
    at = datetime(1999, 1, 1, tzinfo=UTC)
    metadata = {"nested": {"list": [1, None, "x", 0.5]}}
    marker = checked(at=at, tag=Tag.DEPLOYMENT, metadata=metadata, title="  Δ 2.4.1 \n")
    assert (marker.at, marker.tag, marker.metadata) == (at, Tag.DEPLOYMENT, metadata)
    assert marker.title == "Δ 2.4.1"


def test_the_longest_texts_are_taken():
    assert checked(title="a" * 200).title == "a" * 200
    assert len(checked(description="Line\r\n\tmore\n" + "a" * 1988).description) == 2000
    assert checked(metadata={"a": "b" * 9991})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", " \n"),
        ("title", "a" * 201),
        ("title", "two\nlines"),
        ("title", "zero\u200bwidth"),
        ("description", ""),
        ("description", "a" * 2001),
        ("description", "bell\x07"),
        ("metadata", {"a": "b" * 9993}),
        ("metadata", {"a": float("inf")}),
        ("metadata", {"a": [10**5000]}),
    ],
)
def test_what_breaks_a_rule_is_named_with_its_place(field, value):
    with pytest.raises(Invalid) as refused:
        checked(**{field: value})
    assert refused.value.field == f"markers.0.{field}"
