"""Talk of buttons is taken out, what it asks for is named, and everything else stays as it is."""

from __future__ import annotations

import time

import pytest

from clipline.nemo.phrases import translate

TALK = [
    ("Click the Export button.", "", ["export"]),
    (
        "I've added upbeat music at 35%. Click the Export button to download your video.",
        "I've added upbeat music at 35%.",
        ["export"],
    ),
    ("I replaced the background. Hit the Export button when you're ready!", "I replaced the background.", ["export"]),
    ("Your video is ready! You can now export it.", "Your video is ready!", ["export"]),
    ("To export, click the button in the top right.", "", ["export"]),
    ("I've trimmed it to 10s, you can preview it in the timeline.", "I've trimmed it to 10s.", ["tracks"]),
    ("I added a song that you can preview in the timeline.", "I added a song.", ["tracks"]),
    ("It is done and you can preview it in timeline, then click **Export**.", "It is done.", ["tracks", "export"]),
    (
        "Open the Effects panel to see the blur I added to the background.",
        "The blur I added to the background.",
        ["state"],
    ),
    ("Please open the “Audio” panel.", "", ["state"]),
    ("Go to the Settings tab, then choose the 4K option.", "", ["state", "api"]),
    ("Drag the music clip to the left to change its start.", "", ["edit"]),
    ("You can adjust the volume by dragging the slider.", "", ["edit"]),
    ("Check your account page for billing.", "", ["credits"]),
    ("The clip is 10s long. Please check your account/billing.", "The clip is 10s long.", ["credits"]),
    (
        "1. Click the Effects tab\n2. Drag the slider to 50\n3. Done: the blur is on.",
        "3. Done: the blur is on.",
        ["api", "edit"],
    ),
    ("CLICK THE EXPORT BUTTON", "", ["export"]),
    ("Tap Save button - it is at the top.", "It is at the top.", ["export"]),
    ("已添加背景音乐。点击导出按钮即可下载视频。", "已添加背景音乐。", ["export"]),
    ("已完成剪辑,点击右上角的“导出”。", "已完成剪辑。", ["export"]),
    ("视频已完成。您可以导出了。", "视频已完成。", ["export"]),
    ("请打开特效面板查看我添加的模糊效果。", "我添加的模糊效果。", ["state"]),
    ("打开设置面板。", "", ["state"]),
    ("将片段拖拽到时间线上。", "", ["edit"]),
    ("您可以拖动音乐片段。", "", ["edit"]),
    ("您可以在时间线中预览。", "", ["tracks"]),
    ("请查看账户余额。", "", ["credits"]),
    ("点击这里。标题已加好。", "标题已加好。", ["api"]),
]
HARMLESS = [
    "The man clicks his fingers and walks off.",
    "An open window lets the light in.",
    "A drag queen dances on stage.",
    "The scene opens with a wide shot, then the door opens.",
    "He drags the box across the floor.",
    "I can export the video for you. Want me to?",
    'The title says "Click here" in red.',
    "I added a download icon in the corner.",
    "I've opened with a wide shot; the panel of the door is now blue.",
    "The export finished.",
    "I clicked through the settings and changed nothing.",
    "Timeline: 3 tracks.\n\n- city (0-10s)\n- Lo-fi (0-10s, 35%)\n",
    "The credits roll at the end; the balance of colours is warmer.",
    "画面中的手指点击屏幕。",
    "他打开窗户,看着外面。",
    "一位变装皇后在跳舞。",
    "视频出口贸易的画面。",
    "我已把开场换成了打开的门。",
    "",
    "v1.5 is e.g. 3.5 seconds, i.e. short…",
]


@pytest.mark.parametrize(("text", "kept", "actions"), TALK)
def test_talk_of_the_page_is_dropped_and_its_action_named(text: str, kept: str, actions: list[str]) -> None:
    translated = translate(text)
    assert (translated.text, list(translated.actions)) == (kept, actions)


@pytest.mark.parametrize("text", HARMLESS)
def test_normal_sentences_stay_as_they_are(text: str) -> None:
    assert translate(text).text == text.strip()
    assert translate(text).actions == ()


def test_what_was_translated_once_stays_so() -> None:
    for text, kept, _ in TALK:
        assert translate(translate(text).text).text == kept


@pytest.mark.parametrize(
    "unit", ["you can now ", "by ", "see in ", "请", "在a中", "click ", "to see new ", ", and then ", "a.b "]
)
def test_no_text_takes_long(unit: str) -> None:
    started = time.monotonic()
    translate(unit * 2000)
    translate((unit * 60)[:280] + "!")
    assert time.monotonic() - started < 5
