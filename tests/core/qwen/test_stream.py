from __future__ import annotations

import json
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import QwenBrokenError, QwenError
from core.qwen.draft import Draft
from core.qwen.failures import EMPTY
from core.qwen.stream import MAX_LINE, MAX_TOTAL, Delta, Events, Usage, to_delta


def event(delta: dict[str, object], finish: str | None = None, **more: object) -> bytes:
    chunk = {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}
    return json.dumps(chunk, ensure_ascii=False).encode()


def read(*pieces: bytes) -> list[Delta]:
    events = Events()
    deltas = [delta for piece in pieces for delta in events.feed(piece)]
    return deltas + events.close()


USAGE = {
    "prompt_tokens": 9,
    "completion_tokens": 3,
    "prompt_tokens_details": {"cached_tokens": 4},
}
COST = Usage(prompt_tokens=9, completion_tokens=3, cached_tokens=4)


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), max_size=8),
    st.lists(st.integers(0, 10_000)),
    st.sampled_from([b"\n\n", b"\r\n\r\n", b"\n", b"\r\r", b"\r\n"]),
    st.sampled_from([b"data: ", b"data:"]),
)
def test_cuts_and_line_ends_change_nothing(
    said: list[str], cuts: list[int], end: bytes, begin: bytes
) -> None:
    wire = b"".join(begin + event({"content": word}) + end for word in said)
    places = [0, *sorted(cut % (len(wire) + 1) for cut in cuts), len(wire)]
    deltas = read(*(wire[a:b] for a, b in pairwise(places)))
    assert [delta.text for delta in deltas] == said


def test_usage_is_read_wherever_it_stands() -> None:
    alone = json.dumps({"choices": [], "usage": USAGE}).encode()
    assert read(b"data: " + alone + b"\n\n") == [Delta(usage=COST)]
    with_finish = event({}, "stop", usage=USAGE)
    assert read(b"data: " + with_finish + b"\n\n") == [Delta(finish="stop", usage=COST)]


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": "many"}, [], 7])
def test_odd_usage_costs_no_answer(usage: object) -> None:
    assert read(b"data: " + event({"content": "Ciao"}, usage=usage) + b"\n") == [Delta(text="Ciao")]


def test_both_names_of_thinking_are_read() -> None:
    for name in ("reasoning", "reasoning_content"):
        assert to_delta(event({name: "hm", "content": None})) == Delta(thinking="hm")


@pytest.mark.parametrize(
    "noise",
    [
        b": ping\n\n",
        b"\n\n\n",
        b"id: 7\nretry: 100\n",
        b"event: message\n",
        b"data:\n",
        b"<html>\n",
        b"data: {}\n",
        b'data: {"id":"x","object":"chat.completion.chunk","choices":[]}\n',
        b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":null}}]}\n',
        b'data: {"choices":[{"index":0,"delta":null,"finish_reason":"null"}],"error":null}\n',
    ],
)
def test_noise_means_nothing(noise: bytes) -> None:
    answer = b"data: " + event({"content": "Ciao"}) + b"\n\n"
    assert read(noise + answer) == [Delta(text="Ciao")]
    assert read(answer + noise) == [Delta(text="Ciao")]


def test_a_mark_of_byte_order_hides_nothing() -> None:
    assert read(b"\xef\xbb\xbfdata: " + event({"content": "Ciao"}) + b"\n") == [Delta(text="Ciao")]


@pytest.mark.parametrize(
    "body",
    [
        b'{"error":{"code":"InternalError","message":"m"}}',
        b'{"error":"out of memory"}',
        b'{"code":"Throttling","message":"m","request_id":"r"}',
        b'{"object":"error","message":"m","code":500}',
        b'{"detail":"m"}',
        b'"out of memory"',
        b"[]",
        b"17",
    ],
)
def test_an_error_in_the_stream_is_handed_on_whole(body: bytes) -> None:
    assert read(b"data: " + body + b"\n\n") == [Delta(error=body)]


def test_an_error_frame_is_an_error_whatever_it_says() -> None:
    frame = b'event:error\r\ndata:{"choices":[],"request_id":"r"}\r\n\r\n'
    whole = [Delta(error=b'{"choices":[],"request_id":"r"}')]
    assert read(frame) == whole
    assert read(*(frame[i : i + 1] for i in range(len(frame)))) == whole


def test_what_is_no_json_may_be_a_lost_piece_of_the_answer() -> None:
    with pytest.raises(QwenBrokenError) as caught:
        read(b'data: {"choices":[{"delta":{"content":"Ana is 555\n\n')
    assert caught.value.code == "garbled"
    assert caught.value.__cause__ is None
    assert "555" not in str(caught.value)


def test_done_is_told() -> None:
    assert read(b"data: [DONE]\n\n") == [Delta(is_done=True)]
    assert read(b"data: [DONE]") == [Delta(is_done=True)]


def test_a_line_of_a_megabyte_passes_and_an_endless_one_does_not() -> None:
    text = "x" * (1 << 20)
    assert read(b"data: " + event({"content": text}) + b"\n")[0].text == text
    with pytest.raises(QwenBrokenError):
        read(*[b"x" * 65_536] * (MAX_LINE // 65_536 + 1))


def test_a_stream_without_end_is_given_up() -> None:
    line = b": " + b"x" * 65_536 + b"\n"
    with pytest.raises(QwenBrokenError):
        read(*[line] * (MAX_TOTAL // len(line) + 1))


def test_thousands_of_damaged_streams_neither_crash_nor_show_json() -> None:
    chance = random.Random(7)
    said = "Ciao! 🏒 Forza Azzurri <b>oggi</b>"
    wire = b"".join(b"data: " + event({"content": c, "reasoning": None}) + b"\n\n" for c in said)
    wire += b"data: " + event({}, "stop") + b"\n\ndata: [DONE]\n\n"
    answers = 0
    for _ in range(3_000):
        draft, events = Draft(), Events()
        try:
            for piece in damaged(wire, chance):
                for delta in events.feed(piece):
                    if not delta.error:
                        draft.add(delta)
                assert "choices" not in draft.text
                assert '"content"' not in draft.text
            draft.conclude()
            answers += 1
        except QwenError:
            continue
    assert answers > 300


def damaged(wire: bytes, chance: random.Random) -> list[bytes]:
    """Flip, drop, double and cut."""
    data = bytearray(wire)
    for _ in range(chance.choice([0, 1, 1, 2, 8])):
        at = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                del data[at : at + chance.randrange(1, 60)]
            case 2:
                data[at:at] = data[at : at + chance.randrange(1, 60)]
            case _:
                data[at:at] = chance.randbytes(5)
    cuts = sorted(chance.randrange(len(data) + 1) for _ in range(6))
    return [bytes(data[a:b]) for a, b in pairwise([0, *cuts, len(data)])]


def concluded(*deltas: Delta, is_held: bool = False, may_be_mislabelled: bool = False) -> str:
    draft = Draft(is_held=is_held, may_be_mislabelled=may_be_mislabelled)
    for delta in deltas:
        draft.add(delta)
    return draft.conclude()


def test_an_answer_without_a_finish_is_cut_off() -> None:
    for deltas in ([Delta(text="Ciao")], [Delta(text="Ciao"), Delta(is_done=True)], []):
        with pytest.raises(QwenBrokenError) as caught:
            concluded(*deltas)
        assert caught.value.code == "truncated"


def test_an_answer_that_was_given_up_is_none() -> None:
    with pytest.raises(QwenBrokenError):
        concluded(Delta(text="Ciao"), Delta(finish="abort"))


def test_thinking_alone_is_an_answer_only_where_it_may_be_mislabelled() -> None:
    deltas = (Delta(thinking="Ciao"), Delta(finish="stop"))
    assert concluded(*deltas, may_be_mislabelled=True) == "Ciao"
    with pytest.raises(QwenBrokenError) as caught:
        concluded(*deltas)
    assert caught.value.code == EMPTY
    with pytest.raises(QwenBrokenError):
        concluded(Delta(thinking="Ciao"), Delta(finish="length"), may_be_mislabelled=True)


def test_a_server_that_labels_thinking_holds_nothing_back() -> None:
    draft = Draft(is_held=True)
    draft.add(Delta(text="Ciao"))
    assert draft.text == ""
    draft.add(Delta(thinking="hm"))
    assert draft.text == "Ciao"


def test_held_text_is_the_answer_when_the_model_ended_by_itself() -> None:
    assert concluded(Delta(text="Ciao"), Delta(finish="stop"), is_held=True) == "Ciao"
    with pytest.raises(QwenBrokenError):
        concluded(Delta(text="The fan asks"), Delta(finish="length"), is_held=True)
