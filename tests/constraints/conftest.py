import pytest

from tests.constraints.ground import Ground


@pytest.fixture
def ground(db):
    return Ground()
