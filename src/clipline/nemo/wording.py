"""What a person's sentence is without its manners: one script of letters, clauses, no "please" and no "can you"."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["clauses", "normal"]

# Traditional letters of the words that are looked for, with their simplified ones.
_SIMPLIFIED = str.maketrans(
    "導匯載積餘狀態傳點軌檔這個給發嗎幫請現時間線軸顯視頻軟進還錢夠儲輸後為將麼裡邊們條項目剪輯結單擊開啟預覽帳號賬動",
    "导汇载积余状态传点轨档这个给发吗帮请现时间线轴显视频软进还钱够储输后为将么里边们条项目剪辑结单击开启预览帐号账动",
)

_BEFORE = re.compile(
    r"(?:please|pls|plz|kindly|now|then|next|ok|okay|so|and|but|just|also|finally|well|hi|hey|hello|nemo|alright|yes|yeah|"
    r"yep|sure|cool|actually|simply|quickly|go ahead and|go ahead|go and|"
    r"(?:can|could|would|will) (?:you|u|i|we)(?: please| kindly| just| now)*(?: mind)?|may i|"
    r"i(?:'d| would)? (?:want|like|love|need|wish)(?: you)? to|i wanna|i'?d like|i'?m ready to|i am ready to|"
    r"let'?s|let us|let me|(?:it'?s |it is )?time to|help me(?: to)?|try to|is it possible to|"
    r"you (?:can|may|should)(?: now)?)\b[\s,:-]*"
    r"|(?:麻烦(?:你|您)?|请(?:你|您)?|帮我|帮忙|帮|可不可以|可以|能不能|能否|能|我(?:想|要|想要|需要)|想要|想|现在|那么|"
    r"那|好的|好了(?!没)|然后|接着|最后|就|直接|立即|立刻|马上|再|快|嘿|你好|您好|替我|为我)[\s,:]*"
)
_BEHIND = re.compile(
    r"[\s,]*(?:\b(?:please|pls|plz|now|right now|right away|for me|thanks|thank you|thx|then|already|asap|immediately|"
    r"today|when (?:it'?s|it is|you'?re|you are) (?:done|ready)|if possible|as well|ok|okay|for us|at once)"
    r"|(?:吧|吗|呢|啊|呀|哦|了|啦|谢谢|好吗|可以吗|行吗|好不好|行不行|一下|拜托))$"
)
#: Ends of clauses. A full stop counts only before a blank, so that file names stay whole.
_ENDS = re.compile(
    r"[;!?\n,。;!?、]+|[.…]+(?=\s|$)|\s+[-–—]+\s+"
    r"|\s+(?:and then|and|then|but|plus|&)\s+(?!white\b)|(?:然后|并且|接着|再把)"
)


def normal(text: str) -> str:
    """The text in small letters and simplified Chinese, with one blank where there was any white space."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_SIMPLIFIED)
    return " ".join(re.sub(r"[’‘´`]", "'", plain).split())


def clauses(text: str) -> list[str]:
    """The clauses of a text as `normal` gives it, each without manners before and behind; empty ones left out."""
    return [bare for bare in map(_bare, _ENDS.split(text)) if bare]


def _bare(clause: str) -> str:
    before = None
    while clause != before:
        before, clause = clause, clause.strip(" \t\"'“”«»()[]{}<>*_~:：.。-")
        clause = _BEHIND.sub("", clause)
        match = _BEFORE.match(clause)
        clause = clause[match.end() :] if match else clause
    return clause
