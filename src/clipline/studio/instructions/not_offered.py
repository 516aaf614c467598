"""What people ask for and cannot be done so far, and why, in both languages; a part of the table in `refusals.py`."""

from __future__ import annotations

from clipline.studio.instructions.words import FORMATS

__all__ = ["NOT_OFFERED", "SAID_TOGETHER"]

_WRITTEN = [name for name in FORMATS if name != "jpeg"]

#: Key → code, English, Chinese, topics of what is nearest. Each text begins with the words that it is about.
NOT_OFFERED: dict[str, tuple[str, str, str, str]] = {
    "sound": (
        "unsupported",
        (
            "“{words}”: the clip's own sound can be muted, louder, softer or faded; voices, music and noise in it "
            "cannot be told apart"
        ),
        "“{words}”：原声可以静音、调大调小或淡入淡出；里面的人声、音乐和噪音分不开",
        "mute sound",
    ),
    "speed": (
        "unsupported",
        "“{words}”: the speed cannot be changed so far",
        "“{words}”：目前不能改变速度",
        "everything",
    ),
    "repeat": (
        "unsupported",
        "“{words}”: nothing can be played again and again but music; a clip can follow another",
        "“{words}”：除音乐外不能循环播放；可以在后面接上视频",
        "join music",
    ),
    "recolor": (
        "unsupported",
        "“{words}”: the colour of a thing cannot be changed; all of it can be filled with one",
        "“{words}”：不能改变物体的颜色；可以整个填充成一种颜色",
        "fill",
    ),
    "inlay": (
        "unsupported",
        (
            "“{words}”: a picture cannot be laid over the clip so far; it can take the place of a person or thing, or "
            "come before the clip"
        ),
        "“{words}”：目前不能把图片叠加在画面上；可以用图片代替人或物体，或放在视频前面",
        "replace front",
    ),
    "turn": (
        "unsupported",
        "“{words}”: the picture cannot be turned or mirrored so far",
        "“{words}”：目前不能旋转或镜像",
        "everything",
    ),
    "look": (
        "unsupported",
        "“{words}”: brightness, colours and filters cannot be changed so far",
        "“{words}”：目前不能调整亮度、色彩或滤镜",
        "everything",
    ),
    "overlay": (
        "unsupported",
        (
            "“{words}”: logos, watermarks and writing in the picture cannot be found by name; say where, like “blur "
            "the logo in the box 80% 5% 15% 10%” (left, top, width, height)"
        ),
        (
            "“{words}”：水印、标志和画面里的文字不能按名称识别；请说明位置，"
            "例如“模糊方框80% 5% 15% 10%里的标志”（左、上、宽、高）"
        ),
        "",
    ),
    "subtitles": ("unsupported", "“{words}”: there are no subtitles here", "“{words}”：这里不能处理字幕", "title"),
    "weather": (
        "unsupported",
        "“{words}”: sky, weather and time of day cannot be changed",
        "“{words}”：不能改变天空、天气或时间",
        "color media",
    ),
    "face": (
        "unsupported",
        (
            "“{words}”: faces and parts of a body cannot be found by name; whole people can: say “pixelate the people” "
            "or “blur the people”; or say where, like “blur the face in the box 40% 10% 15% 20% at 1s” (left, top, "
            "width, height)"
        ),
        (
            "“{words}”：不能按名称单独识别脸或身体部位；整个人可以：请说“给所有人打码”；"
            "也可以说明位置，例如“模糊方框40% 10% 15% 20%里的脸”"
        ),
        "",
    ),
    "motion": (
        "unsupported",
        "“{words}”: zooms, transitions, effects and animations cannot be made",
        "“{words}”：不能做缩放运镜、转场、特效或动画",
        "everything",
    ),
    "picture_fade": (
        "unsupported",
        (
            "“{words}”: the picture cannot be faded in or out, or to black; a clip can dissolve into another, and "
            "music, the clip's own sound and titles can fade"
        ),
        "“{words}”：画面不能淡入淡出或变黑；视频之间可以交叉淡化，音乐、原声和标题可以淡入淡出",
        "join duck",
    ),
    "container": (
        "unsupported",
        f"“{{words}}”: this format cannot be written; the formats are {', '.join(_WRITTEN)}",
        f"“{{words}}”：不能写出这种格式；可用的格式有{'、'.join(_WRITTEN)}",
        "format",
    ),
    "split": (
        "unsupported",
        "“{words}”: a clip cannot be split into several files, or several shown side by side; parts can be cut out",
        "“{words}”：不能拆分成多个文件，也不能并排显示；可以剪掉其中几段",
        "cut",
    ),
    "quality": (
        "unsupported",
        (
            "“{words}”: quality, frame rate and stabilising cannot be asked for in words (a pipeline's stage "
            "“export” has "
            "“quality”)"
        ),
        "“{words}”：画质、帧率和防抖不能用话来指定（流程的 export 阶段有 quality 选项）",
        "lines",
    ),
    "generate": (
        "unsupported",
        "“{words}”: nothing can be generated; what is there can be edited",
        "“{words}”：不能生成内容，只能编辑已有的视频",
        "everything",
    ),
}
#: Those of which each is named where a sentence asks for several.
SAID_TOGETHER = frozenset(NOT_OFFERED) - {"overlay", "face", "generate"}
