"""What is understood in English. `grammar.py` says how templates are written; `slots.py` what stands for the values."""

from __future__ import annotations

from clipline.studio.instructions import actions as do
from clipline.studio.instructions import cutting, modifiers, showing
from clipline.studio.instructions.background_phrases import BACKGROUND_HEADS_EN, BACKGROUND_WORDS_EN
from clipline.studio.instructions.grammar import NOTHING, Phrases, Table
from clipline.studio.instructions.join_phrases import JOIN_HEADS_EN, JOIN_MODIFIERS_EN, JOIN_WORDS_EN
from clipline.studio.instructions.music_phrases import MUSIC_HEADS_EN, MUSIC_MODIFIERS_EN, MUSIC_WORDS_EN
from clipline.studio.instructions.people_phrases import PEOPLE_HEADS_EN, PEOPLE_MODIFIERS_EN, PEOPLE_WORDS_EN
from clipline.studio.instructions.shape_phrases import SHAPE_HEADS_EN, SHAPE_WORDS_EN
from clipline.studio.instructions.sound_phrases import SOUND_HEADS_EN, SOUND_WORDS_EN, VOLUME_EN
from clipline.studio.instructions.time_phrases import TIME_HEADS_EN, TIME_OPENERS_EN, TIME_OTHERWISE_EN, TIME_WORDS_EN
from clipline.studio.instructions.title_phrases import TITLE_HEADS_EN, TITLE_MODIFIERS_EN, TITLE_WORDS_EN
from clipline.studio.instructions.understanding import SoundStays

__all__ = ["ENGLISH"]

#: Said before a clause and asking for nothing; regular expressions, taken off again and again.
_FILLERS_BEFORE = (
    r"(?:please|pls|plz),?",
    r"kindly",
    r"(?:yo|hiya|heya|dude|guys|so yeah),?",
    r"(?:can|could|would|will) (?:you|u|we|i)(?: please| pls| kindly| just| also)?",
    r"(?:i(?: would|'d|’d)?|we(?: would|'d|’d)?) (?:like|want|need|love|wish)(?: (?:you |for you )?to(?! be))?",
    r"i want you to",
    r"help me(?: to)?",
    r"let(?:'s|’s| us)",
    r"(?:hello|hey|hi|dear)(?: there| clipline)?,?",
    r"(?:ok|okay|so|well|now|simply|also|next|finally|lastly|afterwards|secondly|thirdly|fourthly|third|then),?",
    r"just,?(?! (?:the|a|me|us|my|our)\b)",
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
    r"(?:edit|take|open|use|load) (?:this|the|my) (?:video|clip|footage|file|photo|picture|image|pic)(?: and|:|,)(?=.)",
    r"(?:in|for|with|on) (?:this|the|my) (?:video|clip|footage|photo|picture|image|pic),?(?= [a-z])",
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
    **PEOPLE_WORDS_EN,
    **BACKGROUND_WORDS_EN,
    **TIME_WORDS_EN,
    **SHAPE_WORDS_EN,
    **JOIN_WORDS_EN,
    **SOUND_WORDS_EN,
    **MUSIC_WORDS_EN,
    **TITLE_WORDS_EN,
    "video": (
        "this|final cut|final video|result|output video|"
        "video|clip|footage|movie|film|scene|shot|frame|picture|image|photo|pic|it|recording|file|whole video|entire "
        "video|entire clip"
        "|whole clip|video clip|everything"
    ),
    "replace": "replace|replacing|change|changing|swap|swap out|swapping|switch|substitute|exchange|set|turn|convert",
    "add": (
        "add|adding|put|insert|place|overlay|include|superimpose|create|display|show|write|give it|have|use|draw|"
        "set|apply|type|slap|stick|pop|stamp"
    ),
    "title": (
        "title|title text|title card|text title|headline|heading|caption|text|words|label|message|text overlay|"
        "intro title|line|subtitle line|subtitle|watermark|text watermark|name"
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
    *PEOPLE_HEADS_EN,
    *BACKGROUND_HEADS_EN,
    *TIME_HEADS_EN,
    *JOIN_HEADS_EN,
    *SHAPE_HEADS_EN,
    # --- titles
    *TITLE_HEADS_EN,
    # --- the clip's own sound
    (
        do.audio_track,
        (
            "(use|take|keep|play|hear|choose|select|pick|switch to) <audio_track> [number |no. ]{track}[ of <video>]",
            "(use|take|keep|play|hear|choose|select|pick|switch to) {track} <audio_track>[ of <video>]",
        ),
    ),
    *MUSIC_HEADS_EN,
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
        lambda _heard: SoundStays(),
        (
            (
                "(keep|leave|preserve) [original |existing |clip's own ](sound|audio|voice)[ as it is| as is| "
                "unchanged| untouched]"
            ),
        ),
    ),
    (
        lambda _heard: NOTHING,
        (
            (
                "(keep|leave|preserve) (everything else|all else|rest|rest of <video>) [as it is|as is|unchanged|"
                "untouched|same|alone|intact]"
            ),
            "(nothing else|that is all|that's all|that is it|that's it)",
        ),
    ),
)

#: Heads only where they are the whole instruction; beside others, "from 2 to 5 seconds" could belong to those.
_OPENERS: Table = (
    *TIME_OPENERS_EN,
    (do.export_length, ("[in |as |at |to |into ]{output}",)),
)

_MODIFIERS: Table = (
    *PEOPLE_MODIFIERS_EN,
    (
        showing.then_last,
        (
            "(for|only|about|exactly|for only|for about|for exactly) {length}[ long]",
            "{length} long",
            (
                "(lasting|during|over|that lasts|showing for|visible for|stays for|staying for|"
                "(show|display|hold|play|keep) it[ there| up] for) {length}"
            ),
            "[for |during |in |over ]first {length}",
        ),
    ),
    (showing.then_bare_length, ("{length}",)),
    (
        showing.then_all_along,
        (
            "(for|during|throughout|over|through) (whole|entire|all of|full)[ <video>| time| duration| length| thing]",
            "throughout[ <video>]",
            "all the time",
            "(from start to end|from beginning to end|from start to finish)",
            "until end",
        ),
    ),
    (
        showing.then_start,
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
    (showing.then_during, ("[shown |visible |appearing |displayed ]{span}", "(show|display) it {span}")),
    (showing.then_until, ("(until|till|up to|ending at) {point}",)),
    (modifiers.then_muted, ("(no|without|with no|without any) (sound|audio)", "(muted|silent|silently)")),
    (
        modifiers.then_uncropped,
        ("without (cropping|cropping it|cutting anything off|cutting it off|stretching|stretching it|distortion)",),
    ),
    (showing.then_at_very_end, ("[only |just |right ](at|near) (end|very end)[ of <video>]",)),
    (
        showing.then_at_end,
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
            "[nice and |nice |nicely |very |really |super |pretty ]{percent}[ volume| loudness]",
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
    *MUSIC_MODIFIERS_EN,
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
_OTHERWISE: Table = (*VOLUME_EN, *TIME_OTHERWISE_EN)

ENGLISH = Phrases(_WORDS, _HEADS, _MODIFIERS, _OPENERS, _FILLERS_BEFORE, _FILLERS_AFTER, _OTHERWISE)
