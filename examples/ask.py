"""Ask the Keyfob at KEYFOB_SERVER, as KEYFOB_TOKEN, about the token on standard input."""

import sys

from keyfob_client import Client, Refused, Valid

with Client() as keyfob:
    answer = keyfob.verify(sys.stdin.read().strip(), scopes=["logs:search"])
match answer:
    case Valid(account_name=account, token_name=name):
        print(f"{name} may search the logs of {account}.")
    case Refused(code):
        sys.exit(f"Refused: {code}.")
