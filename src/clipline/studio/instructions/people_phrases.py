"""How people and things are taken out, filled and hidden, as said in English and Chinese.

`alone_phrases.py` has how they are kept alone; `grammar.py` says how templates are written.
"""

from __future__ import annotations

from clipline.studio.instructions import actions as do
from clipline.studio.instructions import modifiers
from clipline.studio.instructions.alone_phrases import (
    ALONE_HEADS_EN,
    ALONE_HEADS_ZH,
    ALONE_WORDS_EN,
    ALONE_WORDS_ZH,
)
from clipline.studio.instructions.grammar import Table

__all__ = [
    "PEOPLE_HEADS_EN",
    "PEOPLE_HEADS_ZH",
    "PEOPLE_MODIFIERS_EN",
    "PEOPLE_MODIFIERS_ZH",
    "PEOPLE_WORDS_EN",
    "PEOPLE_WORDS_ZH",
]

PEOPLE_WORDS_EN = {
    **ALONE_WORDS_EN,
    "remove": (
        "remove|removing|delete|deleting|erase|erasing|get rid of|getting rid of|take out|take away|eliminate|edit out"
        "|wipe out|wipe away|paint out|clear away|drop|clean up|do away with|lose|zap|ditch|nuke"
    ),
    "fill": (
        "fill|fill in|filling|paint|paint over|color|colour|color in|colour in|cover|cover up|mask|mask out|tint|"
        "block out"
    ),
    "blur": "blur|blurring|blur out|defocus|unfocus",
}

PEOPLE_HEADS_EN: Table = (
    (
        do.remove,
        (
            "<remove> {who}[ (from|in|on) <video>]",
            "(take|get|wipe|edit|paint) {who} (out|away)[ of <video>]",
            "make {who} (disappear|vanish|invisible|go away)",
            "{who} [should be |must be |shall be |to be |can be ](removed|gone|erased|deleted|taken out)",
            "removal of {who}",
            (
                "replace {who} (with|by) [real |original |clean |empty |matching ](background|background behind|"
                "scenery|scene)[ behind (it|them|him|her)]"
            ),
        ),
    ),
    (do.several, ("<fill> {who}(,|[,] and) {second:who}[[,] and {third:who}] (with|in|by|using) {solid}",)),
    (
        do.fill_person,
        (
            "<fill> {who} [in |out |over |up ](with|in|by|using) {solid}",
            "(paint|color|colour|make|turn|tint|fill) {who} {color}",
            "<replace> {who} (with|by|to|into|for) {solid}",
            "(put|place|lay) {solid} over {who}",
            "(make|turn|change|convert) {who} [into ]{color} silhouette",
            "(hide|censor|obscure|block out) {who} (with|behind|under|by) {solid}",
            "black out {who}",
            "black {who} out",
        ),
    ),
    (
        do.replaced,
        (
            "(<replace>|cover|cover up|hide) {who} (with|by|to|into|for|behind) {image}",
            "(put|place|lay) {image} (over|on|on top of|in place of|instead of) {who}",
        ),
    ),
    # --- people hidden
    (
        do.blur_out,
        (
            "[{strength} ]<blur> {who}",
            "(make|turn) {who} [{strength} ](blurry|blurred|out of focus)",
            "{who} (should be|must be|shall be|to be) [{strength} ](blurry|blurred|out of focus)",
            "(add|apply|put) [{strength} ]blur[ effect] (to|on|over) {who}",
        ),
    ),
    (
        do.pixelate,
        (
            "(pixelate|pixellate|pixelize|mosaic) {who}",
            "{who} (should be|must be|shall be|to be) (pixelated|censored|anonymised|anonymized)",
            "(add|apply|put) (mosaic|pixelation|pixels)[ effect] (to|on|over) {who}",
        ),
    ),
    (do.hide, ("(censor|anonymize|anonymise|obscure|hide) {who}",)),
    *ALONE_HEADS_EN,
)

PEOPLE_MODIFIERS_EN: Table = (
    (
        modifiers.then_fill,
        (
            (
                "(fill|filling|paint|painting|color|colour|cover|covering|patch) [in |over |up |out ][<hole> ][in |"
                "up |over ](with|in|using|by) {fill}"
            ),
            "(<replace>|replaced|replacing) [<hole> ](with|by|to|into|for) {fill}",
            "(make|paint|color|colour|turn|fill) <hole> {color}",
            (
                "(put|place|use|show|leave|insert|have) {fill} (instead|there|in (its|their|his|her) place|in place "
                "of <hole>|in place|in its stead)"
            ),
            "by (filling|replacing|covering|painting) [<hole> ][in |over ](with|by|in) {fill}",
            "(leave|leaving) [solid |plain ]{color}[ behind| there]",
            "filled [in ](with|by) {fill}",
        ),
    ),
    (modifiers.then_alone_as_well, ("(,|and|as well as|plus|&) {who} from (<background>|rest|everything else)",)),
    (modifiers.then_as_well, ("(,|and|as well as|plus|&) [also ]{who}[ (from|in) <video>]",)),
    (
        modifiers.then_sharp,
        ("(,|and|but|while) (keep|leave|keeping|leaving) {who} [in ](sharp|focus|clear|crisp|unblurred|visible)",),
    ),
    (
        modifiers.then_kept,
        ("(keep|leave|keeping|leaving|preserve) {who}[ as (they are|it is|is)| untouched| unchanged| intact]",),
    ),
    (
        modifiers.then_reveal,
        (
            (
                "(fill|filling|replace|patch|restore|reconstruct|inpaint) [in |up ][<hole> ](with|by|using) "
                "[matching |original |surrounding |clean |real |empty ](background|scenery|surroundings|scene)[ "
                "behind <hole>]"
            ),
            (
                "(reconstruct|restore|rebuild|reveal|show|fill in) [what is behind|background|background behind|"
                "scenery][ <hole>]"
            ),
        ),
    ),
    (
        modifiers.then_behind,
        (
            "(on|against|over|onto|in front of|before|upon|with) {fill} (background|backdrop)",
            "(on|against|over|onto|in front of|upon) {fill}",
            "(fill|make|paint|turn|color|colour) <rest> [with |in |to ]{fill}",
            "<rest> (should be|must be|is|in|to be|:) {fill}",
        ),
    ),
    (
        modifiers.then_bars,
        (
            "(fill|make|paint|turn|color|colour) (bars|borders|padding|margins) [with |in ]{color}",
            "(with|in|on|using) {color}[ bars| borders| padding| border| margins| background]",
        ),
    ),
    (
        modifiers.then_blur,
        (
            "{strength}",
            "[(by|at|to|with|of) ]{share}[ strength| intensity| blur]",
            "(with|using|of|by|at) [radius |strength ][of ]{number}[ pixels| px| pixel]",
            "radius {number}[ pixels| px]",
            "with {strength} (blur|strength|radius|effect)",
            "{strength} blur",
        ),
    ),
)

PEOPLE_WORDS_ZH = {
    **ALONE_WORDS_ZH,
    "gone": "不要|都不要|全不要|全都不要|全部不要",
    "remove": (
        "去掉|去除|移除|移走|移除掉|删除|删除掉|删掉|删去|抹掉|抹去|抹除|擦除|擦掉|擦去|消除|消掉|清除|清除掉|"
        "清掉|弄掉|弄走"
        "|除去|除掉|移掉|p去|修掉|拿掉|拿走|隐去|p掉|剔除|弄没|剪除"
    ),
    "filled": "填充成|填充为|填成|填为|涂成|涂为|染成|填充|填满|覆盖成|覆盖为|涂满|涂上|填上|盖上|遮成|填|涂",
    "cover": "填充|填满|覆盖|替换|代替|替代|盖住|遮住|遮盖|涂满|填补|补上|填上|遮挡|取代|填起来|盖上|替换掉|换掉|涂抹",
    "blur": (
        "虚化|模糊|模糊化|模糊处理|虚化处理|模糊掉|虚化掉|弄模糊|变模糊|打模糊|做虚化|做模糊|虚掉|进行虚化|"
        "进行模糊|进行模糊处理|进行虚化处理"
        "|做虚化处理|做模糊处理"
    ),
}

PEOPLE_HEADS_ZH: Table = (
    (
        do.remove,
        (
            "[<ba>]{who}[(从|在)<video>[<in>]][<both>|完全|彻底]<remove>",
            "{who}<gone>",
            "[从<video>[<in>]]<remove>[<video>[<in>][的]]{who}",
            "让{who}[从<video>[<in>]](消失|不见|消失掉|隐身)",
            "(抠掉|扣掉){who}",
            "[<ba>]{who}(抠掉|扣掉)",
            "[<ba>]{who}(<become>|用)[后面的|身后的|真实的|原来的|干净的]背景[<cover>]",
        ),
    ),
    (
        do.several,
        (
            "[<ba>]{who}<also>{second:who}[<also>{third:who}][<both>](<remove>|<gone>)",
            "[<ba>]{who}<also>{second:who}[<also>{third:who}][<both>](<become>|<filled>)[了]{solid}",
        ),
    ),
    (
        do.fill_person,
        (
            "[<ba>]{who}(<become>|<filled>)[了]{solid}",
            "[<ba>]{who}[都|全部]用{solid}<cover>[掉|起来]",
            "用{solid}<cover>[掉|住]{who}",
            "给{who}(<filled>){color}",
            "(<cover>|填充){who}(为|成){solid}",
            "(让|使){who}(变|变成|变为)[了]{color}",
        ),
    ),
    (
        do.replaced,
        (
            "[<ba>]{who}(<become>)[了]{image}",
            "用{image}(替换|代替|替代|换掉|遮住|挡住|盖住|取代){who}",
            "[<ba>]{who}用{image}(替换|代替|替代|换掉|遮住|挡住|盖住|取代)[掉]",
        ),
    ),
    # --- people hidden
    (
        do.pixelate,
        (
            "[给|对|<ba>]{who}[<also>{second:who}][<both>](打码|打上码|打上马赛克|打马赛克|加马赛克|加上马赛克|像素化|马赛克处理|做马赛克处理)",
            "(像素化|马赛克){who}",
        ),
    ),
    (
        do.blur_out,
        (
            "[<ba>|对|给]{who}[做|进行]{strength}[地|的]<blur>[效果]",
            "[<ba>|对|给]{who}[<also>{second:who}][<both>][做|进行|加|加上]<blur>[效果]",
            "[{strength}][地]<blur>[一下|掉]{who}",
        ),
    ),
    *ALONE_HEADS_ZH,
)

PEOPLE_MODIFIERS_ZH: Table = (
    (
        modifiers.then_fill,
        (
            "[<ba>][<it>](<become>|<filled>)[了]{fill}",
            "(用|以|拿){fill}[来](<cover>)[<it>|掉]",
            "(<cover>|填充)[<it>](为|成|上){fill}",
            "(留下|露出){color}",
        ),
    ),
    (
        modifiers.then_reveal,
        (
            "(用|以)[后面的|周围的|原来的|真实的|干净的](背景|周围|环境)[来](<cover>|修复|补全|还原)[<it>]",
            "(补全|还原|修复|恢复|填补)[后面的|身后的|被挡住的|原来的]背景",
        ),
    ),
    (
        modifiers.then_behind,
        (
            "(放在|放到|置于|配|配上|换上|加上|放进){fill}[背景][上|里|中|下|前|前面|背景上]",
            "(用|配|加|配上){fill}(背景|底色)",
            (
                "(其余|其他|其它|剩下的|其余部分|其他部分|其他地方|其余的)[部分|地方|都|的|全部](<become>|<filled>|"
                "用|为|是){fill}"
            ),
        ),
    ),
    (
        modifiers.then_bars,
        (
            "(用|配|加|配上){color}[的][背景|底|底色|边|边框|填充|补边]",
            "{color}[的](边|底|边框|填充|底色)",
        ),
    ),
    (
        modifiers.then_blur,
        (
            "[得|程度|强度|力度]{strength}[地]",
            "[再](模糊|虚化)[得|的|地]{strength}",
            "(半径|强度|半径为|强度为|虚化半径|模糊半径)[为|是|:]{number}[像素|px]",
            "(程度|强度|力度)[为|是|:]{strength}",
            "[到|程度|强度|力度][为|是|:]{share}",
        ),
    ),
)
