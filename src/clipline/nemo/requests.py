"""The clauses that ask for a thing itself, in English and Chinese, written as templates; `router.py` uses them.

A template is a regular expression over a whole clause (small letters, simplified Chinese, no manners), in which
`<NAME>` stands for the words of that name in `WORDS`. A blank in front of an optional word belongs to it: ` <now>`.
Names of words in loops share no beginnings, so that no clause takes long to be refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

__all__ = ["FILLER", "FORMS", "MORE_OF_AN_EXPORT", "VAGUE", "compiled"]


def _any(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


_MINE_EN = _any(
    "the my our this that your a an all me final finished edited new whole full last latest current completed? "
    "rendered "
    "resulting produced"
)
_VIDEO_EN = _any(
    "videos? clips? movie film files? mp4 results? edit project timeline it this that everything output version cut "
    "视频 文件 成片 影片"
)
_PLACES = (
    r"(?:(?:my|the|this) )?(?:computer|pc|mac|laptop|phone|desktop|disk|drive|device|machine|folder|"
    r"downloads?(?: folder)?|"
    r"hard drive|camera roll|gallery|me|us|here|instagram|tiktok|youtube|reels|shorts|whatsapp|twitter|x)"
)
_QUALITY = (
    r"(?:an? |the )?(?:mp4|mov|webm|mkv|gif|\d{3,4}p|[248]k|u?hd|full hd|\d{3,5}x\d{3,5}|"
    r"(?:high|highest|best|full|low|original|good|max(?:imum)?) (?:quality|resolution|res|definition))"
    r"(?: (?:video|file|format|quality|resolution))?"
)

#: What the templates' names stand for; a name may use those above it.
WORDS: Mapping[str, str] = {
    "my": rf"(?:{_MINE_EN} )*",
    "video": _VIDEO_EN,
    "quality": _QUALITY,
    "place": _PLACES,
    "how": r"(?: (?:as|in|at|into|to|with|on|onto|for|from|over to)? ?(?:<quality>|<place>))*",
    "howto": r"(?:how (?:do|can|to|could) ?(?:i|we|you)?|where (?:do|can) i)",
    "ask": (
        r"(?:(?:show|tell|give|check|see|view|display|get|list|print|read|look at|look up|what is|what's|"
        r"whats|what are|what're|how is|how's|how are|where is|where's|where are)(?: me| us)? )?"
    ),
    "account": r"(?:(?:the|my|our|account|account's|remaining|current|available|total) )*",
    "work": (
        r"(?:(?:the|my|our|current|project|project's|session|timeline|edit|render|export|video|job|overall|latest) )*"
    ),
    "media": _any(
        "videos? clips? files? footage photos? pictures? images? music songs? audio sound media recording movie it "
        "this them materials? one more screenshots? logo"
    ),
    "some": r"(?:(?:a|an|the|my|our|this|that|these|those|some|another|one more|new|more|local|two|three|few) )*",
    "查": r"(?:查看|查询|查一查|查|看一看|看看|看|显示|告诉我|列出|给我看|我的|展示|我)?(?:一下|下)?",
    "我的": r"(?:这个|这段|这条|那个|我的|最终|最后|剪好|做好|编辑好|完成|成品|整个|全部|所有|当前|现在|新|的)*",
    "视频": r"(?:视频|影片|成片|文件|作品|片子|它|结果|项目|剪辑|mp4|短片)",
    "素材": r"(?:视频|文件|素材|图片|音频|照片|音乐|片段|录像|影片|档案)",
    "怎样": (
        r"(?:出来|下来|下载|成|为|到|给我|我|来|mp4|mov|gif|webm|格式|的|高清|超清|原画|最高画质|高画质|\d{3,4}p|[248]k|"
        r"电脑|手机|本地|桌面|相册|硬盘|里|上|吗| )*"
    ),
    "怎么": r"(?:怎么|如何|怎样|在?哪里?)(?:才能|可以|能)?",
    "账户": r"(?:我|还|账户|账号|帐户|帐号|当前|剩余|现在|目前|可用|总|的)*",
}

#: By where they go, the first that fits counts.
FORMS: Mapping[str, tuple[str, ...]] = {
    "export": (
        r"(?:(?:re)?export|download|exporting|downloading)(?: <my><video>)?<how>",
        r"(?:save|render|deliver|finali[sz]e) <my><video><how>",
        r"(?:start|begin|do|run|make|trigger|create|get) <my>(?:export|download)(?: of <my><video>)?<how>",
        r"(?:send|give|get|hand|email|deliver)(?: over)?(?: me| us) <my><video><how>",
        r"(?:send|give|hand|deliver|get) <my><video>(?: over)? to (?:me|us)",
        r"(?:have|receive|get) <my><video>",
        r"i (?:want|need) <my>(?:video|movie|film|file|mp4|result|export)",
        r"<howto> (?:export|download|save|get)(?: <my><video>)?<how>",
        r"<my>(?:download|export)(?: link)",
        r"(?:ready|good|want) (?:to|for) (?:export|download)(?: <my><video>)?<how>",
        r"(?:导出|下载|汇出|保存|输出)(?:一下)? ?<我的> ?<视频>?<怎样>",
        r"(?:把|将) ?<我的><视频> ?(?:导出|下载|汇出|保存|输出|发给我|发我|传给我|给我|发过来)<怎样>",
        r"<我的><视频> ?(?:发给我|发我|给我|传给我|导出|下载)<怎样>",
        r"(?:发给我|给我|发我|发送给我) ?<我的><视频>",
        r"<怎么>(?:导出|下载|保存)(?:这个|我的)?<视频>?",
        r"开始导出|(?:导出|下载)(?:链接|地址)|导出 ?(?:video|it|this)",
        r"(?:export|download)(?:一下)? ?<我的><视频>?<怎样>",
    ),
    "credits": (
        (
            r"<ask><account>(?:credits?|balance|credit balance|account balance|积分|余额)"
            r"(?: (?:balance|left|remaining|available|status|i have|do i have|count|on my account|in my account))*"
        ),
        (
            r"how (?:many|much)(?: \w+)? ?(?:credits?|balance|积分)"
            r"(?: (?:do|did|have|has|are|is|will|would|does|i|we|you|got|left|there|remain|remaining|still|available|"
            r"that|this|"
            r"it|edit|cost|costs|use|used|spend|spent|need|for|now|the|last|in|on|my|account|total))*"
        ),
        r"(?:how much|what) (?:does|did|will|would) (?:it|this|that|an? (?:edit|export|video))(?: \w+)? cost(?: me)?",
        (
            r"(?:do|have|am) (?:i|we)(?: still| got| have)* (?:enough|any|more|out of|low on|"
            r"run out of)(?: \w+)? ?credits?"
            r"(?: left| remaining)?"
        ),
        r"(?:(?:have )?(?:enough|any)|out of) credits?(?: left)?",
        r"(?:buy|purchase|top up|get|recharge)(?: some| more| my| the)* (?:credits?|balance)|top up",
        r"<查> ?<账户>(?:积分|余额|点数)(?:还|是|有|剩|多少|几个|余额|情况|够|不够|吗|下|查询|明细| )*",
        r"<账户>(?:账户里|帐户里)?(?:有|剩|剩下|剩余)(?:多少|几个|几)个?(?:积分|余额|点数|点)",
        r"花了多少(?:积分|点数)|多少积分|充值|购买积分|买积分|充积分",
    ),
    "status": (
        (
            r"<ask><work>(?:status|state)(?: (?:report|update|check"
            r"|of (?:the|my|our|this) (?:project|video|edit|timeline|session|render|export|job)|of (?:it|things)))?"
        ),
        (
            r"<ask>(?:(?:the|my|our|current|all) )*(?:tracks?|timeline|track list)"
            r"(?: (?:so far|list|summary|overview|again|look like|we have|there are|are there|i have))*"
        ),
        (
            r"(?:what|which|how many) tracks?"
            r"(?: (?:are|do|is|does|there|we|i|have|it|the|project|so far|exist|got|in|on|timeline|my|now))*"
        ),
        r"(?:what's|what is|whats) (?:in|on) (?:the|my|our) (?:timeline|tracks?)(?: so far)?",
        r"what do (?:we|i) have so far|describe the timeline",
        r"(?:is|are) (?:it|(?:the|my) (?:video|edit|export|render)) (?:done|ready|finished)(?: yet)?",
        r"how far (?:is it|are (?:you|we))|where are we|any progress|progress(?: update)?",
        (
            r"<查> ?(?:当前|现在|目前|项目|时间线|任务|视频|编辑|渲染|导出|所有|的|我的|全部)*"
            r"(?:状态|进度|轨道|时间线|时间轴|进展)(?:怎么样|怎样|如何|是什么|是怎样的|情况|列表|吗|有哪些|呢)*"
        ),
        r"(?:现在|目前|当前|时间线上?|时间轴上?|项目里?|视频)*(?:有|是|都有)(?:哪些|什么|几条|多少条?|几个)(?:轨道|状态)",
        r"(?:现在)?(?:什么|啥)情况|(?:现在)?(?:做|进行|处理|进展)到哪(?:里|儿|一步)?",
        r"(?:做|弄|处理|导出|渲染|剪)好(?:没有|没)?|(?:完成|好)了没有?",
    ),
    "upload": (
        (
            r"(?:upload|uploading|import)(?: <some><media>)?"
            r"(?: (?:from|of|to|here|my|the|this|computer|phone|session|project|laptop|disk|url|link|a|timeline))*"
        ),
        r"<howto> upload(?: <some><media>)?",
        r"上传(?:一下|一个|一段|这个|这段|我的|新|本地|几个|另一个|更多|的)* ?<素材>?",
        r"<怎么>上传<素材>?|(?:把|将)?(?:这个|这段|我的)?<素材>上传(?:上去|到这里)?|upload ?(?:一下)?<素材>",
    ),
}

#: A clause behind an export that only says more of it: "in 4K".
MORE_OF_AN_EXPORT = (r"(?:as |in |at |to )?(?:<quality>|<place>)|<怎样>",)

#: Clauses that ask for nothing.
FILLER = (
    (
        r"thanks?(?: you)?(?: (?:so|very) much| a lot)?|great|good|nice|perfect|cool|awesome|excellent|wonderful|"
        r"lovely|fine"
    ),
    r"done|well done|good job|nice work|great work|looks? (?:good|great|fine|perfect|nice)|all (?:good|done|set)",
    r"i(?:'m| am) (?:happy|done|satisfied|finished|ready)(?: with (?:it|this|that|the (?:result|video|edit)))?",
    r"i (?:like|love) (?:it|this|that)",
    (
        r"(?:that|this|it|the \w+|everything|all)(?: now)?(?:'s| is| are| looks?| sounds?| seems?)"
        r"(?: all| really| very| so| just| now)* "
        r"(?:good|great|fine|perfect|nice|ok|okay|done|ready|finished|awesome|excellent|amazing|right|beautiful)"
    ),
    r"谢谢(?:你|您)?|不错|很好|太好了|太棒了|很棒|完美|可以了|我?很?满意|没问题|看起来(?:不错|很好|很棒)|辛苦了?",
    r"(?:视频|效果|这个)?(?:做得)?(?:很|太|挺|真)?(?:不错|很好|棒|好看|满意)",
)

#: Clauses that name neither what is to be edited nor how.
VAGUE = (
    (
        r"(?:make|edit|improve|enhance|fix|change|polish|optimi[sz]e|beautify|upgrade|spice up|clean up|touch up|"
        r"work on|"
        r"process|retouch|redo|do|jazz up)(?: up)?"
        r"(?: (?:it|this|that|me|them|the|my|our|a|videos?|clips?|footage|movie|film|thing|edit|whole|something|stuff|"
        r"everything|up|one))*"
        r"(?: (?:looks?|feel|be|an|bit|little|lot|much|more|even|way|really|very|super|so|to|sound|and|or|better|"
        r"best|good|"
        r"great|nicer?|cooler|cool|awesome|amazing|professional|pro|pretty|prettier|beautiful|pop|interesting|fun|"
        r"perfect|"
        r"fancy|viral|special|different|cinematic|fine|modern|clean|engaging|attractive|polished))*(?: somehow)?"
    ),
    r"help|better|improve|edit|do something(?: \w+)?|do your (?:thing|magic|best)|surprise me|i don'?t know",
    r"(?:some |more )?(?:effects|magic|editing)",
    (
        r"(?:把|将|给|让)?(?:它|这个|这段|这|我的|那个)*(?:视频|影片|片子|短片|内容)?"
        r"(?:弄|做|剪|搞|改|变|编辑|处理|优化|美化|修改|调整|剪辑|修|提升|润色|加工|改进)"
        r"(?:得|的|一|成|下|点|儿|些|更|变|好看|好|漂亮|酷|炫|高级|专业|有趣|美|精彩|帅|厉害|棒|视频|影片|片子|短片|这个|"
        r"这段|它|我的)*"
    ),
    r"(?:让|使)?(?:它|视频|这个)?(?:更|变)?(?:好看|漂亮|高级|专业|好)(?:一?点儿?|一些)?|随便(?:弄|剪|改)?|帮帮我",
)


@cache
def compiled(forms: tuple[str, ...]) -> re.Pattern[str]:
    """One expression for all of these templates, made when it is first needed; use it with `fullmatch`."""
    return re.compile("|".join(f"(?:{_filled(form)})" for form in forms))


def _filled(form: str) -> str:
    while (filled := re.sub(r"<(\w+)>", lambda match: f"(?:{WORDS[match[1]]})", form)) != form:
        form = filled
    return form
