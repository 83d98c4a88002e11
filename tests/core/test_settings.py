from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings import load


def test_defaults_need_nothing(tmp_path: Path):
    settings = load({"PATH": "/bin"}, tmp_path)
    assert settings.http_port == 8080
    assert settings.home.is_absolute()


def test_the_environment_wins_over_the_file(tmp_path: Path):
    (tmp_path / "tifo.toml").write_text('TIFO_HTTP_PORT = 9000\nTIFO_LOG = "json"\n')
    settings = load({"TIFO_HTTP_PORT": "9001"}, tmp_path)
    assert (settings.http_port, settings.log) == (9001, "json")


def test_folders_may_begin_at_home(tmp_path: Path):
    settings = load({"TIFO_HOME": "~/x", "TIFO_BOT": "bots/mine"}, tmp_path)
    assert (settings.home, settings.bot) == (Path.home() / "x", Path("bots/mine"))


def test_an_empty_variable_is_as_good_as_none(tmp_path: Path):
    assert load({"TIFO_HTTP_PORT": ""}, tmp_path).http_port == 8080


@pytest.mark.parametrize(
    "url",
    [
        *("redis://h", "rediss://u:a,b@h:1/2", "unix:///s"),
        *("redis+cluster://u:p@a:1,b:2,[::1]:3", "rediss+sentinel://a:1,b:2/fans/0"),
    ],
)
def test_a_redis_may_be_one_server_or_several(tmp_path: Path, url: str):
    assert load({"TIFO_REDIS_URL": url}, tmp_path).redis_url == url


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TIFO_HTTP_PRT", "1", "TIFO_HTTP_PORT"),
        ("TIFO_HTTP_PORT", "many", "TIFO_HTTP_PORT"),
        ("TIFO_HTTP_PORT", "70000", "between 0 and 65535"),
        ("TIFO_QWEN_URL", "localhost:8000", "http://127.0.0.1:8000/v1"),
        ("TIFO_QWEN_URL", "http://[/v1", "http://127.0.0.1:8000/v1"),
        ("TIFO_QWEN_URL", "http://a:99999/v1", "http://127.0.0.1:8000/v1"),
        ("TIFO_REDIS_URL", "127.0.0.1:6379", "redis://"),
        ("TIFO_REDIS_URL", "redis://u:a#b@host", "redis://"),
        ("TIFO_REDIS_URL", "redis+cluster://a:1,b:many", "redis://"),
        ("TIFO_REDIS_URL", "redis+cluster://a:1,", "redis://"),
        ("TIFO_QWEN_DIALECT", "vlm", "TIFO_QWEN_DIALECT"),
        ("TIFO_LIMIT", "0", "1 or more"),
        ("TIFO_DISCORD_PUBLIC_KEY", "0" * 63, "64 hexadecimal digits"),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(name: str, value: str, said: str, tmp_path: Path):
    with pytest.raises(SettingsError) as caught:
        load({name: value}, tmp_path)
    assert said in str(caught.value)
    assert name in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('TIFO_BOT = "x"\nTIFO_HTP_PORT = "1"\n', "line 2: TIFO_HTP_PORT"),
        ("TIFO_BOT = [1]\n", "TIFO_BOT"),
        ("no toml at all", "tifo.toml"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_line(text: str, said: str, tmp_path: Path):
    (tmp_path / "tifo.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load({}, tmp_path)
    assert said in str(caught.value)
    assert "tifo.toml" in str(caught.value)


@pytest.mark.parametrize(
    "name", ["TIFO_QWEN_URL", "TIFO_QWEN_FALLBACK_URL", "TIFO_REDIS_URL", "TIFO_TELEGRAM_API"]
)
def test_no_error_repeats_a_password(name: str, tmp_path: Path):
    with pytest.raises(SettingsError) as caught:
        load({name: "ftp://user:hush#x@host"}, tmp_path)
    assert "hush" not in str(caught.value)


def test_a_file_nested_without_end_is_a_mistake_like_any_other(tmp_path: Path):
    (tmp_path / "tifo.toml").write_text("TIFO_BOT = " + "[" * 50_000)
    with pytest.raises(SettingsError, match=r"tifo\.toml"):
        load({}, tmp_path)


def test_no_error_repeats_a_secret(tmp_path: Path):
    (tmp_path / "tifo.toml").write_text('TIFO_QWEN_KEY = ["sk-very-secret"]\n')
    with pytest.raises(SettingsError) as caught:
        load({}, tmp_path)
    assert "sk-very-secret" not in str(caught.value)
