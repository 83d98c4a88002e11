"""What the program says of the Redis that it is given."""

from __future__ import annotations

import pytest

from bots.outside import find_exposure


@pytest.mark.parametrize(
    ("url", "warning"),
    [
        ("", ""),
        ("unix:///run/redis.sock", ""),
        ("redis://127.0.0.1:6379", ""),
        ("redis://localhost:6379", ""),
        ("redis://[::1]:6379", ""),
        ("redis://10.0.0.7:6379", "no password"),
        ("redis://redis:6379", "no password"),
        ("redis://tifo@redis:6379", "no password"),
        ("rediss://redis:6379", "no password"),
        ("redis://tifo:s3cret@redis:6379", "in clear"),
        ("redis+sentinel://tifo:s3cret@a:26379,b:26379/main", "in clear"),
        ("redis+cluster://127.0.0.1:7000,10.0.0.7:7001", "no password"),
        ("rediss://tifo:s3cret@redis:6379", ""),
        ("rediss+cluster://tifo:s3cret@a:7000,b:7000", ""),
    ],
)
def test_a_redis_that_is_open_to_more_than_the_bot_is_warned_of(url: str, warning: str):
    found = find_exposure(url)
    assert (warning in found) if warning else not found
    assert "s3cret" not in found
