"""The entry: the version, and what a mistyped command is told."""

import pytest

from keyfob import __version__


def test_the_version_is_told(cli):
    done = cli("--version")
    assert (done.code, done.out, done.err) == (0, f"keyfob {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "said", "where"),
    [
        (["tokns"], "No such command 'tokns'. Did you mean 'tokens'?", "--help"),
        (
            ["init", "--plan", "odd"],
            "Invalid value for '--plan': 'odd' is not one of 'subscription', 'consumption'.",
            "init --help",
        ),
    ],
)
def test_a_mistyped_word_is_told_in_whole_sentences(cli, arguments, said, where):
    done = cli(*arguments)
    assert (done.code, done.out, done.err) == (2, "", f"keyfob: {said} See keyfob {where}\n")
