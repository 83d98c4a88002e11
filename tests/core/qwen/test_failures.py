from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import (
    QwenBrokenError,
    QwenBusyError,
    QwenError,
    QwenRefusedError,
    QwenRequestError,
)
from core.qwen.dialects import DIALECTS
from core.qwen.failures import TOO_LONG, is_endpoint_ill, to_error, to_wait


def usual(code: str, message: str = "no") -> str:
    return json.dumps({"error": {"message": message, "type": "x", "param": None, "code": code}})


# Dialect, status, body -> class and code; status 200 is an error inside a stream.
CASES: list[tuple[str, int, str, type[QwenError], str]] = [
    ("dashscope", 400, usual("data_inspection_failed"), QwenRefusedError, "datainspectionfailed"),
    ("dashscope", 400, usual("DataInspectionFailed"), QwenRefusedError, "datainspectionfailed"),
    ("dashscope", 200, usual("DataInspectionFailed"), QwenRefusedError, "datainspectionfailed"),
    ("dashscope", 429, usual("insufficient_quota"), QwenBusyError, "insufficientquota"),
    ("openai", 429, usual("insufficient_quota"), QwenRequestError, "insufficientquota"),
    ("dashscope", 429, usual("Throttling.RateQuota"), QwenBusyError, "throttlingratequota"),
    ("dashscope", 429, usual("limit_burst_rate"), QwenBusyError, "limitburstrate"),
    ("dashscope", 429, usual("PrepaidBillOverdue"), QwenRequestError, "prepaidbilloverdue"),
    ("dashscope", 400, usual("Arrearage"), QwenRequestError, "arrearage"),
    ("dashscope", 500, usual("internal_error"), QwenBrokenError, "internalerror"),
    ("dashscope", 400, usual("invalid_parameter_error"), QwenRequestError, "invalidparametererror"),
    (
        *("dashscope", 400),
        usual("invalid_parameter_error", "<400> Range of input length should be [1, 983616]"),
        *(QwenRequestError, TOO_LONG),
    ),
    (
        *("dashscope", 401, '{"code":"InvalidApiKey","message":"m","request_id":"r"}'),
        *(QwenRequestError, "invalidapikey"),
    ),
    (
        "dashscope",
        200,
        '{"code":"ServiceUnavailable","message":"m"}',
        QwenBusyError,
        "serviceunavailable",
    ),
    ("openai", 400, usual("context_length_exceeded"), QwenRequestError, TOO_LONG),
    (
        *("vllm", 400),
        '{"object":"error","message":"This model\'s maximum context length is 2048 tokens.",'
        '"type":"BadRequestError","param":null,"code":400}',
        *(QwenRequestError, TOO_LONG),
    ),
    (
        *("vllm", 200, '{"error":{"message":"m","type":"InternalServerError","code":500}}'),
        *(QwenBrokenError, "internalservererror"),
    ),
    (
        *("vllm", 200, '{"error":{"message":"m","type":"BadRequestError","code":400}}'),
        *(QwenRequestError, "badrequesterror"),
    ),
    (
        *(
            "llamacpp",
            400,
            '{"error":{"code":400,"type":"exceed_context_size_error","n_ctx":2048}}',
        ),
        *(QwenRequestError, TOO_LONG),
    ),
    (
        *(
            "llamacpp",
            503,
            '{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}',
        ),
        *(QwenBusyError, "unavailableerror"),
    ),
    ("transformers", 422, '{"detail":"Unexpected fields"}', QwenRequestError, ""),
    ("vllm", 404, '{"detail":[{"loc":["body"],"msg":"m"}]}', QwenRequestError, ""),
    (
        "sglang",
        400,
        '"The input is longer than the model\'s context length"',
        QwenRequestError,
        TOO_LONG,
    ),
    ("transformers", 200, '{"error":"CUDA out of memory"}', QwenBrokenError, ""),
    ("ollama", 404, "404 page not found", QwenRequestError, ""),
    ("transformers", 500, "Internal Server Error", QwenBrokenError, ""),
    ("openai", 413, "<html>too large</html>", QwenRequestError, TOO_LONG),
    ("openai", 302, "", QwenRequestError, ""),
    ("openai", 429, "", QwenBusyError, ""),
    ("openai", 502, "<html>bad gateway</html>", QwenBrokenError, ""),
    ("openai", 200, "null", QwenBrokenError, ""),
]


@pytest.mark.parametrize(("dialect", "status", "body", "kind", "code"), CASES)
def test_every_shape_of_error_gets_its_class_and_code(
    dialect: str, status: int, body: str, kind: type[QwenError], code: str
) -> None:
    error = to_error(body.encode(), status=status, dialect=DIALECTS[dialect])
    assert type(error) is kind
    assert error.code == code


def test_nothing_of_a_body_gets_into_the_message() -> None:
    body = usual("bad thing: my name is Ana", "Ana wrote: my number is 555")
    for status in (200, 400, 429, 500):
        error = to_error(body.encode(), status=status, dialect=DIALECTS["openai"])
        assert "Ana" not in f"{error} {error.code}"
        assert "555" not in f"{error} {error.code}"


@given(
    st.one_of(
        st.binary(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(
                    st.sampled_from(["error", "code", "type", "message", "detail"]), inner
                )
            ),
        ).map(lambda value: json.dumps(value).encode()),
    ),
    st.integers(200, 599),
)
def test_any_body_makes_an_error(body: bytes, status: int) -> None:
    assert isinstance(to_error(body, status=status, dialect=DIALECTS["dashscope"]), QwenError)


def test_it_reads_how_long_to_wait() -> None:
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert to_wait({"retry-after": "2"}) == 2.0
    assert to_wait({"retry-after": "2", "retry-after-ms": "150"}) == 0.15
    assert 55 < (to_wait({"retry-after": in_a_minute}) or 0) <= 60
    assert to_wait({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0
    assert to_wait({"retry-after": "soon"}) is None
    assert to_wait({}) is None


def test_a_busy_endpoint_says_for_how_long() -> None:
    error = to_error(b"", status=429, dialect=DIALECTS["vllm"], headers={"retry-after": "3"})
    assert isinstance(error, QwenBusyError)
    assert error.after == 3.0


def test_what_one_fan_wrote_does_not_make_an_endpoint_ill() -> None:
    def ill(status: int, code: str = "") -> bool:
        body = usual(code).encode() if code else b""
        return is_endpoint_ill(to_error(body, status=status, dialect=DIALECTS["dashscope"]))

    assert ill(500)
    assert ill(429)
    assert ill(401)
    assert ill(400, "Arrearage")
    assert not ill(400, "data_inspection_failed")
    assert not ill(400, "invalid_parameter_error")
    assert not ill(400, "context_length_exceeded")
    assert not ill(422)
