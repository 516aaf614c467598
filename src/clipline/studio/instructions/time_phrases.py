"""How things are said about a part of the time, in English; `time_phrases_zh.py` has the Chinese.

`grammar.py` says how templates are written.
"""

from __future__ import annotations

from clipline.studio.instructions import actions as do
from clipline.studio.instructions import cutting
from clipline.studio.instructions.grammar import Table

__all__ = ["TIME_HEADS_EN", "TIME_OPENERS_EN", "TIME_OTHERWISE_EN", "TIME_WORDS_EN"]

TIME_WORDS_EN = {
    "keep": (
        "keep|keep only|only keep|keep just|just keep|use|use only|only use|take|show only|leave|leave only|extract|"
        "select|retain|save|give me|only give me|just give me|"
        "i only want|i just want|i only need|i just need|only want|just want"
    ),
    "trim": "trim|shorten|clip|limit|reduce|trim down|cut down|shorten down",
    "cutoff": (
        "cut|cut off|cut out|trim|trim off|trim away|remove|removing|delete|drop|skip|chop|chop off|lose|take "
        "off|get rid of"
        "|discard|crop off|cut away|erase|strip|snip|snip off|slice off|shave off|shave|trim out|"
        "throw away|throw out"
    ),
    "cutout": (
        "cut out|cutting out|cut away|remove|removing|delete|deleting|drop|erase|take out|chop out|edit out|get rid of"
        "|discard|leave out|skip|lose|snip|snip out|slice out|trim out|splice out"
    ),
    "goes": (
        "(can|should|must|may) (go|be removed|be cut|be cut off|be cut out|be deleted)|is not needed|removed|deleted|"
        "cut|cut off|cut out"
    ),
    "first": "first|opening|initial",
    "last": "last|final|ending|closing",
    "part": "part|section|segment|portion|bit|time|footage",
}

TIME_HEADS_EN: Table = (
    (
        cutting.keep_first,
        (
            "<keep> [only |just ]<first> {length}[ only][ of <video>]",
            "(<trim>|cut|crop|edit) [<video> ][down ](to|at) [only |just ]<first> {length}[ of <video>]",
            "(cut|trim|shorten) [<video> ]after {length}",
            "<first> {length} only",
        ),
    ),
    (
        cutting.keep_length,
        (
            "(<trim>|cut) [<video> ][down ]to [be |exactly |about ]{length}[ long]",
            "<keep> [only |just |exactly ]{length}[ only][ of <video>]",
            "make <video> {length}[ long| short]",
            "(keep|make) <video> (under|below|within|shorter than|no longer than|at most|max) {length}[ long]",
            "<video> (should|must|shall) (be|last) {length}[ long]",
        ),
    ),
    (
        cutting.keep_span,
        (
            "<keep> [<video> |<part> ][only |just ]{span}[ of <video>]",
            "<keep> <part> [of <video> ]{span}",
            "(<trim>|crop|edit) [<video> ][down ][to ][<part> ]{span}",
            "cut <video> [down ][to ]{span}",
            "cut [down ]to [<part> ]{span}",
            (
                "[<keep> |<trim> [to ]][<part> ]{span}[,][ and| then| and then] "
                "(<cutoff>|throw away|throw out) (rest|everything else|all else|remainder)[ of <video>]"
            ),
        ),
    ),
    (do.refuse("keep_or_cut"), ("cut {span}", "cut <part> {span}")),
    (
        cutting.keep_portion,
        (
            "<keep> [only |just ]{portion}[ only][ of <video>]",
            "(<trim>|cut) [<video> ][down ]to [only |just ]{portion}[ of <video>]",
        ),
    ),
    (cutting.cut_portion, ("<cutoff> {portion}[ of <video>| from <video>| off| out]",)),
    (
        cutting.cut_span,
        (
            "<cutout> [<part> |everything |all ][of <video> ][in |from ]{span}[ of <video>| from <video>| out]",
            "(cut|take|chop|edit|leave) [<part> ]{span} (out|away)[ of <video>]",
            "(cut|take|chop) out of <video> [<part> ]{span}",
            "<cutout> from <video> [<part> ]{span}",
        ),
    ),
    (
        cutting.keep_last,
        (
            "<keep> [only |just ]<last> {length}[ of <video>]",
            "(<trim>|cut) [<video> ][down ]to [only ]<last> {length}[ of <video>]",
            "<last> {length} only",
        ),
    ),
    (
        cutting.keep_middle,
        (
            "<keep> [only |just ](middle|center|centre) {length}[ of <video>]",
            "(<trim>|cut) [<video> ][down ]to [only ](middle|center|centre) {length}[ of <video>]",
        ),
    ),
    (cutting.cut_first, ("cut <first> {length}[ of <video>| from <video>]",)),
    (
        cutting.start_at,
        (
            "<cutoff> <first> {length}[ of <video>| from <video>| off]",
            "(<cutoff>|take) {length} (from|off|at) (start|beginning|front|head)[ of <video>]",
            "(<cutoff>|shorten) (start|beginning|front|head)[ of <video>] by {length}",
            "skip [over |ahead ][to ]{length}",
            "(start|begin) [<video> ](at|from|with|on|after) {point}",
            (
                "(keep|use|take|show|play) [<video> |everything |all ](from|after|starting at|starting from) "
                "{point}[ on| onwards| onward| to end| till end]"
            ),
            "<cutoff> (everything|all|anything|<video>|<part>) [up ](before|until|to|till) {point}",
            "(everything|all) [up ](before|until|to|till) {point} <goes>",
            "[<keep> ](everything|all) (but|except|except for|after) <first> {length}[ of <video>]",
            "(have|make|let) <video> (start|begin|starting) (at|from) {point}",
            "(start|begin) [<video> ]{length} (later|in)",
        ),
    ),
    (
        cutting.end_at,
        (
            "(end|stop|finish) [<video> ](at|after|on) {point}",
            "(cut off|cut) [<video> ]after {point}",
            "(keep|use|take|show|play) (everything|all|<video>|it) (before|until|up to|till) {point}",
            "<cutoff> (everything|all|anything|<video>|<part>) (after|past|from|beyond) {point}[ on| onwards| onward]",
            "(everything|all) (after|past|from|beyond) {point}[ on| onwards| onward] <goes>",
            "(have|make|let) <video> (end|stop) (at|after) {point}",
        ),
    ),
    (cutting.cut_at, ("(cut|cut off|trim|chop) [<video> ](at|on) {point}",)),
    (
        cutting.cut_last,
        (
            "<cutoff> <last> {length}[ of <video>| from <video>| off]",
            "(<cutoff>|take) {length} (from|off|at) end[ of <video>]",
            "(<cutoff>|shorten) end[ of <video>] by {length}",
            "[<keep> ](everything|all) (but|except|except for|before) <last> {length}[ of <video>]",
            "(end|stop|finish) [<video> ]{length} (earlier|sooner|before end)",
        ),
    ),
    (
        cutting.cut_both,
        (
            (
                "(<cutoff>|take) [off ]{first:length} (off|from|at|of) (both|each|either) (ends|end|sides|side)"
                "[ of <video>]"
            ),
            "<cutoff> [both |each ]<first> and <last> {first:length}[ of <video>]",
        ),
    ),
    (
        cutting.cut_both,
        (
            "<cutoff> <first> {first:length} (and|,) [<cutoff> ]<last> {last:length}[ of <video>]",
            (
                "(<cutoff>|take) {first:length} (from|off|at) (start|beginning|front|head)[ of <video>][,][ and] "
                "{last:length} (from|off|at) end[ of <video>]"
            ),
            (
                "(<cutoff>|take) {last:length} (from|off|at) end[ of <video>][,][ and] "
                "{first:length} (from|off|at) (start|beginning|front|head)[ of <video>]"
            ),
        ),
    ),
)

#: Heads only where they are the whole instruction; beside others, "from 2 to 5 seconds" could belong to those.
TIME_OPENERS_EN: Table = (
    (cutting.keep_span, ("[only |just ][<part> ]{span}[ only]",)),
    (cutting.keep_first, ("[only |just ]<first> {length}[ only][ of <video>]",)),
    (cutting.keep_last, ("[only |just ]<last> {length}[ only][ of <video>]",)),
    (cutting.keep_portion, ("[only |just ]{portion}[ only][ of <video>]",)),
)

#: Heads where their words do not go with what was said before, as with a title that is shown.
TIME_OTHERWISE_EN: Table = (
    (
        cutting.keep_length,
        ("(show|hold|display|play|keep) (<video>|photo|still)[ on screen| up| standing] for {length}",),
    ),
)
