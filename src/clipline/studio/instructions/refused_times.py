"""Why words about time are not carried out, in both languages; `refusals.py` has all other reasons."""

from __future__ import annotations

__all__ = ["REFUSED_TIMES"]

#: As in `refusals.py`.
REFUSED_TIMES: dict[str, tuple[str, str, str, str]] = {
    "length_unknown": (
        "unsupported",
        "“{words}” counts from the end; the length of the clip is not known here: say times from the start",
        "“{words}”是从结尾算起的，而这里不知道视频到时候的长度；请从开头说起，或者之后单独说这一句",
        "trim first",
    ),
    "beyond_end": (
        "unsupported",
        "“{words}” lies outside the clip, which is {length} long",
        "“{words}”超出了视频，视频只有{length}",
        "",
    ),
    "no_time": (
        "unsupported",
        "“{words}” leaves no time: it must end after it starts",
        "“{words}”没有留下时间：结束必须在开始之后",
        "trim",
    ),
    "whole_time": (
        "unsupported",
        (
            "“{words}” limits a change of picture or sound to a part of the time; such a change lasts the whole clip "
            "so far, only titles and music have times of their own"
        ),
        "“{words}”只改一段时间的画面或声音；目前这样的修改只能用于整个视频，只有标题和音乐可以指定时间",
        "",
    ),
    "keep_or_cut": (
        "ambiguous",
        "“{words}” may mean to keep this part or to take it away: say “keep …” or “cut out …”",
        "“{words}”可能是保留也可能是剪掉这一段：请说“保留……”或“剪掉……”",
        "",
    ),
    "no_part": (
        "ambiguous",
        "“{words}” does not say which part of the time is to be kept",
        "“{words}”没有说要保留哪一段时间",
        "first trim",
    ),
    "which_part": (
        "ambiguous",
        "“{words}” does not say from when to when",
        "“{words}”没有说从几秒到几秒",
        "cut trim",
    ),
    "length_of_what": (
        "unsupported",
        (
            "“{words}” after “{before}” does not say what is so long: of the clip, say “trim to the first {words}” "
            "before it; of a title or music, “for {words}”; of a fade, “fade out over {words}”"
        ),
        (
            "“{before}”后面的“{words}”没有说是什么的时长：视频请先说“截取前{words}”；标题或音乐请说“持续{words}”；"
            "淡出请说“淡出{words}”"
        ),
        "",
    ),
}
