"""How people and things are kept alone, and all else is changed, as said in English and Chinese.

`grammar.py` says how templates are written.
"""

from __future__ import annotations

from clipline.studio.instructions import actions as do
from clipline.studio.instructions.grammar import Table

__all__ = ["ALONE_HEADS_EN", "ALONE_HEADS_ZH", "ALONE_WORDS_EN", "ALONE_WORDS_ZH"]

ALONE_WORDS_EN = {
    "isolate": (
        "isolate|isolating|keep only|only keep|keep just|just keep|leave only|only leave|show only|only show|extract"
        "|single out|separate|segment"
    ),
    "all_but": (
        "(everything|all|anything|whatever)[ else] (but|except|except for|other than|apart from|besides|around|"
        "outside|outside of|that is not|that's not|that isn't|which is not)"
    ),
}

_AND_MORE_EN = "[[,] and {second:who}]"

ALONE_HEADS_EN: Table = (
    (
        do.isolate,
        (
            f"<isolate> {{who}}{_AND_MORE_EN} from (<background>|rest|everything else|surroundings)",
            f"<isolate> {{who}}{_AND_MORE_EN}[ only| alone]",
            f"keep {{who}}{_AND_MORE_EN} (only|alone)",
            "(only|just|nothing but) {who}",
            "{who} (only|alone)",
            f"(remove|delete|erase|cut|take out|get rid of|hide) <all_but> {{who}}{_AND_MORE_EN}",
            f"(make|turn|paint|color|colour|fill|set) <all_but> {{who}}{_AND_MORE_EN} [with |in |into |to ]{{fill}}",
            f"<replace> <all_but> {{who}}{_AND_MORE_EN} (with|by|into|to) {{fill}}",
            f"<all_but> {{who}}{_AND_MORE_EN} (should be|must be|shall be|is|becomes|to be|in|:) {{fill}}",
        ),
    ),
    (do.blurred_around, (f"[{{strength}} ]<blur> <all_but> {{who}}{_AND_MORE_EN}",)),
    (
        do.cut_out,
        ("cut out {who}", "cut {who} out", "make cutout of {who}"),
    ),
    (do.refuse("out_or_alone"), ("crop out {who}", "crop {who} out")),
)

ALONE_WORDS_ZH = {
    "all": "(一切|所有|全部)[的][东西|内容|物体|部分|地方]|东西|内容|部分|区域|地方|画面",
    "others": ("(其他|其余|其它|剩下|剩余|所有其他)[的][所有|一切][的][东西|内容|物体|部分|区域|地方|画面]"),
    "but": "(以外|之外|外)[的]",
    "both": "都|全部|全都|全|统统|一律",
}

_THEM_ZH = "{who}[<also>{second:who}]"
#: All but those who are named: 除了人以外，其他地方都, 人以外的部分, 除了狗其他.
_ALL_BUT_ZH = (
    f"[<ba>](除|除了|除开){_THEM_ZH}[<but>][,][<ba>](<all>|<others>)[<both>]",
    f"[<ba>][除|除了|除开]{_THEM_ZH}<but>[,][<ba>][<all>|<others>][<both>]",
)

ALONE_HEADS_ZH: Table = (
    (
        do.isolate,
        (
            f"(只保留|仅保留|只留下|只留|单独保留|只显示|仅显示|只要|单独留下){_THEM_ZH}[的部分|部分]",
            f"[<ba>]{_THEM_ZH}[单独](分离|隔离|提取|单独提取|分割|隔离开|独立|孤立)[出来|开来|出|下来|开]",
            f"(提取|隔离|分离|分离出|提取出|单独提取|单独提取出|分割出|孤立){_THEM_ZH}",
            f"<remove>[除|除了]{_THEM_ZH}<but>(<all>|<others>)",
        ),
    ),
    (
        do.rest_removed,
        (*(f"{all_but}(<remove>|<gone>)" for all_but in _ALL_BUT_ZH), f"(除|除了){_THEM_ZH}<both>[<remove>|<gone>]"),
    ),
    (do.isolate, tuple(f"{all_but}(<become>|<filled>)[了]{{fill}}" for all_but in _ALL_BUT_ZH)),
    (
        do.blurred_around,
        (
            *(f"{all_but}[{{strength}}[地]]<blur>" for all_but in _ALL_BUT_ZH),
            f"(除|除了){_THEM_ZH}<both>[{{strength}}[地]]<blur>",
            f"<blur>[除|除了]{_THEM_ZH}<but>(<all>|<others>)",
            f"(只有|让|保持){_THEM_ZH}(清晰|清楚)[,](<others>)[<both>]<blur>",
        ),
    ),
    (
        do.cut_out,
        (
            f"(抠出|扣出|抠取|抠){_THEM_ZH}",
            f"[<ba>]{_THEM_ZH}[单独](抠|扣|抠图|单独抠)[出来|出|下来]",
            "人像抠图|人物抠图|人物抠像|人像抠像|抠像|抠图|抠人像|抠人",
        ),
    ),
)
