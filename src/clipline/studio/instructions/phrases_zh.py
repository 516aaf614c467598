"""What is understood in Chinese. Spaces beside Chinese characters are gone before these templates are tried."""

from __future__ import annotations

from clipline.studio.instructions import actions as do
from clipline.studio.instructions import cutting, modifiers
from clipline.studio.instructions.grammar import NOTHING, Phrases, Table
from clipline.studio.instructions.join_phrases import JOIN_HEADS_ZH, JOIN_MODIFIERS_ZH, JOIN_WORDS_ZH
from clipline.studio.instructions.sound_phrases import SOUND_HEADS_ZH, SOUND_MODIFIERS_ZH, SOUND_WORDS_ZH, VOLUME_ZH
from clipline.studio.instructions.title_phrases import TITLE_HEADS_ZH, TITLE_MODIFIERS_ZH, TITLE_WORDS_ZH

__all__ = ["CHINESE"]

#: Said before a clause and asking for nothing; regular expressions, taken off again and again.
_FILLERS_BEFORE = (
    "请你|请您|请|麻烦你|麻烦您|麻烦|劳驾|拜托",
    "帮我|帮忙|帮一下忙|替我|帮(?=[把将])|给我(?=[把将去移删加裁剪截导])",
    "我想要|我想|我要|我希望|我需要|需要|希望(?!能不)|想要",
    "能不能|能否|可不可以|可以|你能|您能|你可以|能(?=[把将帮])",
    "你好|您好|嗨|哈喽",
    "首先|先|其次|接下来|最终|再|也|还要|还|顺便|就|那么|那|另|最后(?=[把将加导输保裁给设])",
    "(?:对|在|给)(?:这个|这段)视频(?:里|中)?(?=把|将)",
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
    **JOIN_WORDS_ZH,
    **SOUND_WORDS_ZH,
    **TITLE_WORDS_ZH,
    "ba": "把|将",
    "video": (
        "这个视频|这段视频|整个视频|整段视频|原视频|视频|片段|影片|画面|整个画面|片子|短片|素材|录像|它|影像|图像|"
        "这段|视频画面"
    ),
    "in": "里面|里|中间|中|上面|上|内|当中",
    "also": "和|跟|与|、|,|以及|还有|及",
    "gone": "不要|都不要|全不要|全都不要|全部不要",
    "remove": (
        "去掉|去除|移除|移走|移除掉|删除|删除掉|删掉|删去|抹掉|抹去|抹除|擦除|擦掉|擦去|消除|消掉|清除|清除掉|"
        "清掉|弄掉|弄走"
        "|除去|除掉|移掉|p去|修掉|拿掉|拿走|隐去|p掉|剔除|弄没|剪除"
    ),
    "become": (
        "换成|换为|替换成|替换为|改成|改为|变成|变为|设成|设为|设置为|设置成|更换为|更换成|更改为|更改成|转成|"
        "转为|弄成|做成|调成"
        "|调为|换到|代替成|变|改到|换做|换作"
    ),
    "filled": "填充成|填充为|填成|填为|涂成|涂为|染成|填充|填满|覆盖成|覆盖为|涂满|涂上|填上|盖上|遮成|填|涂",
    "cover": "填充|填满|覆盖|替换|代替|替代|盖住|遮住|遮盖|涂满|填补|补上|填上|遮挡|取代|填起来|盖上|替换掉|换掉|涂抹",
    "background": (
        "背景|视频背景|视频的背景|画面背景|画面的背景|人物背景|人物的背景|人的背景|人物后面的背景|"
        "人物身后的背景|背景部分|背景画面"
        "|视频里的背景|视频中的背景|画面中的背景|原背景|背景颜色|背景色|底色"
    ),
    "blur": (
        "虚化|模糊|模糊化|模糊处理|虚化处理|模糊掉|虚化掉|弄模糊|变模糊|打模糊|做虚化|做模糊|虚掉|进行虚化|"
        "进行模糊|进行模糊处理|进行虚化处理"
        "|做虚化处理|做模糊处理"
    ),
    "keep": (
        "只保留|仅保留|保留|截取|剪辑|剪切|裁剪|剪|裁|截|修剪|只留|留下|只留下|留|只要|取|只取|提取|只剪|切|剪出|"
        "截出|取出|选取|缩短|剪短|撷取|留住"
    ),
    "cutaway": "去掉|去除|剪掉|剪去|删掉|删除|切掉|切去|裁掉|裁去|截掉|截去|移除|砍掉|减掉|减去|丢掉|剪除|跳过",
    "to": "到|至|成|为|得到",
    "first": "前|开头|最前面|开始|最开始|头|开头的|最前面的|最开始的|最初|最初的|前面|前面的",
    "last": "最后|末尾|结尾|后|尾部|后面|最末|最后的|末尾的|结尾的|最后面的|后面的",
    "resize": (
        "压|压到|调整|缩放|改|改变|修改|设置|转换|转|变|放大|缩小|调|压缩|换|设|缩|升|降|提升|降低|拉伸|调节|更改|做|变换|弄"
    ),
    "extent": "分辨率|解析度|尺寸|大小|画面尺寸|视频尺寸|画面大小|视频大小|视频分辨率|输出分辨率|输出尺寸",
    "shapely": "格式|画面|视频|影片|短片|比例|画幅|尺寸|版|的视频|的画面|的格式|的比例|的|构图|的尺寸|版本|模式",
    "add": (
        "加|添加|加上|加个|加入|写上|写|打上|打|插入|显示|放|放上|配上|叠加|添上|设置|放置|展示|增加|来|弄|做|添|打出"
    ),
    "a": "一个|个|一行|一段|一条|一句|一首|首|段|行|一张",
    "title": "标题|文字|题目|文本|大标题|片头标题|标题文字|文字标题",
    "saying": "为|是|叫|叫做|:|内容为|内容是|写着|写|上写|写上|显示|名为|设为|改为|设置为|内容:",
    "music": "背景音乐|音乐|配乐|bgm|歌曲|背景音|歌|背景歌曲|背景乐",
    "export": "导出|输出|汇出|储存|保存|另存|转换|转码|转|生成|存|渲染|制作|压缩|下载|格式转换|编码",
    "it": (
        "它|他|她|他们|她们|它们|空白|空白处|空缺|空缺处|该区域|那里|空白区域|那个位置|原来的位置|原位置|位置|其|人|"
        "人物"
    ),
}

_HEADS: Table = (
    # --- people taken out
    (
        do.remove,
        (
            "[<ba>]{who}[(从|在)<video>[<in>]][全部|都|全|完全|彻底]<remove>",
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
            "[<ba>]{who}<also>{second:who}[<also>{third:who}][全部|都|全](<remove>|<gone>)",
            "[<ba>]{who}<also>{second:who}[<also>{third:who}][全部|都|全](<become>|<filled>)[了]{solid}",
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
            "[给|对|<ba>]{who}[都|全部|全](打码|打上码|打上马赛克|打马赛克|加马赛克|加上马赛克|像素化|马赛克处理|做马赛克处理)",
            "(像素化|马赛克){who}",
        ),
    ),
    (
        do.blur_out,
        (
            "[<ba>|对|给]{who}[做|进行]{strength}[地|的]<blur>[效果]",
            "[<ba>|对|给]{who}[都|全部|全][做|进行|加|加上]<blur>[效果]",
            "[{strength}][地]<blur>[一下|掉]{who}",
        ),
    ),
    # --- people alone
    (
        do.isolate,
        (
            "(只保留|仅保留|只留下|只留|单独保留|只显示|仅显示|只要|单独留下){who}[的部分|部分]",
            "[<ba>]{who}[单独](分离|隔离|提取|单独提取|分割|隔离开|独立|孤立)[出来|开来|出|下来|开]",
            "(提取|隔离|分离|分离出|提取出|单独提取|单独提取出|分割出|孤立){who}",
            "<remove>[除]{who}[以外|之外][的](一切|所有|全部|东西|内容|部分|所有东西|所有内容|其他|其他东西|其它)",
            "(除|除了){who}[以外|之外](全部|都|全都|全|的全部|的都|其他都|其他全部|的部分都|的部分)[<remove>]",
            "<ba>[除]{who}(以外|之外)的(一切|所有|全部|东西|内容|部分|所有东西|所有内容|其他东西)[都|全部]<remove>",
        ),
    ),
    (
        do.isolate,
        ("(除|除了){who}[以外|之外|外](其他|其余|其它)[的|地方|部分|的地方][都|全部|全](<become>|<filled>)[了]{fill}",),
    ),
    (do.blurred_around, ("(除|除了){who}[以外|之外|外][其他|其余|其它][的|地方|部分|的地方](都|全部|全|全都)<blur>",)),
    (
        do.cut_out,
        (
            "(抠出|扣出|抠取|抠){who}",
            "[<ba>]{who}[单独](抠|扣|抠图|单独抠)[出来|出|下来]",
            "人像抠图|人物抠图|人物抠像|人像抠像|抠像|抠图|抠人像|抠人",
        ),
    ),
    # --- the background
    (
        do.background,
        (
            "[<ba>]<background>[的颜色]<become>[了]{fill}[背景|作为背景]",
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
    # --- a part of the time
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
    *JOIN_HEADS_ZH,
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
            "[<ba>][<video>][的]<first>[的|那|这]{length}[的内容|的部分|内容](<cutaway>|<gone>)",
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
            "[<ba>][<video>][的]<last>[的|那|这]{length}[的内容|的部分|内容](<cutaway>|<gone>)",
        ),
    ),
    (
        cutting.cut_both,
        (
            "<cutaway>[<video>][的]<first>[的]{first:length}(和|以及|跟|,|、)[<cutaway>]<last>[的]{last:length}",
            "[<ba>]<first>[的]{first:length}(和|以及|跟|、)<last>[的]{last:length}(<gone>|[都]<cutaway>)",
            "掐头去尾[各]{first:length}",
            "[<ba>](头尾|首尾|前后|开头结尾)[各]<cutaway>{first:length}",
        ),
    ),
    # --- size and shape
    (
        do.fit,
        (
            (
                "[<ba>][<video>[的]][<extent>][<resize>|<keep>](最大|最大为|最大是|最大不超过|不超过|不大于|"
                "不要超过|限制在|限制到|限制为|控制在|适应|适配|"
                "最大尺寸|最多|缩小到|缩到)[为|是|到|:]{box}[以内|之内|内|里|范围内]"
            ),
            "(最大尺寸|最大分辨率|尺寸上限|分辨率上限|最大)[为|是|:]{box}",
            "[<ba>][<video>[的]][<extent>](<resize>|缩小)(到|至|在){box}(以内|之内|范围内|里面)",
        ),
    ),
    (
        do.resize,
        (
            (
                "[<ba>][<video>[的]][<extent>](<resize>)[大小|尺寸|分辨率|<video>|<extent>][<to>]{size}[大小|的大小|"
                "尺寸|的尺寸|的分辨率|分辨率]"
            ),
            "[<video>[的]]<extent>[:|为|是|<become>|用|<to>]{size}",
        ),
    ),
    (
        do.lines,
        (
            (
                "[<ba>][<video>[的]][<extent>](<resize>)[大小|尺寸|分辨率|<video>|<extent>][<to>]{lines}[大小|"
                "的分辨率|分辨率|的视频|清晰度]"
            ),
            "[<video>[的]]<extent>[:|为|是|<become>|用|<to>]{lines}",
            "(要|做|弄|改)[成|为]{lines}[的]",
        ),
    ),
    (
        do.crop,
        (
            "[<ba>][<video>](裁剪|裁切|剪裁|裁|切|剪切|剪|居中裁剪|截)[<video>][<to>]{shape}[<shapely>]",
            "{shape}裁剪",
            "[<ba>]<video>按{shape}[比例|的比例](裁剪|裁切|裁)",
            "按{shape}[比例|的比例](裁剪|裁切|裁)[<video>]",
        ),
    ),
    (
        do.reshape,
        (
            (
                "[<ba>][<video>[的]][比例|画幅|宽高比|画面比例|尺寸](<resize>|<become>|转换|设置|"
                "变)[<to>]{shape}[<shapely>]"
            ),
            "[做|要|用]{shape}[<shapely>]",
            "[<video>[的]](比例|画幅|宽高比|画面比例)[:|为|是|<become>|用|<to>]{shape}",
        ),
    ),
    (do.crop_size, ("[<ba>][<video>](裁剪|裁切|剪裁|裁|切)[<video>][<to>]{size}[大小|的大小|尺寸|的尺寸|的画面]",)),
    (
        do.pad,
        (
            "[<ba>][<video>](填充|补边|加边|扩展|加黑边|补黑边|扩充|加边框|补齐|填补|垫)[<video>](到|至|成|为){box}",
            "[给<video>](加|补|添加|加上)[上]{color}[的](边|边框|边)(到|至|成|为){box}",
            "[<ba>][<video>]用{color}(填充|补边|扩展|补)(到|至|成|为){box}",
        ),
    ),
    (
        do.refuse("no_size"),
        (
            "[给<video>](加|补|添加|加上)[上]{color}[的](边|边框)",
            "[<ba>]<video>(裁剪|缩放|调整大小|放大|缩小|裁切)[一下]",
            "裁剪<video>|缩放<video>|调整(大小|尺寸|分辨率|<extent>)|裁剪|缩放",
        ),
    ),
    # --- titles
    *TITLE_HEADS_ZH,
    (
        do.title,
        (
            (
                "[给<video>|在<video>[<in>]|<video>[<in>]](<add>)[<a>][<title>][<saying>]{said}[<title>|几个字|"
                "的<title>|这几个字]"
            ),
            ("[给<video>|在<video>[<in>]|<video>[<in>]](<add>)[<a>](字|字幕|字样|几个字)[<saying>]{said}"),
            "(字幕|字)(写上|写着|写|打上|显示|内容是|内容为){said}",
            "[给<video>|在<video>[<in>]|<video>[<in>]](<add>)[<a>]{color}[的]<title>[<saying>]{quoted}",
            "[给<video>|在<video>[<in>]|<video>[<in>]](<add>)[<a>][写着|内容为|内容是|叫|名为|为]{quoted}[的]<title>",
            "[给<video>|在<video>[<in>]|<video>[<in>]][<add>][<a>]<title>[<saying>][<saying>]{quoted}",
            "[<ba>|用|以]{quoted}(作为|当作|做|设为|加为|做为|当|作)[<title>|片头]",
            "[给<video>|在<video>[<in>]](<add>)[<a>]<title>[<saying>][<saying>]{bare}",
            "(标题|题目)(<saying>){bare}",
            "(标题|题目){bare}",
        ),
    ),
    (do.refuse("no_text"), ("[给<video>|在<video>[<in>]](<add>)[<a>]<title>",)),
    # --- the clip's own sound
    (
        do.audio_track,
        ("(用|使用|选|选择|选用|换成|切换到|切到|保留|听|播放)[<video>的]第{track}[条|个](音轨|声轨|音频轨道|音频轨)",),
    ),
    # --- music
    (
        do.refuse("no_sound"),
        (
            (
                "[给<video>|在<video>[<in>]|为<video>](<add>|配|播放|来|配上)[<a>|点|一点|一些|些][好听的|欢快的|"
                "轻松的|悲伤的|动感的]<music>"
            ),
        ),
    ),
    (
        do.music,
        (
            (
                "[给<video>|在<video>[<in>]|为<video>](<add>|配|播放|使用|用|换上|铺上|配|垫)[<a>]<music>[为|:|用|"
                "是|文件]{sound}"
            ),
            "<music>[为|用|是|:|使用|换成|设为|改为|选]{sound}",
            "(用|以|<ba>|拿|使用){sound}(作为|当作|做|当|作|设为|设置为|加为|配成|做为|设成|用作)<music>",
            "(<add>|播放|配)[<a>]{sound_file}[作为<music>|做<music>|当<music>]",
            "[给<video>|为<video>](<add>|配|用)[<a>]{sound_file}",
        ),
    ),
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
    (
        lambda _heard: NOTHING,
        (
            "(其他|其余|其它|剩下的|别的)[部分|内容|地方|的][都][保持](不变|不动|原样|不用动)",
            "保留(原声|声音|原来的声音|原视频的声音)",
            "<video>[有点|有些](太长|过长|很长)",
            "(就这样|就这些|没有别的了)",
        ),
    ),
)

#: Heads only where they are the whole instruction; beside others, "从第2秒到第5秒" could belong to those.
_OPENERS: Table = (
    (cutting.keep_span, ("[<video>的]{span}[的部分|的内容|的片段]",)),
    (cutting.keep_first, ("[<video>的]<first>[的]{length}[的部分|的内容|的片段]",)),
    (cutting.keep_portion, ("[<video>的]{portion}",)),
    (do.export_length, ("{output}",)),
)

_MODIFIERS: Table = (
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
    (
        modifiers.then_last,
        (
            "[持续|显示|停留|时长|时长为|长度|展示|出现|持续时间|持续显示|保持]{length}[长|的]",
            "[显示|出现|展示|只显示][在|于](前|开头|最初|最开始|开始)[的]{length}[内|里|显示|出现|时]",
        ),
    ),
    (modifiers.then_all_along, ("(全程|一直|始终|从头到尾)[显示|播放|存在]", "(整个|全)(视频|片)[都][显示|播放]")),
    (
        modifiers.then_start,
        (
            "(从|在|于|自){point}[处|的时候|时]开始(放|播|播放)",
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
    (modifiers.then_during, ("[在|从|于]{span}[之间|期间|内|的时候|时间|这段时间][显示|出现|展示]",)),
    (modifiers.then_until, ("(直到|到|至){point}[为止|结束|消失]",)),
    (modifiers.then_at_end, ("[只][在|于](最后|结尾|末尾)[的]{length}[内|里|显示|出现|时]",)),
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
    *SOUND_MODIFIERS_ZH,
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
    (modifiers.then_sharp, ("[,][并|但][让|使|保持]{who}[保持](清晰|清楚)",)),
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
_OTHERWISE: Table = (
    *VOLUME_ZH,
    (
        cutting.keep_length,
        (
            "(显示|展示|持续|播放|停留)[<video>|照片|图片]{length}",
            "(<video>|照片|图片)(显示|展示|持续|播放|停留){length}",
        ),
    ),
)

CHINESE = Phrases(_WORDS, _HEADS, _MODIFIERS, _OPENERS, _FILLERS_BEFORE, _FILLERS_AFTER, _OTHERWISE)
