"""Whatever is typed, the answer is an understanding or a refusal, and it comes soon."""

import os
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipline.errors import Refused
from clipline.studio.instructions import Understanding, interpret

_WORDS = (
    "remove the person people background and then , with red blue to at for from 5 seconds 0:02 1080p 1280x720 9:16"
    ' title "Hello" music song.mp3 beach.jpg blur only keep trim first last crop make it not or ? ! 30% in on a'
    " 把 人 背景 换成 去掉 红色 前 五 秒 第 到 标题 「你好」 音乐 裁剪 成 并 ， 。 和 不要 音量 10 100 : - 半 '"
)
WORDS = _WORDS.split()


def answer(text: str) -> Understanding | Refused:
    try:
        return interpret(text, materials=["/m/beach.jpg", "/m/song.mp3"], default_duration=10.0)
    except Refused as refusal:
        return refusal


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_understood_or_refused(text):
    found = answer(text)
    assert isinstance(found, Understanding) or found.message


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=14), st.sampled_from(["", " "]))
def test_any_known_words_in_any_order_are_understood_or_refused(words, between):
    found = answer(between.join(words))
    if isinstance(found, Understanding):
        assert found.operations or found.export
        assert found.notes


@pytest.mark.parametrize(
    "text",
    [
        "x" * 5000,
        "a" * 2000,
        "the " * 500,
        "去" * 2000,
        "半" * 2000,
        "1:" * 1000,
        "for 3 seconds " * 140,
        "at the top in red for 3 seconds " * 9,
        "用红色在顶部3秒" * 15,
        "replace the background with " + "a " * 130,
        "remove the person and " * 90,
        "前五秒" * 660,
        "'" * 2000,
        '"' * 1999,
        "/" * 2000,
        "“你好”" * 500,
    ],
    ids=lambda text: text[:20],
)
def test_no_text_takes_long(text):
    answer("去掉人")  # compiles the phrases
    answer("remove the person")
    started = time.perf_counter()
    answer(text)
    assert time.perf_counter() - started < 5  # hangs, not slowness: about a tenth is usual


def test_understanding_needs_no_video_library():
    code = (
        "import sys\n"
        "from clipline.studio.instructions import interpret\n"
        "interpret('remove the person'); interpret('去掉人')\n"
        "print([name for name in ('numpy', 'av', 'cv2', 'onnxruntime', 'PIL', 'httpx', 'yaml') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert found.stdout.strip() == "[]"
