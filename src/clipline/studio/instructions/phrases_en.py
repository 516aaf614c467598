"""What is understood in English. `grammar.py` says how templates are written; `slots.py` what stands for the values."""

from __future__ import annotations

from clipline.studio.instructions import actions as do
from clipline.studio.instructions import cutting, modifiers
from clipline.studio.instructions.grammar import NOTHING, Phrases, Table
from clipline.studio.instructions.join_phrases import JOIN_HEADS_EN, JOIN_MODIFIERS_EN, JOIN_WORDS_EN
from clipline.studio.instructions.sound_phrases import SOUND_HEADS_EN, SOUND_MODIFIERS_EN, SOUND_WORDS_EN, VOLUME_EN
from clipline.studio.instructions.title_phrases import TITLE_HEADS_EN, TITLE_MODIFIERS_EN, TITLE_WORDS_EN

__all__ = ["ENGLISH"]

#: Said before a clause and asking for nothing; regular expressions, taken off again and again.
_FILLERS_BEFORE = (
    r"(?:please|pls|plz),?",
    r"kindly",
    r"(?:can|could|would|will) (?:you|u|we|i)(?: please| pls| kindly| just| also)?",
    r"(?:i(?: would|'d|’d)?|we(?: would|'d|’d)?) (?:like|want|need|love|wish)(?: (?:you |for you )?to(?! be))?",
    r"i want you to",
    r"help me(?: to)?",
    r"let(?:'s|’s| us)",
    r"(?:hello|hey|hi|dear)(?: there| clipline)?,?",
    r"(?:ok|okay|so|well|now|just|simply|also|next|finally|lastly|afterwards|secondly|thirdly|fourthly|third|then),?",
    (
        r"first(?:ly| of all)?,?(?! ?(?:\d|one|two|three|four|five|six|seven|eight|nine|ten|few|half|second|minute|"
        r"part|couple|a\b))"
    ),
    r"(?:second|third|fourth|fifth)(?:,|$)",
    r"(?:make|do)(?= (?:(?:blur|crop|cut|trim|remove|delete|resize|add|mute)|(?:the )?background change)\b)",
    r"(?:the |this |my )?(?:video|clip)(?=,? (?:please|pls)\b)",
    r"step \d+:?",
    r"go ahead",
    r"(?:try to|make sure to|be sure to|be so kind as to|you should|your task is to|the task is to)",
    r"(?:edit|take|open|use|load) (?:this|the|my) (?:video|clip|footage|file)(?: and|:|,)(?=.)",
    r"(?:in|for|with|on) (?:this|the|my) (?:video|clip|footage),?(?= [a-z])",
    r"(?:video|edit|instruction|task|todo|request|prompt): ?",
)
#: Said after a clause and asking for nothing.
_FILLERS_AFTER = (
    r",? ?(?:please|pls|plz)",
    r",? ?(?:thanks|thank you|thx|cheers)(?: a lot| so much| very much| in advance)?",
    r"(?:for|to) me",
    r"for us",
    r"if (?:possible|you can|you could|you would|you please|that's ok)",
    r"(?:as well|too|now|ok|okay|right away|asap|instead)",
    r"\.+|:\)|\.\.\.|…",
)

_WORDS = {
    **JOIN_WORDS_EN,
    **SOUND_WORDS_EN,
    **TITLE_WORDS_EN,
    "video": (
        "this|final cut|final video|result|output video|"
        "video|clip|footage|movie|film|scene|shot|frame|picture|image|it|recording|file|whole video|entire "
        "video|entire clip"
        "|whole clip|video clip|everything"
    ),
    "remove": (
        "remove|removing|delete|deleting|erase|erasing|get rid of|getting rid of|take out|take away|eliminate|edit out"
        "|wipe out|wipe away|paint out|clear away|drop|clean up|do away with"
    ),
    "replace": "replace|replacing|change|changing|swap|swap out|swapping|switch|substitute|exchange|set|turn|convert",
    "fill": (
        "fill|fill in|filling|paint|paint over|color|colour|color in|colour in|cover|cover up|mask|mask out|tint|"
        "block out"
    ),
    "isolate": (
        "isolate|isolating|keep only|only keep|keep just|just keep|leave only|only leave|show only|only show|extract"
        "|single out|separate|segment"
    ),
    "background": (
        "background|backdrop|back ground|bg|video background|background of <video>|background in <video>"
        "|background behind [all ](person|people|speaker|subject|man|woman|everyone|me|him|her|them)"
        "|everything behind (person|people|speaker|subject|everyone|me|him|her|them)"
        "|everything (except|but) (person|people)"
    ),
    "blur": "blur|blurring|blur out|defocus|unfocus",
    "keep": (
        "keep|keep only|only keep|keep just|just keep|use|use only|only use|take|show only|leave|leave only|extract|"
        "select|retain|save|give me|only give me|just give me|"
        "i only want|i just want|i only need|i just need|only want|just want"
    ),
    "trim": "trim|shorten|clip|limit|reduce|trim down|cut down|shorten down",
    "cutoff": (
        "cut|cut off|cut out|trim|trim off|trim away|remove|removing|delete|drop|skip|chop|chop off|lose|take "
        "off|get rid of"
        "|discard|crop off|cut away|erase|strip|snip|snip off|slice off|shave off|shave|trim out"
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
    "resize": (
        "resize|resizing|scale|scaling|rescale|upscale|downscale|enlarge|shrink|reduce|scale up|scale down|change|"
        "convert|set|make"
    ),
    "extent": "size|resolution|dimensions|frame size|video size|video resolution|output size|output resolution",
    "most": (
        "at most|up to|no larger than|no bigger than|not larger than|not bigger than|no more than|under|below|a "
        "maximum of|max|maximum"
    ),
    "shapely": "video|format|version|orientation|aspect ratio|aspect|ratio|shape|crop|clip|frame",
    "add": (
        "add|adding|put|insert|place|overlay|include|superimpose|create|display|show|write|give it|have|use|draw|"
        "set|apply|type"
    ),
    "title": (
        "title|title text|title card|text title|headline|heading|caption|text|words|label|message|text overlay|"
        "intro title|line|subtitle line|subtitle|watermark|text watermark"
    ),
    "saying": (
        "saying|that says|which says|reading|that reads|which reads|called|named|titled|with text|with words|"
        "with title|of|:|,|that is"
        "|as|with"
    ),
    "music": (
        "background music|music|soundtrack|background track|music track|song|background song|audio track|bgm|"
        "audio|sound|tune"
        "|backing track|score|background audio|background sound"
    ),
    "audio_track": "audio track|sound track|audio stream|sound stream|audio channel|audio",
    "bed": (
        "sound|original sound|voice|voices|original audio|audio|speech|video|clip|it|dialogue|dialog|existing sound|"
        "existing audio|own sound"
    ),
    "export": (
        "export|output|save|render|encode|transcode|deliver|download|write|produce|convert|make|create|give me|want|"
        "generate"
    ),
    "rest": "rest|everything else|all else|other parts|remaining area|remainder|surroundings",
    "hole": (
        "it|them|him|her|hole|gap|area|space|place|empty area|empty space|person|people|blank|spot|region|that|"
        "their place|its place"
        "|silhouette|removed area|removed person|resulting hole|resulting area"
    ),
}

_HEADS: Table = (
    # --- people taken out
    (
        do.remove,
        (
            "<remove> {who}[ (from|in|on) <video>]",
            "(take|get|wipe|edit|paint) {who} (out|away)[ of <video>]",
            "make {who} (disappear|vanish|invisible|go away)",
            "{who} (removed|gone|erased|deleted|taken out)",
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
            "(add|apply|put) [{strength} ]blur[ effect] (to|on|over) {who}",
        ),
    ),
    (
        do.pixelate,
        (
            "(pixelate|pixellate|pixelize|mosaic) {who}",
            "(add|apply|put) (mosaic|pixelation|pixels)[ effect] (to|on|over) {who}",
        ),
    ),
    (do.hide, ("(censor|anonymize|anonymise|obscure|hide) {who}",)),
    # --- people alone
    (
        do.isolate,
        (
            "<isolate> {who}[ only| alone]",
            "<isolate> {who} from (<background>|rest|everything else|surroundings)",
            "keep {who} (only|alone)",
            "only {who}",
            (
                "(remove|delete|erase|cut|take out|get rid of) (everything|all|anything)[ else] "
                "(but|except|except for|other than|apart from|around|that is not) {who}"
            ),
        ),
    ),
    (
        do.cut_out,
        ("cut out {who}", "cut {who} out", "make cutout of {who}", "crop out {who}"),
    ),
    # --- the background
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
            (
                "<blur> everything (but|except|except for|other than|around|behind) (person|people|speaker|subject|"
                "man|woman|me|everyone|them)"
            ),
            "(make|keep|put|throw) <background> [{strength} ](blurry|blurred|out of focus)",
        ),
    ),
    (
        do.blurred_around,
        ("<blur> (everything|all|anything)[ else] (but|except|except for|other than|apart from|around) {who}",),
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
    # --- a part of the time
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
            "make <video> {length}[ long| short]",
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
    *JOIN_HEADS_EN,
    (
        cutting.keep_last,
        (
            "<keep> [only |just ]<last> {length}[ of <video>]",
            "(<trim>|cut) [<video> ][down ]to [only ]<last> {length}[ of <video>]",
            "<last> {length} only",
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
            "(end|stop|finish|cut off|cut) [<video> ](at|after|on) {point}",
            "(keep|use|take|show|play) (everything|all|<video>|it) (before|until|up to|till) {point}",
            "<cutoff> (everything|all|anything|<video>|<part>) (after|past|from|beyond) {point}[ on| onwards| onward]",
            "(everything|all) (after|past|from|beyond) {point}[ on| onwards| onward] <goes>",
            "(have|make|let) <video> (end|stop) (at|after) {point}",
        ),
    ),
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
    (cutting.cut_both, ("<cutoff> <first> {first:length} (and|,) [<cutoff> ]<last> {last:length}[ of <video>]",)),
    # --- size and shape
    (
        do.fit,
        (
            "(fit|shrink|squeeze) [<video> ][to fit ](in|into|within|inside|to) [box of |frame of ][<most> ]{box}",
            "(<resize>) [<video> ]to fit [in |into |within |inside ]{box}",
            "(max|maximum|largest)[ <extent>][ of| to| is| :] {box}",
            "[(keep|make|<resize>) ][<video> |<extent> ][of <video> ][to |to be |be ]<most> {box}",
            "(limit|restrict|cap|reduce) [<video> |<extent> ][of <video> ](to|at) [<most> ]{box}",
        ),
    ),
    (
        do.resize,
        (
            (
                "<resize> [<video> |<extent> |resolution of <video> |size of <video> ][to |into |at |as |down to |"
                "up to |of ]{size}"
            ),
            "<extent>[ of| to| is| should be| :] {size}",
        ),
    ),
    (
        do.lines,
        (
            (
                "<resize> [<video> |<extent> |resolution of <video> |size of <video> ][to |into |at |as |in |down "
                "to |up to |of ]{lines}"
            ),
            "<extent>[ of| to| is| should be| :] {lines}",
        ),
    ),
    (
        do.refuse("no_size"),
        ("<resize> (it|<video>|<extent>)", "(resize|crop|pad|scale|rescale|upscale|letterbox)[ <video>]"),
    ),
    (
        do.crop,
        (
            "crop [<video> ][to |into |as |for |at ][size |ratio |aspect ratio |aspect ]{shape}[ <shapely>]",
            "{shape} crop",
            "crop [<video> ]to [be ]{shape}",
            "(center|centre) crop [<video> ][to |at ]{shape}",
        ),
    ),
    (
        do.reshape,
        (
            (
                "(make|turn|convert|change|transform|reframe|format|want|get|set) [<video> ][to |into |as |in |for "
                "]{shape}[ <shapely>]"
            ),
            "(make|turn|convert|change|transform|reframe|format) [<video> ][to |into |as ]<shapely> for {shape}",
            "[in |as |for |to ]{shape}[ <shapely>]",
            (
                "(change|set|make|convert|use) (aspect ratio|aspect|ratio|shape|orientation|format)[ of <video>][ "
                "to| of| as| :] {shape}"
            ),
            "(aspect ratio|aspect|ratio)[ of| to| :] {shape}",
        ),
    ),
    (
        do.crop_size,
        (
            "crop [<video> ][to |into |at ]{size}",
            "crop [<video> ][to |into ]{size} (at|from) [position ]{x:number}[,| and] {y:number}",
        ),
    ),
    (
        do.pad,
        (
            "(pad|letterbox|pillarbox|extend) [<video> ][out ][with {color} ](to|into|up to|to fill) {box}",
            (
                "(add|put|use) [{color} ](bars|borders|padding|letterbox|border|margins)[ around <video>] (to|to "
                "make|to fill|to reach|to get|up to) [<video> ]{box}"
            ),
        ),
    ),
    (
        do.refuse("no_size"),
        ("(add|put) [{color} ](bars|borders|padding|letterbox|border|margins)[ to <video>| around <video>]",),
    ),
    # --- titles
    *TITLE_HEADS_EN,
    (
        do.title,
        (
            "[<add> ][<title> ][<saying> ]{said}",
            "[<add> ]<title>[ to <video>| in <video>| on <video>][ <saying>][ <saying>] {quoted}",
            "[<add> ]<title>: {quoted}",
            "<add> {color} <title>[ <saying>] {quoted}",
            "[<add> ]{quoted} [as |for ][opening |intro ]<title>",
            "(title|name|caption|label) <video>[ as| :| with] {quoted}",
            "(call|name) it {quoted}",
            "(say|says) {quoted}",
            "[(<add>) ]title {bare}",
            "[(<add>) ]<title> (saying|that says|which says|reading|that reads|called) {bare}",
            "[<add> ]<title>[ ]: {bare}",
            "<add> <title> {proper}",
            "[<add> ]<title> (at|in|on|to) {position}[ corner| of <video>][ <saying>]: {quoted}",
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
    # --- the clip's own sound
    (
        do.audio_track,
        (
            "(use|take|keep|play|hear|choose|select|pick|switch to) <audio_track> [number |no. ]{track}[ of <video>]",
            "(use|take|keep|play|hear|choose|select|pick|switch to) {track} <audio_track>[ of <video>]",
        ),
    ),
    # --- music
    (
        do.music,
        (
            "[(<add>|play|mix in|mix|with|lay) ][some ]<music>[ file| from]: {sound}",
            "(<add>|play|mix in|mix|lay|with) [some ]<music>[ file| from| of| with| using] {sound}",
            (
                "(add|use|play|put|set|mix in|mix|insert|lay|include|take|with) {sound} [as|for|in|to be] [quiet |"
                "soft ]<music>[ of <video>]"
            ),
            "(add|use|play|put|mix in|mix|insert|lay|include|underlay|with) {sound_file}",
            "(background music|music|soundtrack|bgm|background track|song) {sound}",
        ),
    ),
    (
        do.refuse("no_sound"),
        (
            (
                "(<add>|play) [some |nice |happy |sad |upbeat |calm |good |relaxing |cool |epic |lofi ](music|"
                "background music|soundtrack|song|bgm)[ to <video>| in background]"
            ),
        ),
    ),
    *SOUND_HEADS_EN,
    # --- the file
    (
        do.export,
        (
            "<export> [<video> ][as |to |in |into |at |with |out ]{output}",
            (
                "(edit|convert|turn|transform|transcode|make|render|encode|change|export|save|process) {input} (to|"
                "into|as|in|to be) {output}"
            ),
            "<video> (in|as|at) {output}",
            "(edit|take|use) {input}[,| and] <export> [it |<video> ](as|to|in|at|into) {output}",
            "(format|output|output format|file format|container)[ to| is| should be| :] {output}",
        ),
    ),
    (do.export_plain, ("[in |as |at |to |into ]{output}",)),
    (
        do.export_over,
        ("[<export> ][<video> ][as |to |in |into |with ](transparent|see-through) [background ]{output}",),
    ),
    # --- what is so anyway
    (
        lambda _heard: NOTHING,
        (
            (
                "(keep|leave|preserve) (everything else|all else|rest|rest of <video>) [as it is|as is|unchanged|"
                "untouched|same|alone|intact]"
            ),
            (
                "(keep|leave|preserve) [original |existing |clip's own ](sound|audio|voice)[ as it is| as is| "
                "unchanged| untouched]"
            ),
            "(nothing else|that is all|that's all|that is it|that's it)",
        ),
    ),
)

#: Heads only where they are the whole instruction; beside others, "from 2 to 5 seconds" could belong to those.
_OPENERS: Table = (
    (cutting.keep_span, ("[only |just ][<part> ]{span}[ only]",)),
    (cutting.keep_first, ("[only |just ]<first> {length}[ only][ of <video>]",)),
    (cutting.keep_last, ("[only |just ]<last> {length}[ only][ of <video>]",)),
    (cutting.keep_portion, ("[only |just ]{portion}[ only][ of <video>]",)),
    (do.export_length, ("[in |as |at |to |into ]{output}",)),
)

_MODIFIERS: Table = (
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
    (
        modifiers.then_last,
        (
            "[for ][only |about |exactly ]{length}[ long]",
            (
                "(lasting|during|over|that lasts|showing for|visible for|stays for|staying for|"
                "(show|display|hold|play|keep) it[ there| up] for) {length}"
            ),
            "(for|during|in|over) first {length}",
        ),
    ),
    (
        modifiers.then_all_along,
        (
            "(for|during|throughout|over|through) (whole|entire|all of|full)[ <video>| time| duration| length]",
            "throughout[ <video>]",
            "all the time",
            "(from start to end|from beginning to end)",
            "until end",
        ),
    ),
    (
        modifiers.then_start,
        (
            "(starting|beginning|appearing|shown|start|starts|begin) (at|from|after) {point}",
            "(at|after|from) {point}[ on| onwards]",
            "(at|in) (start|beginning)[ of <video>]",
        ),
    ),
    (cutting.then_also, ("[(also|plus) ][<part> ]{span}",)),
    (
        cutting.then_at_keyframes,
        (
            "(at|on|to|by) [nearest |closest |next ](key frames|keyframes|key frame|keyframe)",
            "(snap|snapped|snapping|rounded|moved) to [nearest |closest ](key frames|keyframes|key frame|keyframe)",
            "without (re-encoding|reencoding|encoding|re-encoding it|encoding it again)",
            "(losslessly|lossless|as stream copy|by copying stream)",
        ),
    ),
    *JOIN_MODIFIERS_EN,
    (modifiers.then_during, ("[shown |visible |appearing |displayed ]{span}", "(show|display) it {span}")),
    (modifiers.then_until, ("(until|till|up to|ending at) {point}",)),
    (
        modifiers.then_at_end,
        (
            "[only |just ](in|for|during|over|at) last {length}[ of <video>]",
            "(at|near) end[ of <video>] for {length}",
            "for {length} at end[ of <video>]",
        ),
    ),
    (
        modifiers.then_position,
        (
            (
                "[placed |positioned |shown |located |display it |put it |place it ](at|on|in|to|near) {position}[ "
                "of <video>| of screen| part| edge| area| corner]"
            ),
            "{position}",
        ),
    ),
    (
        modifiers.then_title_color,
        (
            "(in|using) {color}[ letters| text| font| type| writing| characters]",
            "with {color} (letters|text|font|writing|characters)",
            "(make|color|colour) (it|text|title|letters) {color}",
        ),
    ),
    (modifiers.then_color_alone, ("{color}",)),
    (
        modifiers.then_volume,
        (
            "(at|with|to|of|using) [volume ][of |at ]{percent}[ of][ volume| its volume| loudness| original volume]",
            "[with |its |music |set |and ]volume [at |of |to |is |: |= ]{percent}",
            "{percent}[ volume| loudness]",
            (
                "(set|turn|lower|keep|make|reduce) [its |music ](it|volume|music|music volume) [down ][at |to "
                "]{percent}[ volume]"
            ),
            "(play|playing) [it ]{percent}",
        ),
    ),
    (
        modifiers.then_under,
        (
            "(under|beneath|below|underneath|behind|along with|beside|on top of|mixed under) <bed>",
            "(in|as|for) (background|background music|soundtrack|bgm|background track)",
            "(underneath|below it|softly underneath)",
        ),
    ),
    (
        modifiers.then_centred,
        ("(keep|keeping|hold|holding|have|leave|put|with) {who} [always ]in (middle|center|centre)[ of <video>]",),
    ),
    (
        modifiers.then_follow,
        (
            "(following|tracking|centered on|centred on|focused on|focusing on|focussing on|around) {who}",
            "(follow|track|center on|centre on|focus on|stay on|stay with) {who}[ around]",
            (
                "(keep|keeping|hold|holding|have|with) {who} [always |centered |centred ](in|inside|within) "
                "(frame|view|shot|picture)"
            ),
            "(keep|keeping|hold|holding|with) {who}[ centered| centred| visible| in middle| in center]",
            "so that {who} (stays|stay|is|are|remains|remain) (in|inside|within) (frame|view|shot|picture)",
        ),
    ),
    *SOUND_MODIFIERS_EN,
    *TITLE_MODIFIERS_EN,
    (modifiers.then_shape, ("[for |on |in ]{shape}[ video| videos| format| ratio| aspect ratio]",)),
    (
        modifiers.with_background,
        ("(with|on) {paint} (background|backdrop)", "with (transparency|alpha|alpha channel)"),
    ),
    (modifiers.then_there, ("(to|for|over|throughout|in|into|on|onto) <video>",)),
    (
        modifiers.then_anywhere,
        ("(for|on) (instagram|facebook|youtube|twitter|linkedin|whatsapp|social media|social|phones|mobile|web)",),
    ),
    (modifiers.with_title, ("with (title|caption|heading|text) [saying |that says ]{quoted}",)),
    (
        modifiers.then_export,
        ("[and ](in|as|at|to|into|export as|save as|exported as|saved as|rendered as|rendered in) {output}",),
    ),
)

#: Heads where their words do not go with what was said before, as with a title that is shown.
_OTHERWISE: Table = (
    *VOLUME_EN,
    (
        cutting.keep_length,
        ("(show|hold|display|play|keep) (<video>|photo|still)[ on screen| up| standing] for {length}",),
    ),
)

ENGLISH = Phrases(_WORDS, _HEADS, _MODIFIERS, _OPENERS, _FILLERS_BEFORE, _FILLERS_AFTER, _OTHERWISE)
