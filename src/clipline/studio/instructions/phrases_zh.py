"""What is understood in Chinese. Spaces beside Chinese characters are gone before these templates are tried."""

from __future__ import annotations

from clipline.studio.instructions import actions as do
from clipline.studio.instructions import cutting, modifiers, showing
from clipline.studio.instructions.background_phrases import BACKGROUND_HEADS_ZH, BACKGROUND_WORDS_ZH
from clipline.studio.instructions.grammar import NOTHING, Phrases, Table
from clipline.studio.instructions.join_phrases import JOIN_HEADS_ZH, JOIN_MODIFIERS_ZH, JOIN_WORDS_ZH
from clipline.studio.instructions.music_phrases import MUSIC_HEADS_ZH, MUSIC_MODIFIERS_ZH, MUSIC_WORDS_ZH
from clipline.studio.instructions.people_phrases import PEOPLE_HEADS_ZH, PEOPLE_MODIFIERS_ZH, PEOPLE_WORDS_ZH
from clipline.studio.instructions.shape_phrases import SHAPE_HEADS_ZH, SHAPE_WORDS_ZH
from clipline.studio.instructions.sound_phrases import SOUND_HEADS_ZH, SOUND_WORDS_ZH, VOLUME_ZH
from clipline.studio.instructions.time_phrases_zh import (
    TIME_HEADS_ZH,
    TIME_OPENERS_ZH,
    TIME_OTHERWISE_ZH,
    TIME_WORDS_ZH,
)
from clipline.studio.instructions.title_phrases import TITLE_HEADS_ZH, TITLE_MODIFIERS_ZH, TITLE_WORDS_ZH
from clipline.studio.instructions.understanding import SoundStays

__all__ = ["CHINESE"]

#: Said before a clause and asking for nothing; regular expressions, taken off again and again.
_FILLERS_BEFORE = (
    "请你|请您|请|麻烦你|麻烦您|麻烦|劳驾|拜托",
    "帮我|帮忙|帮一下忙|替我|帮(?=[把将])|给我(?=[把将去移删加裁剪截导])",
    "我想要|我想|我要|我希望|我需要|需要|希望(?!能不)|想要",
    "能不能|能否|可不可以|可以|你能|您能|你可以|能(?=[把将帮])",
    "你好|您好|嗨|哈喽",
    "首先|先|其次|接下来|最终|再|也|还要|还|顺便|就|那么|那(?![几些个只条群位辆])|另|最后(?=[把将加导输保裁给设])",
    "(?:对|在|给)(?:这个视频|这段视频|这张照片|这张图片|这张图|照片|图片)(?:里|中|上)?(?=把|将)",
    r"please,?",
    r"第[一二三四五六七八九](?:步|点)?(?:[:,]|$)",
    "指令:|要求:|任务:",
)
#: Said after a clause and asking for nothing.
_FILLERS_AFTER = (
    "谢谢你|谢谢您|谢谢啦|谢啦|谢谢|多谢|感谢|辛苦了",
    "呗|咯|喔|啦|哟",
    "好吗|可以吗|行吗|好不好|行不行|吗|吧|啊|呀|哦|嘛|了|呢|哈",
    "一下|即可|就行了|就行|就好了|就好|就可以了|就可以",
    r"please|thanks|~+|\.+",
)

_WORDS = {
    **PEOPLE_WORDS_ZH,
    **BACKGROUND_WORDS_ZH,
    **TIME_WORDS_ZH,
    **SHAPE_WORDS_ZH,
    **JOIN_WORDS_ZH,
    **SOUND_WORDS_ZH,
    **MUSIC_WORDS_ZH,
    **TITLE_WORDS_ZH,
    "ba": "把|将",
    "video": (
        "这个视频|这段视频|整个视频|整段视频|原视频|视频|片段|影片|画面|整个画面|片子|短片|素材|录像|它|影像|图像|照片|图片|相片|这张照片|这张图片|这张图|"
        "这段|视频画面"
    ),
    "in": "里面|里|中间|中|上面|上|内|当中",
    "also": "和|跟|与|、|,|以及|还有|及",
    "become": (
        "换成|换为|替换成|替换为|改成|改为|变成|变为|设成|设为|设置为|设置成|更换为|更换成|更改为|更改成|转成|"
        "转为|弄成|做成|调成"
        "|调为|换到|代替成|变|改到|换做|换作"
    ),
    "to": "到|至|成|为|得到",
    "add": (
        "加|添加|加上|加个|加入|写上|写|打上|打|插入|显示|放|放上|配上|叠加|添上|设置|放置|展示|增加|来|弄|做|添|打出"
    ),
    "a": "一个|个|一行|一段|一条|一句|一首|首|段|行|一张",
    "title": "标题|文字|题目|文本|片头标题|标题文字|文字标题|水印|文字水印",
    "because": (
        "[有点|有些|太|比较|很|实在太|都是](无聊|长|啰嗦|慢|乱|抖|暗|糊|多余|拖沓|吵|没用|没意思|废话|黑屏)[了|的][,]"
    ),
    "saying": "为|是|叫|叫做|:|内容为|内容是|写着|写|上写|写上|显示|名为|设为|改为|设置为|内容:",
    "music": "背景音乐|音乐|配乐|bgm|歌曲|背景音|歌|背景歌曲|背景乐",
    "export": "导出|输出|汇出|储存|保存|另存|转换|转码|转|生成|存|渲染|制作|压缩|下载|格式转换|编码",
    "it": (
        "它|他|她|他们|她们|它们|空白|空白处|空缺|空缺处|该区域|那里|空白区域|那个位置|原来的位置|原位置|位置|其|人|"
        "人物"
    ),
}

_HEADS: Table = (
    *PEOPLE_HEADS_ZH,
    *BACKGROUND_HEADS_ZH,
    *TIME_HEADS_ZH,
    *JOIN_HEADS_ZH,
    *SHAPE_HEADS_ZH,
    # --- titles
    *TITLE_HEADS_ZH,
    # --- the clip's own sound
    (
        do.audio_track,
        ("(用|使用|选|选择|选用|换成|切换到|切到|保留|听|播放)[<video>的]第{track}[条|个](音轨|声轨|音频轨道|音频轨)",),
    ),
    *MUSIC_HEADS_ZH,
    *SOUND_HEADS_ZH,
    # --- the file
    (
        do.export,
        (
            "[<ba>]{input}(<export>|编辑|剪辑|做|变|改|压缩|处理|换|编)(成|为|到|至|出){output}",
            "(<export>|做)[成|为|到|出|一个]{output}",
            "[编辑|剪辑|处理|<ba>]{input}[,]<export>[成|为|到|至|出]{output}",
            "(以|用|按){output}(<export>)[<video>]",
            "(格式|输出格式|文件格式|视频格式)[为|是|改为|改成|用|:|转为|转成|换成]{output}",
        ),
    ),
    (do.export_plain, ("{output}",)),
    (do.export_over, ("[<ba>][<video>](<export>)[成|为|到|出|一个][带|带有|一个]{paint}背景的{output}",)),
    # --- what is so anyway
    (lambda _heard: SoundStays(), ("保留(原声|声音|原来的声音|原视频的声音)",)),
    (
        lambda _heard: NOTHING,
        (
            "(其他|其余|其它|剩下的|别的)[部分|内容|地方|的][都][保持](不变|不动|原样|不用动)",
            "<video>[有点|有些](太长|过长|很长)",
            "(就这样|就这些|没有别的了)",
        ),
    ),
)

#: Heads only where they are the whole instruction; beside others, "从第2秒到第5秒" could belong to those.
_OPENERS: Table = (
    *TIME_OPENERS_ZH,
    (do.background_removed, ("不要<background>",)),
    (do.export_length, ("{output}",)),
)

_MODIFIERS: Table = (
    *PEOPLE_MODIFIERS_ZH,
    (
        showing.then_last,
        (
            "(持续|显示|停留|停|时长|时长为|长度|展示|出现|持续时间|持续显示|保持){length}[长|的]",
            "{length}长",
            "[显示|出现|展示|只显示][在|于](前|开头|最初|最开始|开始)[的]{length}[内|里|显示|出现|时]",
        ),
    ),
    (showing.then_bare_length, ("{length}[的]",)),
    (showing.then_all_along, ("(全程|一直|始终|从头到尾)[显示|播放|存在]", "(整个|全)(视频|片)[都][显示|播放]")),
    (
        showing.then_start,
        (
            "(从|在|于|自){point}[处|的时候|时]开始(放|播|播放)",
            "(从|在|于){point}(进|进来|响起)",
            "(在|于){point}(的地方|处|的时候|时)",
            "(从|在|于|自){point}[处|的时候|时](开始|出现|开始显示|起|开始出现|显示|弹出|开始持续)",
            "{point}(开始|出现|开始显示|起|开始出现)",
            "[在|从]{point}(之后|以后|后)[才][开始|出现|显示|开始显示][放|播|播放]",
            "在(开头|片头|开始|最开始)[显示|出现|处|的时候]",
        ),
    ),
    (cutting.then_also, ("{span}[的部分|的内容|的片段|的视频|这一段|这段|之间的内容|之间的部分|的画面]",)),
    (
        cutting.then_at_keyframes,
        ("(在|按|对齐到|对齐|于|到)[最近的]关键帧[处|上]", "(不重新编码|不用重新编码|无损|不转码|无损剪辑)"),
    ),
    *JOIN_MODIFIERS_ZH,
    (showing.then_during, ("[在|从|于]{span}[之间|期间|内|的时候|时间|这段时间][显示|出现|展示]",)),
    (showing.then_until, ("(直到|到|至){point}[为止|结束|消失]",)),
    (showing.then_at_very_end, ("[只][在|于](结尾|片尾|末尾|最后)[处|时|的时候][显示|出现]",)),
    (showing.then_at_end, ("[只][在|于](最后|结尾|末尾|倒数)[的]{length}[内|里|显示|出现|时]",)),
    (
        modifiers.then_position,
        (
            (
                "[显示在|放在|位于|置于|放到|放|在|位置在|位置|位置为|位置:|显示于|写在][<video>|"
                "屏幕][的]{position}[位置|显示|处]"
            ),
        ),
    ),
    (
        modifiers.then_title_color,
        (
            "[用|使用|以|颜色|颜色为|颜色是|字体|文字|字体颜色]{color}[的][字|文字|字体|字样|颜色|显示|标题]",
            "(文字|字体|标题|字)[为|用|是]{color}",
        ),
    ),
    (
        modifiers.then_volume,
        (
            (
                "[<ba>][背景][音乐][的](音量|声音|音量为|音量设为|音量调到|音量是|以|音量设置为|音量调为|"
                "音量降到|音量调成|用|声音大小|音乐音量)[为|到|是|:|调到|调成|设为|降到|"
                "占]{percent}[的音量|音量|的声音]"
            ),
            "{percent}[的](音量|声音)",
            "{percent}[播放|一点]",
        ),
    ),
    (
        modifiers.then_under,
        (
            (
                "[放|铺|垫|加|混][在](原声|原音|声音|人声|对白|视频|原视频|原声音|原始声音)[的](下面|下方|下|之下|"
                "底下|里|中)[播放]"
            ),
            "(作为|当|做|当作)(背景音乐|背景|bgm|配乐)",
        ),
    ),
    (
        modifiers.then_follow,
        (
            "[并|让|把|将]{who}[始终|一直](放|放在|摆在|居|在|位于|放到|保持在)[画面|正](中间|中央|中心|中)",
            "[并|画面|镜头][一直|始终|自动](跟随|跟踪|追踪|跟着|跟拍|对准){who}[走|移动|动]",
            "(保持|让|使){who}[始终|一直|保持|都](在画面[中|里|内|中央|中间]|居中|在中间)",
            "(主角|主体)[要|得|需要][始终|一直|都|总是|总|保持](在画面[中|里|内|中央|中间]|居中|在中间|在镜头[里|中|中间])",
            "{who}[要|得|需要][始终|一直|都|总是|总|保持](在画面[中|里|内|中央|中间]|居中|在中间|在镜头[里|中|中间])",
            "以{who}为中心",
        ),
    ),
    *MUSIC_MODIFIERS_ZH,
    *TITLE_MODIFIERS_ZH,
    (modifiers.then_shape, ("[发|用于|适合|适配|上|发到|给|比例|:]{shape}[用|平台|的|比例]",)),
    (modifiers.then_as_well, ("(<also>|并){who}",)),
    (
        modifiers.then_kept,
        (
            "[并|但]{who}[要|都](保留|不变|不动|别动|留着|保持不变|保留不动)",
            "[并|但|只]保留{who}[不变|不动]",
        ),
    ),
    (modifiers.then_sharp, ("[,][并|但][让|使|保持]{who}[保持|要](清晰|清楚|别糊|不要糊|别模糊|不要模糊|不糊|别虚)",)),
    (
        modifiers.then_anywhere,
        ("(发|发到|用于|适合)(小红书|朋友圈|微博|b站|微信|视频号|快手|ins|instagram|youtube|社交媒体)[用|上]",),
    ),
    (
        modifiers.with_background,
        (
            "(带|带有|用){paint}背景[的]",
            "{paint}背景的",
        ),
    ),
    (modifiers.then_there, ("(给|为|在)<video>[<in>]",)),
    (modifiers.then_export, ("(以|用|按|<export>成|<export>为|<export>){output}[<export>]", "{output}")),
)

#: Heads where their words do not go with what was said before, as with a title that is shown.
_OTHERWISE: Table = (*VOLUME_ZH, *TIME_OTHERWISE_ZH)

CHINESE = Phrases(_WORDS, _HEADS, _MODIFIERS, _OPENERS, _FILLERS_BEFORE, _FILLERS_AFTER, _OTHERWISE)
