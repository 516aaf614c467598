"""Why an instruction is not carried out, in both languages; `topics.py` finds the reason, `messages.py` says it."""

from __future__ import annotations

from clipline.studio.instructions.not_offered import NOT_OFFERED
from clipline.studio.instructions.refused_times import REFUSED_TIMES

__all__ = ["REFUSALS"]

#: Key → code, English, Chinese, topics of what is nearest. Codes are stable: programs ask them.
REFUSALS: dict[str, tuple[str, str, str, str]] = {
    **NOT_OFFERED,
    **REFUSED_TIMES,
    # the text as a whole
    "empty": ("vague", "the instruction says nothing to do", "没有说要做什么", "remove blur first everything"),
    "too_long": (
        "unsupported",
        "the instruction is too long: at most {limit} characters, and some sixty clauses, are read",
        "指令太长：最多{limit}个字符、约六十个分句",
        "",
    ),
    "open_quote": (
        "unsupported",
        "a quotation mark is not closed: {quote} in “{words}”",
        "引号没有配对：“{words}”里的{quote}",
        "title",
    ),
    "choice": (
        "ambiguous",
        "“{words}” leaves a choice open (“or”); say which one",
        "“{words}”里有“或”，请只说其中一个",
        "",
    ),
    "objects": (
        "ambiguous",
        "“{words}” does not say what is to be removed, replaced or isolated",
        "“{words}”没有说清楚要移除、替换或保留什么",
        "remove color isolate everything",
    ),
    "unknown": ("unsupported", "not understood: {words}", "没有看懂：{words}", "remove blur first everything"),
    "typo": (
        "unsupported",
        "not understood: “{words}”; did you mean “{meant}”?",
        "没有看懂：“{words}”；是不是“{meant}”？",
        "",
    ),
    "after_bare_title": (
        "unsupported",
        "not understood: {words}; if that is of the title too, put its words in quotation marks: title “…”",
        "没有看懂：{words}；如果也是标题的内容，请用引号：标题“……”",
        "title",
    ),
    "gibberish": ("vague", "not understood: {words}", "没有看懂：{words}", "remove blur first everything"),
    "question": (
        "unsupported",
        "“{words}” is a question; only edits can be done here, said as such",
        "“{words}”是一个问题；这里只做编辑，请直接说要做什么",
        "remove blur first everything",
    ),
    "negation": (
        "unsupported",
        "“{words}” says what should not be done, or stay; say only what should change: all else stays as it is",
        "“{words}”说的是不要做什么或保留什么；请只说要改什么：其余的都保持原样",
        "",
    ),
    "vague": (
        "vague",
        "“{words}” does not say what is to be done",
        "“{words}”没有说清楚要做什么",
        "remove blur first everything",
    ),
    "after_nothing": (
        "unsupported",
        "“{words}” belongs to something said before it, and nothing was",
        "“{words}”前面没有说要做什么",
        "remove blur first everything",
    ),
    "does_not_go_with": (
        "unsupported",
        "“{words}” does not go with “{before}”",
        "“{words}”不能接在“{before}”后面",
        "",
    ),
    # other services' actions
    "route_export": (
        "unsupported",
        (
            "“{words}” asks for the file itself: an edit writes one by itself (or the stage “export” of a "
            "pipeline does); "
            "here say only what it should be"
        ),
        "“{words}”是要文件本身：编辑完会自动写出文件（流程里由 export 阶段完成）；这里只需说明格式或尺寸",
        "format",
    ),
    "route_account": (
        "unsupported",
        (
            "“{words}” asks about an account or a run, not for an edit; editing on this machine costs nothing, "
            "and “clipline runs list” shows the runs"
        ),
        "“{words}”问的是账户或进度，不是编辑；本机编辑不花积分，运行情况请用 clipline runs list 查看",
        "",
    ),
    "route_upload": (
        "unsupported",
        "“{words}” asks for an upload, which is a stage of its own; here say what to do with the clip",
        "“{words}”是上传，属于单独的 upload 阶段；这里请说要怎样编辑",
        "remove blur first everything",
    ),
    # who and what
    "selector": (
        "unsupported",
        (
            "“{words}” picks out one of several by looks or by what they do, which cannot be done; they can be "
            "picked out by place, size or number: the left one, the largest one, the second from the left"
        ),
        "“{words}”要按外貌或动作挑选，目前做不到；可以按位置、大小或数量挑选：左边的人、最大的狗、左边第二个人",
        "which background_person",
    ),
    "object": (
        "unsupported",
        "“{words}”: nothing of this name can be found{near}; people can, and 79 kinds of things like dog, car or cup",
        "“{words}”：不能按这个名称识别{near}；可以识别人和79类物体，例如狗、汽车、杯子",
        "remove isolate",
    ),
    "person_into": (
        "unsupported",
        "a person or thing can be replaced by a colour, an image at hand or the background behind, not by “{what}”",
        "人或物体只能替换成颜色、手头的图片或背景，不能替换成“{what}”",
        "fill remove",
    ),
    # files
    "not_at_hand": (
        "not_at_hand",
        (
            "“{name}” is neither a colour nor a file at hand{have}; put the file into the working folder and write "
            "its whole name (in a pipeline, list it under “files” of the stage “upload”), or write its absolute path"
        ),
        (
            "“{name}”既不是颜色，也不是手头的文件{have}；请把文件放进当前文件夹并写出完整文件名（流程里列在 upload "
            "阶段的 files 下），或写绝对路径"
        ),
        "color media",
    ),
    "sound_not_at_hand": (
        "not_at_hand",
        (
            "“{name}” is not a sound file at hand{have}; put the file into the working folder and write its whole "
            "name (in a pipeline, list it under “files” of the stage “upload”), or write its absolute path"
        ),
        (
            "手头没有声音文件“{name}”{have}；请把文件放进当前文件夹并写出完整文件名（流程里列在 upload 阶段的 files "
            "下），或写绝对路径"
        ),
        "music",
    ),
    "which_file": (
        "ambiguous",
        "“{name}” may be any of {several}; write the name of one",
        "“{name}”可能是{several}中的任何一个，请写明文件名",
        "",
    ),
    "clip_not_at_hand": (
        "not_at_hand",
        (
            "“{name}” is not a clip at hand{have}; put the file into the working folder and write its whole name (in a "
            "pipeline, list it under “files” of the stage “upload”), or write its absolute path"
        ),
        (
            "手头没有视频“{name}”{have}；请把文件放进当前文件夹并写出完整文件名（流程里列在 upload 阶段的 files 下），"
            "或写绝对路径"
        ),
        "join",
    ),
    "which_clip": (
        "ambiguous",
        "“{words}” does not say which clip is to follow; write the name of its file",
        "“{words}”没有说后面接哪个视频，请写出文件名",
        "join",
    ),
    "wrong_kind": (
        "unsupported",
        "“{name}” is not a {kind}, going by its name",
        "从名称看，“{name}”不是{kind}",
        "",
    ),
    # values
    "out_or_alone": (
        "ambiguous",
        "“{words}” may mean to take it out of the picture or to keep only it: say “remove …” or “keep only …”",
        "“{words}”可能是去掉，也可能是只保留：请说“去掉……”或“只保留……”",
        "",
    ),
    "size": (
        "unsupported",
        "“{words}” is no size that can be made: sides are from 2 to {limit} pixels",
        "“{words}”不是可用的尺寸：边长为2到{limit}像素",
        "resize lines",
    ),
    "volume": (
        "unsupported",
        "“{words}”: a volume is from 0% to 100%",
        "“{words}”：音量为0%到100%",
        "",
    ),
    "blur_share": (
        "unsupported",
        "“{words}”: a blur is from 1% to 100%",
        "“{words}”：虚化程度为1%到100%",
        "",
    ),
    "no_text": (
        "ambiguous",
        "“{words}” does not say what the title reads; write it in quotation marks",
        "“{words}”没有说标题的内容，请用引号写出来",
        "title",
    ),
    "no_size": (
        "ambiguous",
        "“{words}” does not say which size or shape; write it, like 1280x720, 1080p or 9:16",
        "“{words}”没有说尺寸或比例，请写明，例如1280x720、1080p或9:16",
        "resize lines crop",
    ),
    "no_sound": (
        "ambiguous",
        "“{words}” does not name a sound file; music cannot be made up here",
        "“{words}”没有说是哪个声音文件；这里不能凭空生成音乐",
        "music",
    ),
    "which_fill": (
        "ambiguous",
        "“{words}” does not say what the background should become",
        "“{words}”没有说背景要变成什么",
        "color media blur",
    ),
    "sound_volume": (
        "unsupported",
        "“{words}”: the clip's own sound is from 0% to 400% as loud as it was",
        "“{words}”：原声音量为0%到400%",
        "",
    ),
    "loudness": (
        "unsupported",
        "“{words}” is no loudness: it is from -40 to -5 LUFS, or that of {names}",
        "“{words}”不是可用的响度：为-40到-5 LUFS，或者{names}的",
        "loudness",
    ),
    "no_name": (
        "ambiguous",
        "“{words}” does not say whose name it is; write the name and the line under it in quotation marks",
        "“{words}”没有说名字；请用引号写出名字和下面的一行",
        "lower_third",
    ),
    # together
    "twice": (
        "contradiction",
        "“{first}” and “{second}” ask for the same thing twice; say one of them",
        "“{first}”和“{second}”对同一件事提了两次要求，请只说一个",
        "",
    ),
    "nobody_left": (
        "contradiction",
        "“{first}” and “{second}” contradict each other: nobody is left to set against a background",
        "“{first}”和“{second}”相互矛盾：人去掉以后就没有前景了",
        "",
    ),
    "sound_stays": (
        "contradiction",
        "“{first}” and “{second}” contradict each other: sound cannot stay and be taken away",
        "“{first}”和“{second}”相互矛盾：声音不能既保留又去掉",
        "",
    ),
    "gone": (
        "contradiction",
        "“{first}” and “{second}” contradict each other: what is removed cannot be changed, too; say one of them",
        "“{first}”和“{second}”相互矛盾：去掉以后就没有可以修改的了；请只说一个",
        "",
    ),
    "which_background": (
        "ambiguous",
        (
            "after “{first}”, “{second}” may mean what surrounds the picture or what is behind the people; "
            "say “pad to … with white”, or the background first"
        ),
        "在“{first}”之后，“{second}”可能指画面四周，也可能指人物后面；请说“填充到……用白色”，或先说背景",
        "",
    ),
    "shape_for": (
        "contradiction",
        "“{words}” means the shape {wanted}, and {aspect} is asked for; say one of them",
        "“{words}”的比例是{wanted}，而前面要的是{aspect}；请只说一个",
        "",
    ),
    "size_last": (
        "contradiction",
        "“{first}” says the final size, and “{second}” changes it afterwards; say the final size last, or only one",
        "“{first}”说的是最终尺寸，而“{second}”之后又改变它；请最后说最终尺寸，或只说一个",
        "",
    ),
}
