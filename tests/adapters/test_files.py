from __future__ import annotations

import pytest

from adapters.files import to_safe_name, to_safe_type


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("mydata.json", "mydata.json"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\x.csv", "x.csv"),
        (".bashrc", "bashrc"),
        ("-rf", "rf"),
        ('a"b\r\nX: y.json', "a-b-X-y.json"),
        ("データ.json", "json"),
        ("", "file"),
        ("..", "file"),
        ("x" * 300 + ".json", "x" * 55 + ".json"),
    ],
)
def test_a_name_is_a_name_and_nothing_else(name: str, safe: str):
    assert to_safe_name(name) == safe


@pytest.mark.parametrize(
    ("media_type", "safe"),
    [
        ("application/json", "application/json"),
        ("Text/CSV; charset=latin1", "text/csv;charset=utf-8"),
        ("text/plain", "text/plain;charset=utf-8"),
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_a_browser_is_given_nothing_that_it_would_carry_out(media_type: str, safe: str):
    assert to_safe_type(media_type) == safe
