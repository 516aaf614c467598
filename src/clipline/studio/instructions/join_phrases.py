"""How things are said about further clips, in English and Chinese. `grammar.py` says how templates are written."""

from __future__ import annotations

from clipline.studio.instructions import actions as do
from clipline.studio.instructions import joining
from clipline.studio.instructions.grammar import Table

__all__ = [
    "JOIN_HEADS_EN",
    "JOIN_HEADS_ZH",
    "JOIN_MODIFIERS_EN",
    "JOIN_MODIFIERS_ZH",
    "JOIN_WORDS_EN",
    "JOIN_WORDS_ZH",
]

JOIN_WORDS_EN = {
    "join": "join|joining|merge|merging|combine|combining|concatenate|concat|connect|stitch|splice",
    "put_clip": "put|add|place|insert|attach|append|play|show|stick|tack|tag|join|stitch|splice|have|use",
    "in_front": "before|in front of|ahead of",
    "at_front": (
        "(at|to|on|onto|in) (front|beginning|start|very beginning|very start|head)[ of <video>]|up front|in front"
        "|(as|for) (intro|opener|opening|introduction|cold open)[ of <video>| to <video>| for <video>]"
    ),
    "at_back": (
        "(at|to|onto|on) (end|very end|tail|back)[ of <video>]"
        "|(as|for) (outro|ending|closing|end card|end screen|closer)[ of <video>| to <video>| for <video>]"
    ),
    "dissolve": (
        "crossfade|cross-fade|cross fade|dissolve|cross dissolve|fade|transition|overlap|crossfades|dissolves|"
        "transitions"
    ),
    "and_clip": "and|,|, and",
}

_SEVERAL_EN = "{clip}[ (<and_clip>) {second:clip}][ (<and_clip>) {third:clip}]"

JOIN_HEADS_EN: Table = (
    (do.refuse("which_clip"), ("<join> (<video>|clips|videos|them)[ together]", "(crossfade|dissolve)")),
    (
        joining.both_ends,
        (
            "(<put_clip>) {clip} (<in_front>) [<video> ]and {second:clip} (after|behind) <video>",
            "(<put_clip>) {clip} (<at_front>) and [<put_clip> ]{second:clip} (<at_back>)",
            "(<put_clip>) {second:clip} (<at_back>) and [<put_clip> ]{clip} (<at_front>)",
            "(start|begin|open) [<video> ]with {clip} and (end|finish|close) [it ]with {second:clip}",
        ),
    ),
    (
        joining.in_front,
        (
            f"(<put_clip>) {_SEVERAL_EN} (<in_front>) <video>",
            f"(<put_clip>) {_SEVERAL_EN} (<at_front>)",
            f"(prepend|lead in with|lead with) {_SEVERAL_EN}[ to <video>]",
            f"(start|begin|open) [<video> ](with|on) {_SEVERAL_EN}",
            f"(play|show) {_SEVERAL_EN} first",
            "(start|begin|open|show|play) [<video> ][with ]{clip}[ for {length}][,] [and ]then <video>",
            "(<put_clip>) {clip} for {length} (<at_front>)",
        ),
    ),
    (
        joining.join,
        (
            "<join> [(<video>|clips|videos) ][together ](with|to|and|onto|on) {clip}[ together]",
            f"(<put_clip>) {_SEVERAL_EN} (<at_back>)",
            "(<put_clip>) {clip} for {length} (<at_back>)",
            "(append|attach) {clip}[ to <video>]",
            f"<join> {_SEVERAL_EN} (after|following|behind|to|with|onto) <video>",
            f"(<put_clip>) {_SEVERAL_EN} (after|following|behind) <video>",
            f"(end|finish|close) [<video> ]with {_SEVERAL_EN}",
            "continue (with|in) {clip}",
            "<join> [in ]{clip}",
        ),
    ),
    (
        joining.crossfade,
        (
            "(crossfade|cross-fade|cross fade|dissolve|fade) [<video> ](into|to|with|over to|over into) {clip}",
            (
                "(crossfade|cross-fade|cross fade|dissolve|fade) [<video> ](into|to|with|over to|over into) {clip} "
                "(for|over|in|within) {length}"
            ),
        ),
    ),
)

JOIN_MODIFIERS_EN: Table = (
    (joining.then_clip, ("[(with|then|also) ]{clip_file}",)),
    (joining.then_front, ("{clip_file} (<at_front>)",)),
    (joining.then_back, ("{clip_file} (<at_back>)",)),
    (
        joining.then_crossfade,
        (
            "[with |using |over |by |through ]{length} (<dissolve>)",
            "(with|using|over|by|through) (<dissolve>)",
            "(with|using|over|by|through) (<dissolve>) (of|over|for|lasting) {length}",
            "(<dissolve>)[ [of |over |for |lasting ]{length}]",
            "(crossfading|dissolving|overlapping)[ (for|over|by|them for) {length}]",
            "(crossfade|dissolve|fade) (over it|over cut|between them|between parts)[ (for|over|in) {length}]",
            "(crossfade|dissolve|fade) (cut|join|gap)[ (for|over|in) {length}]",
            "(crossfade|dissolve|fade)[ in] between[ for {length}]",
        ),
    ),
    (
        joining.then_hold,
        (
            "(for|lasting|shown for|standing for|that lasts|showing for|held for) {length}",
            "(show|hold|display|keep) it for {length}",
        ),
    ),
)

JOIN_WORDS_ZH = {
    "join": "拼接|拼起来|拼在一起|合并|合并到一起|连接|连起来|接起来|连在一起|接上",
    "joined_on": "接上|接|加上|加入|添加|插入|加|拼接|拼上|连接|放上|放|播放|播|使用|用",
    "put_to": "接在|加在|拼在|放在|插在|接到|拼到|加到|放到|插到|插入到|添加到",
    "front": "前面|最前面|开头|开始|之前|前|片头|最开头|最开始|开头处",
    "back": "后面|结尾|末尾|最后|之后|片尾|最后面|结尾处",
    "dissolve": "交叉淡化|叠化|溶解|淡入淡出|交叉溶解|过渡|转场|渐变",
    "one": "一张|一段|一个|一条|张|段|个|条",
}

_SEVERAL_ZH = "{clip}[(和|、|,|跟|与|以及){second:clip}][(和|、|,|跟|与|以及){third:clip}]"

JOIN_HEADS_ZH: Table = (
    (
        do.refuse("which_clip"),
        ("[<ba>][<video>](<join>)[在一起|起来]", "(<join>)(两个|几个|这些|多个|所有)[视频|片段]"),
    ),
    (
        joining.in_front,
        (
            f"[在][<video>][的](<front>)(<joined_on>)[<one>]{_SEVERAL_ZH}",
            "(<joined_on>)[<one>]{clip}(作为|当作|当|做|作)(片头|开头|开场)",
            "(加|加上|添加|放|放上|用)[<one>]片头[:|用|是|为]{clip}",
            f"[<ba>]{_SEVERAL_ZH}(<put_to>)[<video>][的](<front>)",
            f"(用|以|由){_SEVERAL_ZH}(开头|开场|作为开头|做开头|当开头|作为片头|做片头|当片头|作片头)",
        ),
    ),
    (
        joining.join,
        (
            "[<ba>][<video>](和|跟|与|同){clip}(<join>)[在一起|起来]",
            "{clip}(<join>)[在一起|起来]",
            f"[在][<video>][的](<back>)(<joined_on>)[<one>]{_SEVERAL_ZH}",
            "(<joined_on>)[<one>]{clip}(作为|当作|当|做|作)(片尾|结尾|收尾)",
            "(加|加上|添加|放|放上|用)[<one>]片尾[:|用|是|为]{clip}",
            "(<join>)[上|到]{clip}",
            f"[<ba>]{_SEVERAL_ZH}(<put_to>)[<video>][的](<back>)",
            f"(用|以|由){_SEVERAL_ZH}(结尾|收尾|作为结尾|做结尾|当结尾|作为片尾|做片尾|当片尾|作片尾)",
        ),
    ),
    (joining.crossfade, ("(交叉淡化|淡化|叠化|溶解)(到|至){clip}",)),
)

JOIN_MODIFIERS_ZH: Table = (
    (joining.then_clip, ("{clip_file}",)),
    (
        joining.then_crossfade,
        (
            "[中间|之间|接缝处|接缝|衔接处][用|带|加|以|加上|使用|并](<dissolve>)[持续|时长|为|时间]{length}",
            "[用|带|加|以|加上|使用|并]{length}[的](<dissolve>)",
            "[中间|之间|前后|两边|两段|接缝处|接缝|衔接处][用|带|加|以|加上|使用|并](交叉淡化|叠化|溶解|淡入淡出|交叉溶解)",
        ),
    ),
    (joining.then_hold, ("[显示|持续|停留|展示|播放|放]{length}",)),
)
