"""The questions of services and gateways: is this token good? As fast as it can be said."""

from keyfob.gate.answers import Answer, Gate, Request
from keyfob.gate.front import Front, split
from keyfob.gate.listener import Listener
from keyfob.gate.question import Batch, Question

__all__ = ["Answer", "Batch", "Front", "Gate", "Listener", "Question", "Request", "split"]
