import pytest
from tests import cast

def test_it(client, condition, editor, physician):
    cast.publish(condition, by=editor, signer=physician)
    r = client.get("/conditions/sample-condition/")
    assert r.status_code == 200
    assert b"Pat Sample" in r.content

@pytest.mark.django_db(transaction=True)
def test_two(client, condition, editor, physician):
    cast.publish(condition, by=editor, signer=physician)
@pytest.mark.django_db(transaction=True)
def test_three(client, condition, editor, physician):
    cast.publish(condition, by=editor, signer=physician)
