"""How things are said about writing, in English and Chinese. `grammar.py` says how templates are written."""

from __future__ import annotations

from clipline.studio.instructions import actions as do
from clipline.studio.instructions import lettering
from clipline.studio.instructions.grammar import Table

__all__ = [
    "TITLE_HEADS_EN",
    "TITLE_HEADS_ZH",
    "TITLE_MODIFIERS_EN",
    "TITLE_MODIFIERS_ZH",
    "TITLE_WORDS_EN",
    "TITLE_WORDS_ZH",
]

TITLE_WORDS_EN = {
    "strap": (
        "lower third|lower-third|lowerthird|lower 3rd|lower third title|lower third graphic|name tag|nametag|"
        "name strap|name plate|nameplate|name bar|name caption|name title|chyron"
    ),
    "plate": "plate|box|panel|bar|strip|banner|plaque|background|backdrop|background box|background bar|text box",
    "writing": "letters|text|font|type|writing|characters|lettering|size|font size|text size|letter size",
}

TITLE_HEADS_EN: Table = (
    (
        lettering.lower_third,
        (
            (
                "[<add> ]<strap>[ to <video>| in <video>| on <video>][ for| saying| that says| with| reading| of|:]"
                "[ name| text| title] {quoted}[ (,|and|, and|with|as|-|–|—|:|/|under it|below|over)]"
                "[ (line|subtitle|title|role|job|second line)] {line:quoted}"
            ),
            (
                "[<add> ]<strap>[ to <video>| in <video>| on <video>][ for| saying| that says| with| reading| of|:]"
                "[ name| text| title] {quoted}"
            ),
            "[<add> ]{quoted}[ (,|and|with|-)] {line:quoted} as <strap>",
            "[<add> ]{quoted} as <strap>",
        ),
    ),
    (do.refuse("no_name"), ("<add> <strap>[ to <video>]", "<strap>")),
    (
        do.title,
        (
            "[<add> ][<title> ][<saying> ]{said}",
            "[<add> ]<title>[ to <video>| in <video>| on <video>][ <saying>][ <saying>] {quoted}",
            "[<add> ]<title>: {quoted}",
            "<add> {color} <title>[ <saying>] {quoted}",
            "<add> {letters}[,][ and] [{color} ]<title>[ <saying>] {quoted}",
            "[<add> ]{quoted} [as |for ][opening |intro ]<title>",
            "(title|name|caption|label) <video>[ as| :| with] {quoted}",
            "(call|name) it {quoted}",
            "(say|says) {quoted}",
            "[(<add>) ]title {bare}",
            "[(<add>) ]<title> (saying|that says|which says|reading|that reads|called) {bare}",
            "[<add> ]<title>[ ]: {bare}",
            "<add> <title> {proper}",
            "[<add> ]<title> (at|in|on|to) {position}[ corner| of <video>][ <saying>]: ({quoted}|{proper})",
            "<add> <title> [for ]{length}: {quoted}",
            "<add> <title> (for|during|in) first {length}: {quoted}",
        ),
    ),
    (
        do.refuse("no_text"),
        (
            (
                "<add> (title|caption|text|heading|headline|title text|text title|text overlay|title card)[ to "
                "<video>| on <video>]"
            ),
        ),
    ),
)

TITLE_MODIFIERS_EN: Table = (
    (
        lettering.then_size,
        (
            "(in|with|of|using) {letters}[ <writing>]",
            "[(of|at|with|in) ](size|font size|text size|letter size|height) ({letters}|{height})",
            "(in|with|using) {letters} {color} <writing>",
            "{letters} {color} <writing>",
            "{letters} <writing>",
            "{letters}",
        ),
    ),
    (
        lettering.then_shadow,
        ("[with |and ][drop |soft ](shadow|drop-shadow)[ under it| behind it| instead of outline]",),
    ),
    (lettering.then_no_edge, ("(without|no) [any ](outline|edge|border|stroke|edges)",)),
    (lettering.then_outline, ("with [black |thin ](outline|edge|stroke)",)),
    (
        lettering.then_plate,
        (
            (
                "(on|over|with|against) [half transparent |transparent |semi-transparent |translucent ]"
                "[{color} ]<plate>[ behind it| under it| behind]"
            ),
            "<plate> (in|of) {color}",
        ),
    ),
    (lettering.then_side, ("[(on|at|in|to) ]{side}[ side| corner| half][ of <video>| of screen]",)),
    (lettering.then_color, ("(in|using|with) {color}[ <writing>]",)),
    (
        lettering.then_slide,
        (
            "[that |which ](slide|slides|sliding|slid)[ in| in and out| in from side]",
            "with [a ]slide[-in| in| animation]",
        ),
    ),
    (
        lettering.then_at_once,
        ("(without|no) [any ](animation|animations|fade|fading|fades|transition)", "(cutting|cut) in", "at once"),
    ),
)

TITLE_WORDS_ZH = {
    "strap": (
        "字幕条|人名条|人名字幕条|人名字幕|名字条|姓名条|名条|人名牌|姓名牌|名牌|下三分之一字幕|下三分之一标题|"
        "下方字幕条|角标字幕"
    ),
    "plate": "底板|底色|背景板|衬底|背景条|底条|背景|色块|底",
}

TITLE_HEADS_ZH: Table = (
    (
        lettering.lower_third,
        (
            (
                "[给<video>|在<video>[<in>]|<video>[<in>]](<add>)[<a>]<strap>[<saying>][,][名字|姓名][是|为|:]{quoted} "
                "[,|、|和|/|-][职务|头衔|身份|副标题|第二行|下面一行|下面][是|写|为|:]{line:quoted}"
            ),
            "[给<video>|在<video>[<in>]|<video>[<in>]](<add>)[<a>]<strap>[<saying>][,][名字|姓名][是|为|:]{quoted}",
            "[<add>]{quoted} [,|、|和] {line:quoted}(作为|做|当作|的)<strap>",
            "[<add>]{quoted}(作为|做|当作|的)<strap>",
            "<strap>[<saying>|:]{quoted} [,|、|和] {line:quoted}",
            "<strap>[<saying>|:]{quoted}",
        ),
    ),
    (do.refuse("no_name"), ("[给<video>|在<video>[<in>]](<add>)[<a>]<strap>", "<strap>")),
    (
        do.title,
        (
            (
                "[给<video>|在<video>[<in>]|<video>[<in>]](<add>)[<a>][<title>][<saying>]{said}[<title>|几个字|"
                "的<title>|这几个字]"
            ),
            ("[给<video>|在<video>[<in>]|<video>[<in>]](<add>)[<a>](字|字幕|字样|几个字)[<saying>]{said}"),
            "(字幕|字)(写上|写着|写|打上|显示|内容是|内容为){said}",
            "[给<video>|在<video>[<in>]|<video>[<in>]](<add>)[<a>]{color}[的][{letters}[的]]<title>[<saying>]{quoted}",
            "[给<video>|在<video>[<in>]|<video>[<in>]](<add>)[<a>]{letters}[的][{color}[的]]<title>[<saying>]{quoted}",
            "[给<video>|在<video>[<in>]|<video>[<in>]](<add>)[<a>][写着|内容为|内容是|叫|名为|为]{quoted}[的]<title>",
            "[给<video>|在<video>[<in>]|<video>[<in>]][<add>][<a>]<title>[<saying>][<saying>]{quoted}",
            "[<ba>|用|以]{quoted}(作为|当作|做|设为|加为|做为|当|作)[<title>|片头]",
            "[给<video>|在<video>[<in>]](<add>)[<a>]<title>[<saying>][<saying>]{bare}",
            "(标题|题目)(<saying>){bare}",
            "(标题|题目){bare}",
        ),
    ),
    (
        do.title_at_end,
        ("[在](结尾|片尾|末尾|最后)[处](<add>)[<a>][<title>][<saying>]{said} [,][停留|显示|持续|展示|出现]{length}",),
    ),
    (do.refuse("no_text"), ("[给<video>|在<video>[<in>]](<add>)[<a>]<title>",)),
)

TITLE_MODIFIERS_ZH: Table = (
    (
        lettering.then_size,
        (
            "[用|使用|字号|大小|字体|字]{letters}[一点|一些|点][的][字|字体|字号|文字]",
            "(字号|大小|高度)[为|是|:]{height}",
        ),
    ),
    (lettering.then_shadow, ("[带|加|有|加上|用](阴影|投影)[效果]",)),
    (lettering.then_no_edge, ("(不要|无|没有|不带|去掉)(描边|边框|轮廓)",)),
    (lettering.then_outline, ("[带|加|有|加上](描边|轮廓)",)),
    (
        lettering.then_plate,
        (
            "[带|加|用|有|配|放在]{color}[的|半透明]<plate>[上]",
            "[带|加|用|有|配](半透明)[的]<plate>",
            "[带|加|配](底板|背景板|衬底|背景条)",
        ),
    ),
    (lettering.then_side, ("[显示在|放在|位于|在|靠|放到][<video>|屏幕][的]{side}[显示]",)),
    (lettering.then_color, ("[用|使用|颜色|文字]{color}[的][字|文字|字体]",)),
    (lettering.then_slide, ("[从左|从右|从侧面|带|用](滑入|滑动进入|滑进来|滑动|滑入滑出)[效果|动画]",)),
    (lettering.then_at_once, ("(不要|没有|无|不带)(动画|淡入淡出|效果)",)),
)
