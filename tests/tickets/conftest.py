from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Counts are kept for seconds; a test must not see another's."""
    cache.clear()
    yield
    cache.clear()
