"""What tests of the web adapter may ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.store import Store
from tests.adapters.web.stage import Stage


@pytest.fixture
async def stage(store: Store) -> AsyncIterator[Stage]:
    """The adapter, served."""
    stage = Stage(store)
    await stage.start()
    yield stage
    await stage.stop()
