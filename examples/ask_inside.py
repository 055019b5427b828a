"""Ask about each token on standard input, on Keyfob's own data: no server is asked."""

import sys

from keyfob import Verifier

# KEYFOB_DATA_DIR says where the data is; the number is that of the account which asks.
with Verifier.open(account_id=2000001) as verifier:
    for line in sys.stdin:
        answer = verifier.verify(line.strip(), scopes=["logs:search"])
        if answer:
            print("good, of", answer.account_name)
        else:
            print("refused:", answer.code)
