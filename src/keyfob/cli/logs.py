"""What the server says while it runs: one JSON line per event, or readable lines on a terminal."""

import logging
import os
import sys
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from keyfob import wording
from keyfob.cli.outcome import printable


def configure(stream: TextIO = sys.stderr) -> None:
    """Ours and the libraries' events go to `stream` alike; never a local variable, or a token."""
    before: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = [structlog.processors.format_exc_info, _renderer(is_terminal=stream.isatty()), _masked]
    structlog.configure(
        processors=[*before, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
            foreign_pre_chain=[*before, structlog.stdlib.add_logger_name],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _renderer(*, is_terminal: bool) -> Processor:
    if is_terminal:
        console = structlog.dev.ConsoleRenderer(
            colors=not os.environ.get("NO_COLOR"),
            exception_formatter=structlog.dev.plain_traceback,
        )

        def render(logger: WrappedLogger, name: str, event: EventDict) -> str:
            return str(console(logger, name, {key: _clean(each) for key, each in event.items()}))

        return render
    return structlog.processors.JSONRenderer()  # escapes whatever is not ASCII


def _clean(value: Any) -> Any:
    return printable(value) if isinstance(value, str) else value


def _masked(_: WrappedLogger, __: str, line: Any) -> str:
    """Somebody may paste a token, or a piece of one, into an address, and addresses are logged."""
    return wording.masked(line)
