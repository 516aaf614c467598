"""What people ask for that cannot be done, by the words they say it in; `topics.py` asks this table."""

from __future__ import annotations

from clipline.studio.instructions.humans import BYSTANDERS, BYSTANDERS_ZH, PEOPLE, PEOPLE_ZH, PERSON, PERSON_ZH
from clipline.studio.instructions.nouns import nouns
from clipline.studio.instructions.objects import NAMES, NAMES_ZH

__all__ = ["TOPICS"]

_ACT = (
    r"remov\w+|delet\w+|eras\w+|get rid of|take (?:out|away)|isolat\w+|extract\w*|cut out|replac\w+|chang\w+|swap\w*|"
    r"hid(?:e|ing)|fill\w*|paint\w*|keep only|only keep|separat\w+|eliminat\w+"
)
_ACT_ZH = "移除|去掉|去除|删除|删掉|抹掉|擦除|消除|清除|替换|换成|更换|换掉|隔离|抠出|抠掉|分离|提取|保留|填充"
_THINGS = (
    r"objects?|things?|something|stuff|items?|elements?|anything|it|this|that|these|those|them|him|her|它|他|她|物体|对象|东西|物件|元素|"
    r"物品|目标"
)
_CUT = r"cut|trim|remov\w+|delet\w+|skip|drop|chop|lose|snip|take out|get rid of|shorten|clip|discard|edit out|keep"
_SOME_PART = (
    "parts?|sections?|segments?|bits?|moments?|beginning|start|opening|end|ending|middle|intro|outro|introduction|rest|"
    "pauses?|mistakes?|bloopers?|footage|scenes?"
)
_CUT_ZH = "剪掉|剪去|剪切掉|切掉|裁掉|截掉|删掉|删除|删去|去掉|去除|移除|跳过|不要|剪"
_SOME_PART_ZH = (
    "中间|开头|开始|片头|结尾|末尾|片尾|尾部|最后|前面|后面|多余|无聊|没用|无用|空白|停顿|不需要的|重复|废话|冗余"
)
_HUMANS = nouns(f"{BYSTANDERS}|{PEOPLE}|{PERSON}".split("|"))
_HUMANS_ZH = f"{BYSTANDERS_ZH}|{PEOPLE_ZH}|{PERSON_ZH}"

_NAMES = f"{nouns(NAMES)}|{_HUMANS}"
_NAMES_ZH = f"{'|'.join(NAMES_ZH)}|{_HUMANS_ZH}"
_LOOKS = (
    "red|blue|green|yellow|black|white|brown|gr[ae]y|pink|purple|orange|silver|golden|dark|tall|short|old|young|fat|thin|"
    "blond|blonde|bald|bearded|parked|moving|big|large|small|little"
)
_LOOKS_ZH = "红|蓝|绿|黄|黑|白|棕|灰|粉|紫|橙|银|金|高个|矮个|胖|瘦|年轻|老"

#: Formats that people ask for and that are not written.
_FOREIGN = (
    r"(?:avi|wmv|flv|f4v|mpe?g|mts|m2ts|3gp|ogv|vob|mxf|m4v|prores|apng|bmp|tiff?|avif|heic|heif|svg|pdf|psd|mp3|wav|m4a|"
    r"aac|flac|ogg)"
)

#: What is looked for in the words, and the refusal that it leads to; the first that fits is taken.
TOPICS: tuple[tuple[str, str], ...] = (
    (
        (
            r"^(?:what|who|whom|whose|why|how|which|when|where|is|are|was|does|do (?:you|i|we)|did|has|have you|"
            r"tell me|explain"
            r"|describe|show me (?:what|how|who)|can clipline|should i|may i)\b|什么|谁|怎么|怎样|为什么|多少|"
            r"哪里|哪个|哪些|如何|"
            r"几个人|告诉我|描述|是不是|有没有"
        ),
        "question",
    ),
    (
        (
            rf"(?:{_ACT}|blur\w*|make(?! (?:an?|me)\b)|mut(?:e|ing)|"
            r"silenc\w+|bleep|turn (?:up|down)|lower|black and white)\b.* "
            r"(?:from|between|for|at|after|until|during|in the (?:first|last)) .*(?:\d|second|minute)"
            r"|^from .*(?:\d|second|minute).* on\b.*(?:make|mute|blur)"
            r"|(?:\d+:\d\d|[\d一二两三四五六七八九十]秒|分钟|[前后]半段?|开头|结尾).*(?:静音|消音|关掉声音|音量|黑白)|(?:\d+:\d\d|[\d一二两三四五六七八九十]秒|分钟).*(?:虚化|去掉|换成|移除|模糊|填充)|(?:虚化|换成|"
            r"移除|模糊).*(?:\d+:\d\d|"
            r"[\d一二两三四五六七八九十]秒|分钟)"
        ),
        "whole_time",
    ),
    (
        (
            rf"^(?:cut|trim|shorten)\b.* in half$|^(?!.*\bbackground\b)(?:{_CUT})\b (?:off |out |away |all )?"
            r"(?:the |a |my |some |any |its |all |that |this )*"
            rf"(?:[a-z]+ ){{0,2}}(?:{_SOME_PART})(?: (?:of|in|from) (?:the |this |my )?(?:video|clip|footage|movie|it))"
            r"?(?: off| out| away)?$"
            rf"|^[把将]?(?:这段|这个)?(?:视频|片段)?[的里中]?(?:{_SOME_PART_ZH})[^\d秒]{{0,6}}?(?:{_CUT_ZH})$"
            rf"|^(?:{_CUT_ZH})(?:这段|这个)?(?:视频|片段)?[的里中]?(?:{_SOME_PART_ZH})[^\d秒]{{0,6}}?$"
        ),
        "which_part",
    ),
    (
        (
            rf"\b(?:everyone|everybody|everything|all|people)\b.*\b(?:except|but|other than|apart "
            rf"from)\b.*\b(?:{_HUMANS})\b"
            rf"|\b(?:{_HUMANS})\b (?:in (?:the |a |an )?(?!video|clip|frame|back)|with|wearing|who|whose|holding|"
            rf"sitting|nearest|closest|next to|on the (?:left|right|side|far))"
            rf"|除了?.+(?:{_HUMANS_ZH})|(?:穿|戴|拿着|坐着|站着|抱着).*(?:{_HUMANS_ZH})"
        ),
        "selector",
    ),
    (
        (
            r"\b(?:don['’]?t|do not|does not|doesn['’]?t|never|not|no|without|avoid|except|unless|instead of|"
            r"rather than|nothing|neither)\b"
            r"|\bleave (?:the )?(?:background|person|people)|^(?:keep|leave|preserve|retain) (?:the |my |all "
            r"(?:the )?|every)?(?:background|person|people|man|woman|everyone|sound|original)"
            r"|不要|别|不许|无需|不用|请勿|不能|不需要|勿|除了|没必要|^保留(?:背景|人|所有|原)|保持背景"
        ),
        "negation",
    ),
    (
        (
            rf"^(?:export|save|render|convert|encode|output|make|download)\b.*\b(?:as|to|in|into|an?) "
            rf"(?:an? )?\.?{_FOREIGN}(?: (?:file|video|clip|format))?$"
            rf"|^(?:导出|保存|输出|转换|转|存).*{_FOREIGN}(?:格式|文件|视频)?$"
        ),
        "container",
    ),
    (
        (
            r"^(?:export|download|render|save|deliver)(?: (?:it|the|this|my|video|clip|file|result|now|"
            r"everything|final))*$|send me (?:the|my)"
            r"|give me the (?:video|file|result)|^(?:导出|下载|保存|输出)(?:视频|文件|结果|它|成片)?$|发给我|"
            r"export button"
        ),
        "route_export",
    ),
    (
        (
            r"\b(?:credits?|balance|status|progress|show (?:the )?tracks?|subscription|account|log ?in|sign in|pay|"
            r"price|cost)\b|积分|余额|状态|进度|账户|账号|登录|充值|费用"
        ),
        "route_account",
    ),
    (r"^upload|^(?:import|attach)\b|^上传|^导入", "route_upload"),
    (
        (
            r"\b(?:add|put|place|overlay|insert|stick|superimpose)\b.*\b(?:logos?|watermarks?|stickers?|pictures?|images?|"
            r"photos?|gifs?|emojis?)\b|picture[- ]in[- ]picture|(?:加|放|贴|叠加|插入).*(?:logo|水印|贴纸|台标)|画中画"
        ),
        "inlay",
    ),
    (
        (
            r"\b(?:licen[cs]e|number|registration) plates?\b|车牌|\bwatermarks?\b|\blogos?\b|水印|标志|台标|"
            r"(?:remove|delete|erase).*\b(?:text|caption|writing|title)s?\b|"
            r"(?:去掉|删除|移除).*(?:文字|标题|字)"
        ),
        "overlay",
    ),
    (r"\blower[- ]?thirds?\b|\bchyron\b|\bname ?(?:tag|plate|bar)s?\b|字幕条|人名条|姓名条", "no_name"),
    (r"\bsubtitles?\b|\bcaptions?\b|transcri\w+|translat\w+|\bdub\w*|字幕|翻译|配音|转写", "subtitles"),
    (
        (
            r"speed|\bslow\b|slow(?:er|ly)?|slow[- ]?mo\w*|fast(?:er)?\b|time-?lapse|revers\w+|backwards|"
            r"\bboomerang\b|加速|减速|慢动作|快进|倍速|慢放|倒放|变速|快一点|慢一点"
        ),
        "speed",
    ),
    (r"\bloop\w*|\brepeat\w*|循环|重复播放", "repeat"),
    (
        r"rotat\w+|\bflip\w*|mirror\w*|upside down|turn (?:it )?(?:left|right|around)|旋转|翻转|镜像|倒过来|左转|右转",
        "turn",
    ),
    (
        (
            r"bright\w*|dark(?:er|en)\b|contrast|saturat\w+|\bhue\b|exposure|colou?r[- ](?:grad\w+|correct\w+)|"
            r"black and white|grayscale|greyscale|monochrome"
            r"|sepia|filter|vintage|\bwarm(?:er)?\b|\bcool(?:er)? tone|white balance|sharpen\w*|亮度|亮一点|调亮|"
            r"暗一点|调暗|"
            r"对比度|饱和度|滤镜|色调|调色|黑白|复古|锐化|曝光|美颜|磨皮"
        ),
        "look",
    ),
    (
        (
            r"weather|\bsky\b|\brain\w*|\bsnow(?:y|ing)?\b|sunset|sunny|cloud\w*|day(?:time)?\b|\bnight\b|天气|"
            r"天空|下雨|"
            r"下雪|白天|夜晚|晚上|晴天"
        ),
        "weather",
    ),
    (
        (
            r"\b(?:change|make|turn|set)\b.*\bcolou?r of\b|\brecolou?r\b|\bcolou?r of (?:the |my |his |her )?"
            r"(?!background|text|title|letters)|的颜色(?:换|改|变)"
        ),
        "recolor",
    ),
    (
        (
            r"\b(?:faces?|heads?|hair|eyes?|hands?|shirt|clothes|body|legs?|mouth|skin)\b.*|^blur .*faces?|脸|"
            r"头发|眼睛|手(?![机提表推])|"
            r"衣服|身体|嘴|皮肤|马赛克"
        ),
        "face",
    ),
    (
        (
            r"\bsounds?\b|\baudio\b|\bvoices?\b|\bmut(?:e|ed)\b|\bsilen\w+|\bnoise\b|\bvolume\b|\blouder\b|"
            r"\bspeech\b|静音|消音|声音|原声|音频|音量|噪音|杂音|噪声|降噪|人声"
        ),
        "sound",
    ),
    (
        (
            r"\b(?:remove|delete|kill|cut|strip|turn off|turn down|lower|mute|no|without)\b.*\b(?:music|song|"
            r"soundtrack|bgm)\b|(?:去掉|去除|删除|删掉|关掉|移除|消除|降低|调低|不要).*(?:音乐|配乐|bgm)"
        ),
        "sound",
    ),
    (r"\bvoice-? ?overs?\b|\bnarration\b|\bmusic\b|\bsong\b|soundtrack|\bbgm\b|音乐|配乐|歌", "no_sound"),
    (
        (
            r"stabili[sz]\w*|\bfps\b|frame ?rate|bit ?rate|denois\w+|\bhdr\b|\bquality\b|upscal\w+|interpolat\w+|防抖|"
            r"稳定|帧率|码率|画质|清晰|超分|去噪"
        ),
        "quality",
    ),
    (
        (r"\bsplit\b|\bcollage\b|side by side|分割成|拆分|分成|并排"),
        "split",
    ),
    (r"\bmerg\w+|\bconcat\w*|\bjoin\b|\bcombin\w+|\bappend\b|\bstitch\w*|拼接|合并|拼起来|连接", "which_clip"),
    (r"\bfad(?:e|es|ing|ed)\b|\bfade-(?:in|out)|淡入|淡出|渐入|渐出|[渐变转]黑|黑场", "picture_fade"),
    (
        (
            r"\bzoom\w*|\bpan\b|transition\w*|anim\w+|\bshak\w+|\beffects?\b|sticker\w*|emoji\w*|"
            r"\bfly\b|slide in|picture[- ]in[- ]picture|缩放镜头|推近|拉远|转场|动画|贴纸|表情|特效|"
            r"效果|运镜|画中画"
        ),
        "motion",
    ),
    (
        (
            r"\bgenerat\w+|\bcreate (?:a|an|some) (?:new )?(?:video|clip|story|scene|film)|\bimagine\b|\bmake (?:a|"
            r"me a) (?:new )?(?:video|movie|film) (?:about|of)|生成|创作|制作一个关于|想象"
        ),
        "generate",
    ),
    (
        (
            r"\bbetter\b|\bnic(?:e|er)\b|\bpop\b|\bcool(?:er)?\b|\bamazing\b|\bawesome\b|\bprofessional\w*|"
            r"cinematic|beautif\w+|\bimprov\w+|enhanc\w+|\bfix\b"
            r"|\bpolish\b|\bmagic\w*|\binteresting\b|\bviral\b|\bfun(?:ny|ky)?\b|\bprettier\b|\bpretty\b|"
            r"\bgood\b|\bgreat\b|\bclean(?:er)?\b|\bsmooth\w*|\bmodern\b|\bspice\b|\bwow\b|\bepic\b|"
            r"\boptimi[sz]e\b"
            r"|^(?:edit|change|modify|process|do)(?: (?:it|this|the|my|a|video|clip|something|anything|stuff|"
            r"some|editing|work))*$|surprise me|do your thing|whatever|\bsmaller\b|\bbigger\b|\blonger\b|"
            r"\bshorter\b"
            r"|好看|漂亮|优化|美化|高级|酷|炫|更好|好一点|有趣|专业|大片|电影感|提升|改进|改善|随便|处理一下|"
            r"^(?:编辑|剪辑|修改|处理)(?:一下)?(?:视频|这个视频|这段视频|"
            r"它)?$|弄一下|完美|吸引|震撼|小一点|大一点"
        ),
        "vague",
    ),
    (r"^(?:add|put|insert|show|write)\b.*\b(?:title|text|caption|headline|words)\b|^title\b|标题|文字", "no_text"),
    (
        (
            r"^(?:trim|shorten|clip|cut)(?: (?:it|the|this|my|video|clip|footage|down|up|some|part|parts))*$|"
            r"^(?:剪一下|"
            r"截取|剪短|缩短|剪|截)(?:视频|一下|一段)*$"
        ),
        "no_part",
    ),
    (r"^(?:resize|scale|crop|pad|fit|letterbox)\b|^裁剪|^缩放|^调整", "no_size"),
    (r"\bbackground\b|\bbackdrop\b|背景(?![里中]?的?人)", "which_fill"),
    (
        (
            rf"^(?:{_ACT}|removal of|removing|replacing|isolating)$|^(?:{_ACT})\b.*\b(?:{_THINGS})$|^(?:objects?|"
            rf"object (?:removal|isolation|replacement))\b|^(?:{_ACT_ZH})+(?:掉)?(?:{_THINGS})?$|"
            rf"(?:{_ACT_ZH}).*(?:物体|"
            rf"对象|东西|物品|元素)"
        ),
        "objects",
    ),
    (
        (
            rf"^(?:the |a |all |every )?(?:{_HUMANS})$|^(?:{_HUMANS_ZH})$|^(?:这个|这段)?(?:视频|片段)$|^(?:the |"
            rf"this |my "
            rf")?(?:video|clip)$"
        ),
        "vague",
    ),
    (
        (
            rf"\b(?:{_ACT})\b.*\b(?:{_HUMANS}|one on (?:the )?(?:left|right))\b|(?:{_ACT_ZH}).*(?:{_HUMANS_ZH})|"
            rf"(?:{_HUMANS_ZH}).*(?:{_ACT_ZH})"
        ),
        "selector",
    ),
    (rf"\b(?:{_LOOKS}) (?:[a-z]+ )?(?:{_NAMES})\b|(?:{_LOOKS_ZH})色?的?(?:{_NAMES_ZH})", "selector"),
    (rf"\b(?:{_ACT})\b|(?:{_ACT_ZH})", "object"),
)
