"""How to test a service that asks Keyfob: with one in memory, which pytest finds by itself."""

from flask_app import create_app


def test_who_may_search_is_let_in_until_the_token_is_revoked(fake_keyfob):
    site = create_app().test_client()
    token = fake_keyfob.mint(scopes=["logs:search"])
    assert site.get("/search", headers={"X-API-TOKEN": token.value}).status_code == 200
    token.revoke()
    assert site.get("/search", headers={"X-API-TOKEN": token.value}).status_code == 403


def test_nobody_is_let_in_while_keyfob_is_down(fake_keyfob):
    site = create_app().test_client()
    token = fake_keyfob.mint()
    fake_keyfob.down = True
    assert site.get("/", headers={"X-API-TOKEN": token.value}).status_code == 503
