"""How things are said about backgrounds, in English and Chinese. `grammar.py` says how templates are written."""

from __future__ import annotations

from clipline.studio.instructions import actions as do
from clipline.studio.instructions.grammar import Table

__all__ = [
    "BACKGROUND_HEADS_EN",
    "BACKGROUND_HEADS_ZH",
    "BACKGROUND_WORDS_EN",
    "BACKGROUND_WORDS_ZH",
]

BACKGROUND_WORDS_EN = {
    "background": (
        "background|backdrop|back ground|bg|video background|photo background|image background|background of <video>"
        "|background in <video>|video's background|photo's background|picture's background|image's background"
        "|background behind [all ](person|people|speaker|subject|man|woman|everyone|me|him|her|them)"
        "|everything behind (person|people|speaker|subject|everyone|me|him|her|them)"
    ),
}

BACKGROUND_HEADS_EN: Table = (
    (
        do.background,
        (
            "<replace> <background>[ color| colour] (with|to|into|for|by|as) {fill}",
            "[<replace> ]<background>[ color| colour]: {fill}",
            "(make|turn|paint|color|colour|render|set|fill|have) <background> [(in|with|to|be|as|into) ]{fill}",
            (
                "<background>[ color| colour] (to be|should be|must be|shall be|is|becomes|become|to|as|in|=|:|"
                "replaced with"
                "|replaced by|changed to|set to|change to|change into|turn to|turn into|switch to) {fill}"
            ),
            (
                "[with |on |against |use |add |want |get |put |apply |have |insert |put on |set |give me |give it ]"
                "{paint} "
                "(background|backdrop)"
            ),
            "(use|add|put|insert|apply|set|with|have|on|put in|give it) {fill} (background|backdrop)",
            "[(use|add|insert|with|apply|put on) ]{screen}",
            "(use|put|place|set|add|insert|take|have) {fill} (as|for|in|into) <background>",
            "(put|place|insert|add|show|set) {fill} behind {who}",
            "(put|place|set|show|move) {who} (on|in front of|against|over|before|onto|in) {fill}[ background]",
            "(give|get) {who} {fill} background",
            "give <video> {fill} background",
            "(can|could) <background> be [made |turned |changed to ]{fill}",
            "<background>[ color| colour] {paint}",
        ),
    ),
    (
        do.background_removed,
        (
            "<remove> <background>[ from <video>| completely| entirely]",
            "(cut|key|knock|crop) out <background>",
            "(cut|key|take) <background> out",
            "background removal",
            "no background",
            "strip <background>",
        ),
    ),
    (
        do.background_blurred,
        (
            "[{strength} ]<blur> <background>[ of <video>]",
            "(add|apply|use|want|put|do) [{strength} ](blur|blurring|bokeh)[ effect] (to|on|in|for) <background>",
            "[(add|apply|use) ][{strength} ]background blur[ effect]",
            "<blur> everything behind (person|people|speaker|subject|man|woman|me|everyone|them)",
            "(make|keep|put|throw) <background> [{strength} ](blurry|blurred|out of focus)",
        ),
    ),
    (
        do.refuse("which_fill"),
        ("<replace> <background>", "new background", "(other|another|different|better) background"),
    ),
    (
        do.refuse("which_fill"),
        (
            (
                "<replace> <background> (with|to|into|for|by) (something|something else|anything|another one|other "
                "one|different one|new one)"
            ),
        ),
    ),
)

BACKGROUND_WORDS_ZH = {
    "background": (
        "背景|视频背景|视频的背景|画面背景|画面的背景|人物背景|人物的背景|人的背景|人物后面的背景|"
        "人物身后的背景|背景部分|背景画面"
        "|视频里的背景|视频中的背景|画面中的背景|原背景|背景颜色|背景色|底色|照片背景|照片的背景|图片背景|图片的背景"
        "|这张照片的背景|这张图片的背景|这张图的背景|这段视频的背景|这个视频的背景"
    ),
}

BACKGROUND_HEADS_ZH: Table = (
    (
        do.background,
        (
            "[<ba>]<background>[的颜色]<become>[了]{fill}[背景|作为背景]",
            "(让|使)<background>(变|变成|变为|是|为)[了]{paint}[的]",
            "(更换|替换|换|改|更改|换掉|变换|设置)[掉|一下]<background>(为|成|到|:){fill}",
            "[<ba>]<background>[都|全部]用{fill}<cover>[掉|住]",
            "用{fill}(替换|代替|更换|换掉|替代|取代|替换掉|覆盖|填充)<background>",
            "(用|以|使用|<ba>){fill}(作为|当作|做|当|作|做为|设为|设置为|设成)[人物的|视频的|新的|新]<background>",
            "<background>[颜色|要|应该][用|为|是|要|要用|改用|使用|采用|:|=|要换成|填充为|填充|填成|要变成]{paint}[的]",
            "<background>(换|改|换个|改个){paint}[的]",
            "<background>(用|改用|使用|采用|是|为|:|填充为|填充){fill}",
            "[给<video>][换|换个|换成|用|加|添加|改用|要|换上|加上|放上|使用|来][个|一个|一张|上]{paint}[的]<background>",
            "(换|用|加|添加|改用|换上|加上|放上|使用)[个|一个|一张|上]{fill}[作为|当|做|的]<background>",
            "[用|加|使用|换成|换上]{screen}",
            (
                "(<ba>|让){who}(放在|放到|置于|放进|站在|换到){fill}[上|前|前面|里|中|背景上|背景前|背景里|背景中|之上|"
                "的背景上|的背景前|的背景里]"
            ),
            "[在]{who}(后面|身后|背后|后)(放|加|放上|加上|换成|用){fill}",
            "(抠像|抠图|人像抠图|抠人|抠像后|抠图后)[,](换成|换上|换背景|换|换为|放到|放在|背景换成|背景用){fill}[上|里|前|背景]",
            "给<background>[<filled>|换上|换成|加上]{fill}",
        ),
    ),
    (
        do.background_removed,
        (
            "(<remove>|抠掉|抠除|扣掉|去|抠|扣|抠去)<background>",
            "[<ba>]<background>[全部|都|完全](<remove>|抠掉|抠除|扣掉|抠去)",
            "去背|去底|抠背景|无背景|去背景处理",
            "让<background>(消失|变透明|透明)",
        ),
    ),
    (
        do.background_blurred,
        (
            "[<ba>]<background>[做|进行]{strength}[地|的]<blur>[效果]",
            "[<ba>]<background>[做|进行|加|加上]<blur>[效果]",
            "[<ba>]<background>(虚化|模糊)[得|度|程度][{strength}]",
            "[{strength}][地]<blur>[一下|掉]<background>",
            "(给|对)<background>(加|加上|做|添加|进行|加个|做个)[{strength}][的](模糊|虚化)[效果|处理]",
            "(加|加上|添加|做)[{strength}][的](背景虚化|背景模糊)[效果]",
        ),
    ),
    (
        do.refuse("which_fill"),
        (
            "[<ba>](换|更换|替换|改|改变|更改|换一个|换个|换一下|换掉)[一个|个|新的|新|别的|其他的]<background>",
            "[<ba>]<background>(换|换掉|替换|更换|改)[掉|一个|一下]",
        ),
    ),
)
