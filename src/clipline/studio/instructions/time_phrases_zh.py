"""How things are said about a part of the time, in Chinese. `grammar.py` says how templates are written."""

from __future__ import annotations

from clipline.studio.instructions import cutting
from clipline.studio.instructions.grammar import Table

__all__ = ["TIME_HEADS_ZH", "TIME_OPENERS_ZH", "TIME_OTHERWISE_ZH", "TIME_WORDS_ZH"]

TIME_WORDS_ZH = {
    "keep": (
        "只保留|仅保留|保留|截取|剪辑|剪切|裁剪|剪|裁|截|修剪|只留|留下|只留下|留|只要|取|只取|提取|只剪|切|剪出|"
        "截出|取出|选取|缩短|剪短|撷取|留住"
    ),
    "cutaway": "去掉|去除|剪掉|剪去|删掉|删除|切掉|切去|裁掉|裁去|截掉|截去|移除|砍掉|减掉|减去|丢掉|扔掉|剪除|跳过",
    "first": "前|开头|最前面|开始|最开始|头|开头的|最前面的|最开始的|最初|最初的|前面|前面的",
    "last": "最后|末尾|结尾|后|尾部|后面|最末|最后的|末尾的|结尾的|最后面的|后面的",
}

TIME_HEADS_ZH: Table = (
    (
        cutting.keep_first,
        (
            (
                "[<ba>][<video>[的]]<keep>[<to>|出|取|下][<video>][的|<in>的]<first>[的]{length}[的部分|部分|内容|"
                "的内容|片段|视频|的视频|的片段]"
            ),
            (
                "[<ba>][<video>[的]](<first>)[的]{length}[的内容|的部分|的视频|的片段](保留|保留下来|留下|截取|"
                "截取出来|截出来|剪出来|剪下来|截下来|剪辑出来|提取出来)"
            ),
            (
                "[<ba>][<video>[的]](<first>)[的|那|这]{length}(留着|留|留下|保留)[,](其他|其余|其它|剩下|后面|剩余)"
                "[的][部分|内容][都|全](<gone>|<cutaway>)"
            ),
        ),
    ),
    (
        cutting.keep_length,
        (
            "[<ba>][<video>]<keep>[<to>]{length}[长|的长度|的视频|视频|以内]",
            "[<ba>]<video>[的](时长|长度)[<keep>|<resize>|控制|限制][<to>|在|是]{length}",
            "(时长|长度)[为|是|:|控制在|限制在|改为|改成]{length}",
        ),
    ),
    (
        cutting.keep_span,
        (
            (
                "[<ba>][<video>][的]<keep>[<to>|出|取|下][<video>][的|中的|从|<in>]{span}[的部分|部分|的内容|"
                "内容|片段|的片段|的视频|之间|之间的内容|"
                "之间的部分|这一段|这段|那一段|的画面]"
            ),
            (
                "[<ba>][<video>][的|中的|从|<in>]{span}[的部分|的内容|的片段|的视频|之间的内容|之间的部分|"
                "这一段|这段|那一段]"
                "(保留|保留下来|留下|截取|截取出来|截出来|剪出来|剪下来|截下来|剪辑出来|提取出来)"
            ),
        ),
    ),
    (
        cutting.keep_middle,
        (
            "[<ba>][<video>[的]]<keep>[<video>][的](中间|正中间|中段)[的]{length}[的部分|内容|的内容|的视频|的片段]",
            "[<ba>][<video>[的]](中间|正中间)[的]{length}(保留|保留下来|留下|截取|截取出来|剪出来)",
        ),
    ),
    (
        cutting.keep_between,
        (
            "[<ba>][<video>]从{start:point}(剪|截|裁|切|截取|剪切|保留)(到|至){end:point}",
            "[<ba>][<video>]从{start:point}(到|至){end:point}(剪|截|裁|切|保留)[下来|出来]",
        ),
    ),
    (
        cutting.cut_span,
        (
            (
                "<cutaway>[<video>][的|中的|<in>]{span}[那段|那一段|的那段|那里|那部分|的部分|的内容|的片段|的视频|这一段|这段|之间的内容|"
                "之间的部分|的画面]"
            ),
            (
                "[<ba>][<video>][的|中的|<in>]{span}[的部分|的内容|的片段|的视频|这一段|这段|之间的内容|之间的部分|"
                "的画面|那段|那一段|的那段|那里|那部分](<cutaway>|<gone>|删|切|砍|剪没)"
            ),
        ),
    ),
    (
        cutting.keep_portion,
        (
            "[<ba>][<video>[的]]<keep>[<to>|出|取|下][<video>][的]{portion}[部分|视频|的内容]",
            "[<ba>][<video>[的]]{portion}[部分](保留|保留下来|留下|留着)",
        ),
    ),
    (
        cutting.cut_portion,
        ("<cutaway>[<video>][的]{portion}[部分]", "[<ba>][<video>[的]]{portion}[部分](<cutaway>|<gone>|剪)"),
    ),
    (
        cutting.keep_last,
        (
            "[<ba>][<video>[的]]<keep>[<to>|出|取|下][<video>][的]<last>[的]{length}[的部分|内容|的内容|的视频|的片段]",
            "[<ba>][<video>[的]]<last>[的]{length}(保留|保留下来|留下|截取|截取出来|剪出来)",
        ),
    ),
    (
        cutting.start_at,
        (
            "<cutaway>[<video>][的]<first>[的]{length}[的内容|的部分|内容]",
            "[<ba>][<video>][的]<first>[的|那|这]{length}[的内容|的部分|内容][<because>](<cutaway>|<gone>)",
            "跳过{length}",
            "[<video>]从{point}(开始|起|开始播放|开始保留|播放|往后|以后)",
            "(保留|只保留|截取)[从]{point}(开始|以后|之后|往后)[的部分|的内容|的视频]",
            "[保留|截取|播放]从{point}(到|至)(结尾|最后|末尾|结束)",
            "<cutaway>[<video>][的]{point}(以前|之前|前)[的部分|的内容|的视频|的]",
            "[<ba>]{point}(以前|之前)[的部分|的内容|的视频|的](<cutaway>|<gone>)",
        ),
    ),
    (
        cutting.end_at,
        (
            "[<video>](到|在|至){point}(结束|为止|停止|截止|停)",
            "(保留|只保留|截取)[到]{point}(以前|之前)[的部分|的内容|的视频]",
            "(保留|只保留|截取)(到|至){point}",
            "<cutaway>[<video>][的]{point}(以后|之后|往后|后面)[的部分|的内容|的视频|的]",
            "[<ba>]{point}(以后|之后|往后|后面)[的部分|的内容|的视频|的](<cutaway>|<gone>)",
        ),
    ),
    (
        cutting.cut_last,
        (
            "<cutaway>[<video>][的]<last>[的]{length}[的内容|的部分|内容]",
            "[<ba>][<video>][的]<last>[的|那|这]{length}[的内容|的部分|内容][<because>](<cutaway>|<gone>)",
        ),
    ),
    (
        cutting.cut_both,
        (
            "<cutaway>[<video>][的]<first>[的]{first:length}(和|以及|跟|,|、)[<cutaway>]<last>[的]{last:length}",
            "[<ba>][<video>[的]]<first>[的]{first:length}(和|以及|跟|、)<last>[的]{last:length}[<both>](<gone>|<cutaway>)",
            "掐头去尾[各]{first:length}",
            "[<ba>](头尾|首尾|前后|开头结尾|两头)[各](<cutaway>|剪|裁|切|减){first:length}",
        ),
    ),
)

#: Heads only where they are the whole instruction; beside others, "从第2秒到第5秒" could belong to those.
TIME_OPENERS_ZH: Table = (
    (cutting.keep_span, ("[<video>的]{span}[的部分|的内容|的片段]",)),
    (cutting.keep_first, ("[<video>的]<first>[的]{length}[的部分|的内容|的片段]",)),
    (cutting.keep_portion, ("[<video>的]{portion}",)),
)

#: Heads where their words do not go with what was said before, as with a title that is shown.
TIME_OTHERWISE_ZH: Table = (
    (
        cutting.keep_length,
        (
            "(显示|展示|持续|播放|停留)[<video>|照片|图片]{length}",
            "(<video>|照片|图片)(显示|展示|持续|播放|停留){length}",
        ),
    ),
)
