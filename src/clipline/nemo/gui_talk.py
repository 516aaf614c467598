"""How the agent tells people to use a web page, in English and Chinese, as templates; `phrases.py` uses them.

A template is a regular expression that is searched for in one clause, in which `<NAME>` stands for the words of that
name in `WORDS`; `^` is the head of the clause. Loops never give back what they took (`*+`), so no clause takes long.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal

__all__ = ["Action", "action_of"]

Action = Literal["state", "edit", "tracks", "export", "credits", "api"]

WORDS: Mapping[str, str] = {
    # What may stand in front of a verb that tells somebody to do something.
    "lead": (
        r"(?:(?:please|just|simply|now|then|next|and|or|also|first|finally|so|instead|to do (?:this|that|so)|"
        r"feel free to|try|"
        r"you(?:'ll)?(?: can| could| may| should| need to| will need to| have to| might want to| want to)?+"
        r"(?: now| also| always| then| just| simply)*+|i(?:'d)? (?:recommend|suggest)|go ahead and|"
        r"make sure (?:to|you)|remember to|be sure to|let's|by|when you(?:'re| are)? ?(?:ready|done)?|"
        r"if you(?:'d like| want| like)?(?: to)?|"
        r"step \d+|\d+[.)]|once (?:you(?:'re| are)|it(?:'s| is)) (?:ready|done)|"
        r"(?:from|in|on|at) (?:the|your) [\w ]{1,40}?,)[\s,:]+)*+"
    ),
    "press": (
        r"(?:(?:double-|right-|double |right )?click(?:ing)?|tap(?:ping)?|press(?:ing)?|hit(?:ting)?|select(?:ing)?|"
        r"choos(?:e|ing))"
    ),
    "thing": (
        r"(?:buttons?|icons?|tabs?|panels?|menus?|sidebars?|toolbars?|drop-?downs?|links?|checkbox(?:es)?|sliders?|"
        r"toggles?|settings|dialogs?|pop-?ups?|inspector|media library|asset library|editor|properties|thumbnails?|"
        r"playhead|timeline|options?)"
    ),
    "key": r"(?:delete|enter|space(?:bar)?|esc(?:ape)?|ctrl|cmd|return|play|apply|preview|done|ok|confirm|undo|redo)",
    "panel": (
        r"(?:panel|menu|tab|sidebar|toolbar|settings|inspector|media library|asset library|library|dialog|editor|"
        r"properties)"
    ),
    "请": (
        r"(?:(?:请|您|你|可以|可|现在|然后|接着|再|并且|并|只需要?|需要|直接|如需|如果|想要|要|也|还|通过|就|先|最后|随时|"
        r"在[^,，。]{1,12}?(?:中|里|上|处)|第?[一二三四五\d]+步?[、.:：])[\s,，:：]*+)*+"
    ),
    "面板": (r"(?:面板|菜单|选项卡|标签页?|侧边?栏|工具栏|属性栏|素材库|编辑器|设置|对话框)"),
    "东西": r"(?:按钮|图标|滑块|窗口|页面|界面|链接|下拉框|时间[线轴]|<面板>)",
}

#: By what they ask for; the first that is found counts.
TALK: Mapping[Action, tuple[str, ...]] = {
    "export": (
        r"^<lead>(?:<press>|us(?:e|ing)|find|look for|with|via|through)\b[^,;]*\b(?:export|download|render) <thing>\b",
        r"^the export (?:button|icon|menu|option)\b",
        r"^<lead><press>(?: on)?(?: the)? (?:export|download|save)\b",
        r"^<lead>(?:export|download)(?:ing)?(?: (?:it|your|the|this)\b[^?]*)?$",
        r"(?:点击|单击|点|按下?|使用)[^,，。]{0,12}(?:导出|下载)",
        r"^(?:<请>)(?:导出|下载)(?!了)|^导出(?:按钮|图标|选项|菜单)|可以(?:直接)?(?:导出|下载)",
    ),
    "credits": (
        (
            r"^<lead>(?:check|visit|see|review|view|manage|go to|head to|open)(?:ing)? (?:your|the) "
            r"(?:account|billing|subscription|credits?|credit balance|plan)\b(?! at the)"
        ),
        r"^<lead>[^,;]*\b(?:account/billing|(?:account|billing) (?:page|settings|section|tab|panel|menu))\b",
        r"^<请>(?:查看|检查|前往|打开|进入|去|到|查询)[^,，。]{0,6}(?:账户|账号|帐户|账单|余额|积分|订阅|套餐)",
    ),
    "tracks": (
        r"^<lead>(?:preview|view|see|play|watch|check)\b[^,;]*\b(?:in|on) (?:the |your )?timeline\b",
        r"^<lead>preview (?:the |your )?timeline\b",
        r"^<请>[^,，。]{0,8}(?:预览|查看|播放)[^,，。]{0,4}时间[线轴]|时间[线轴](?:上|中|里|面板)*(?:预览|查看|播放)",
    ),
    "edit": (
        (
            r"(?:^<lead>|\bby )drag(?:ging)?(?: and drop(?:ping)?)? "
            r"(?:the|your|this|that|it|them|a|an|any|each|clips?|files?|media|handles?|its|one|both)\b"
        ),
        r"^<请>(?:拖拽|拖动|拖放|拖曳)|^<请>(?:将|把)[^,，。]{1,20}(?:拖拽|拖动|拖放|拖曳|拖)(?:到|至|进|入)",
    ),
    "state": (
        (
            r"(?:^<lead>|\bby )(?:open|opening|go to|going to|navigate to|head (?:over )?to|switch to|expand|find|"
            r"look (?:in|at)) (?:up )?(?:the |your )?(?:[\w'&/-]+ ){0,4}?<panel>\b"
        ),
        r"^<请>(?:打开|展开|进入|切换到|前往|找到)[^,，。]{0,16}<面板>",
    ),
    "api": (
        r"(?:^<lead>|\bby )<press>(?: on)?(?: here\b| [^,;]{0,60}\b<thing>\b)",
        r"^<lead><press>(?: on)?(?: the)? <key>\b",
        r"^<lead>(?:double-|right-|double |right )?click(?:ing)?(?: on)? (?:the|your|this|that|any|each|it|\+|[A-Z])",
        r"^<请>(?:点击|单击|双击|右键|点选|点一下|轻触|按下)|(?:点击|单击|双击)[^,，。]{0,16}<东西>",
    ),
}
#: Who speaks of what was done, not of what to do.
_TELLS = re.compile(r"(?i)^(?:(?:i|we)(?:'ve| have|'m| am)?\b(?!'d| recommend| suggest)|我们?(?:已|把|给|将|为|在))")
#: Letters of the longest clause that can be an instruction.
_LONGEST = 300
_ORNAMENT = re.compile(r"[\"“”*_`「」『』【】\[\]<>]")


def action_of(clause: str) -> Action | None:
    """What a clause tells the person to do on the page; None where it tells nothing of the kind."""
    plain = _ORNAMENT.sub("", clause.replace("’", "'")).strip()
    if len(plain) > _LONGEST or _TELLS.match(plain):
        return None
    return next((action for action, form in _compiled() if form.search(plain)), None)


@cache
def _compiled() -> tuple[tuple[Action, re.Pattern[str]], ...]:
    """The table, compiled when the first clause is looked at."""
    return tuple((action, re.compile("(?i)" + "|".join(map(_filled, forms)))) for action, forms in TALK.items())


def _filled(form: str) -> str:
    while (filled := re.sub(r"<(\w+)>", lambda match: WORDS[match[1]], form)) != form:
        form = filled
    return form
