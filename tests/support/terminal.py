"""A command on a terminal of its own, and what somebody types there."""

import sys
from collections.abc import Generator
from contextlib import contextmanager

import pexpect

from support.server import KEYFOB

WITHIN = 60  # seconds, for each wait: past them it fails with what it saw


class Terminal(pexpect.spawn):
    """`expect` waits for the program to say something; `type` answers a question."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        super().__init__(
            command[0], command[1:], env=env, timeout=WITHIN, encoding="utf-8",
            dimensions=(24, 100),
        )  # fmt: skip
        self.delaybeforesend = None  # an answer at once must not be lost
        self.said = ""

    def expect(self, *arguments, **more):
        index = super().expect(*arguments, **more)
        after = self.after if isinstance(self.after, str) else ""
        self.said += f"{self.before}{after}".replace("\r\n", "\n")
        return index

    def answer(self, question: str, text: str) -> None:
        self.expect(question)
        self.sendline(text)

    def end(self) -> int:
        """Wait until it has ended by itself; return its exit code."""
        self.expect(pexpect.EOF)
        self.wait()
        return self.exitstatus


@contextmanager
def terminal(*arguments: str, env: dict[str, str]) -> Generator[Terminal]:
    """`keyfob` with these arguments. Whatever becomes of the test, the process is ended."""
    with played([KEYFOB, *arguments], env) as opened:
        yield opened


@contextmanager
def played(command: list[str], env: dict[str, str]) -> Generator[Terminal]:
    opened = Terminal(command, env)
    try:
        yield opened
    finally:
        opened.close(force=True)


def python(source: str) -> list[str]:
    return [sys.executable, "-c", source]
