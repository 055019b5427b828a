"""Made-up requests, right and wrong ones, against the description: no 5xx, answers as described."""

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ENOUGH = settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def exercise(operation: APIOperation, mode: GenerationMode, session: requests.Session) -> set[int]:
    """Return the statuses that came."""
    statuses: set[int] = set()

    @ENOUGH
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        answer = case.call(session=session, headers=dict(session.headers))
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    ask()
    return statuses


def test_made_up_requests_find_no_5xx_and_no_answer_that_is_not_described(new_server):
    load_all_checks()
    server = new_server.init().start()
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    session = requests.Session()
    session.headers["X-API-TOKEN"] = server.made["apiToken"]
    asked: dict[str, set[int]] = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        asked[operation.label] = exercise(operation, GenerationMode.POSITIVE, session)
        if operation.body:
            asked[operation.label] |= exercise(operation, GenerationMode.NEGATIVE, session)
    assert asked["POST /v1/api-tokens"] >= {201, 400}
    assert asked["POST /v1/verify"] >= {200, 400}
    assert asked["GET /v1/api-tokens/{id}"] >= {404}
    assert len(asked) > 10
    assert all(status < 500 for statuses in asked.values() for status in statuses)
