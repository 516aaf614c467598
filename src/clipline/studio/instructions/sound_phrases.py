"""How things are said about the clip's own sound and its loudness. `grammar.py` says how templates are written."""

from __future__ import annotations

from clipline.studio.instructions import sounds
from clipline.studio.instructions.grammar import Table

__all__ = [
    "SOUND_HEADS_EN",
    "SOUND_HEADS_ZH",
    "SOUND_WORDS_EN",
    "SOUND_WORDS_ZH",
    "VOLUME_EN",
    "VOLUME_ZH",
]

SOUND_WORDS_EN = {
    "own": (
        "sound|audio|audio track|sound track|sounds|voice|voices|speech|dialogue|original sound|original audio|"
        "original voice|own sound|own audio|existing sound|existing audio|clip's own sound|clip's sound|clip's audio|"
        "clip sound|clip audio|video's own sound|video's sound|video's audio|video sound|video audio|clip’s own sound"
    ),
    "volume": "volume|volume level|<video>|sound volume|volume of <video>|audio volume|audio level",
    "mutes": "<remove>|strip|strip out|kill|cut|cut out|silence|mute",
    "to_level": (
        "set|turn|bring|put|change|make|keep|adjust|lower|reduce|decrease|turn down|bring down|raise|increase|boost|"
        "turn up|bring up|drop"
    ),
    "lower": "lower|reduce|decrease|turn down|bring down|soften|quieten|attenuate|drop",
    "raise": "raise|increase|boost|turn up|bring up|amplify",
    "fade_ways": (
        "fade-in|fade in|fading in|fades in|fade-out|fade out|fading out|fades out|fade-in and fade-out|"
        "fade in and fade out|fade in and out|fading in and out|fade-in and out|fades in and out|fade|fades"
    ),
    "loud": (
        "loudness|volume|audio|sound|audio level|audio levels|sound level|sound levels|levels|audio volume|"
        "audio loudness|sound loudness|loudness of <video>|<video>|overall loudness"
    ),
    "even_out": (
        "normalise|normalize|normalising|normalizing|level|master|even out|loudness normalise|loudness normalize"
    ),
}

SOUND_HEADS_EN: Table = (
    (
        sounds.mute,
        (
            "mute",
            "mute (<video>|<own>)",
            "<mutes> [all ][of ]<own>[ completely| entirely][ (from|of|in) <video>]",
            "(no|without) [any ](sound|audio)",
            "(make|keep) (<video>|<own>) (silent|mute|muted|soundless)",
            "silence <video>",
            "(turn|switch) off <own>",
            "(turn|switch) <own> off",
        ),
    ),
    (
        sounds.other_sound,
        (
            "<replace> <own>[ (of|in) <video>] (with|by|for|to|into) {sound}",
            "(use|play|put|take) {sound} instead of <own>",
        ),
    ),
    (
        sounds.loudness,
        (
            "<even_out> [<loud> ](to|at|for) {loudness}",
            "(set|bring|adjust) (loudness|<loud>) (to|at) {loudness}[ loudness]",
            "<even_out> <loud>",
            "[loudness|target] {loudness}",
            "loudness[ of| to| at| :] {loudness}",
            "loudness normalisation|loudness normalization",
        ),
    ),
    (
        sounds.sound_at,
        (
            "<to_level> <own>[ volume| level| down| up] (to|at) {level}[ volume]",
            "<to_level> (volume|level) of <own> (to|at) {level}",
            "<own> (at|to) {level}[ volume]",
            "make <own> {level} as loud",
        ),
    ),
    (sounds.halved, ("halve <own>[ volume]", "halve volume of <own>")),
    (sounds.doubled, ("double <own>[ volume]", "double volume of <own>")),
    (
        sounds.softer,
        (
            "<lower> <own>[ volume| level][ by ({level}|{decibels})]",
            "<lower> volume of <own>[ by ({level}|{decibels})]",
            "turn <own> down[ by ({level}|{decibels})]",
            "make <own> (quieter|softer|less loud|lower)",
            "(quieter|softer) <own>",
        ),
    ),
    (
        sounds.louder,
        (
            "<raise> <own>[ volume| level][ by ({level}|{decibels})]",
            "<raise> volume of <own>[ by ({level}|{decibels})]",
            "turn <own> up[ by ({level}|{decibels})]",
            "make <own> (louder|stronger)",
            "louder <own>",
        ),
    ),
    (
        sounds.sound_fades,
        (
            (
                "[let ](fade|fades|fading) <own> (in|out|in and out)[ [over |in |within |for |during ]{length}]"
                "[ at end| at start]"
            ),
            "fade <own> out (over|in|within|for|during) last {length}[ of <video>]",
            "(fade in|fade out|fade in and out) <own>[ [over |in |within |for |during ]{length}][ at end| at start]",
            "(add|apply) [a ][{length} ]<fade_ways> to <own>",
        ),
    ),
)

#: Said after music these are about the music; where nothing was said that they fit to, about the clip's own sound.
VOLUME_EN: Table = (
    (
        sounds.sound_at,
        (
            "<to_level> <volume>[ down| up] (to|at) {level}[ volume]",
            "volume[ at| to| of| :] {level}",
            "{level} volume",
            "make <video> {level} as loud",
        ),
    ),
    (sounds.halved, ("halve <volume>",)),
    (sounds.doubled, ("double <volume>",)),
    (
        sounds.softer,
        (
            "<lower> <volume>[ by ({level}|{decibels})]",
            "turn <volume> down[ by ({level}|{decibels})]",
            "make <video> (quieter|softer|less loud)",
            "quieter|softer",
        ),
    ),
    (
        sounds.louder,
        (
            "<raise> <volume>[ by ({level}|{decibels})]",
            "turn <volume> up[ by ({level}|{decibels})]",
            "make <video> louder",
            "louder",
        ),
    ),
)


SOUND_WORDS_ZH = {
    "own": (
        "声音|原声|原音|音频|视频声音|视频原声|原来的声音|视频的声音|视频的原声|原始声音|原视频的声音|原视频声音|"
        "视频音频"
    ),
    "volume": "音量|视频音量|视频的音量|声音大小|总音量|整体音量",
    "tolevel": (
        "调到|调整到|调整为|设为|设置为|设成|降到|降低到|减到|减小到|提高到|调高到|调低到|调大到|调小到|改为|改成|"
        "为|到|调成|调为|开到|拉到|开成"
    ),
    "halves": "减半|降一半|减一半|降低一半|调小一半|小一半|减小一半",
    "doubles": "加倍|翻倍|大一倍|调大一倍|提高一倍|增大一倍|放大一倍|调高一倍|增加一倍",
    "fades": "淡入淡出|渐入渐出|淡入和淡出|淡入|淡出|渐入|渐出|渐强|渐弱",
}

SOUND_HEADS_ZH: Table = (
    (
        sounds.mute,
        (
            "[<ba>][<video>][设为|设置为|变成|变为|调成|改成](静音|无声|消音)[处理]",
            "(<remove>|关掉|关闭|关了|不要|取消|静音)[<video>的|<video><in>的|<video><in>|<video>]<own>",
            "[<ba>][<video>的|<video><in>的]<own>(<remove>|<gone>|关掉|关闭|静音|关了|取消|关|关上|消掉)",
        ),
    ),
    (
        sounds.other_sound,
        ("[<ba>]<own>(<become>|替换为|替换成)[<music>]{sound}", "用{sound}(替换|代替|替代|换掉|取代)<own>"),
    ),
    (
        sounds.loudness,
        (
            (
                "[<ba>][<video>的][整体](响度|音量|声音|音频|声音响度|音频响度)"
                "(标准化|归一化|规范化|统一|均衡|调整|调|设|设置|改)[到|为|成|至]{loudness}[的标准|标准]"
            ),
            "响度[为|到|:]{loudness}",
            "[<ba>][<video>的][整体](响度|音量|声音|音频)(标准化|归一化|规范化|统一)[处理]",
            "(统一|标准化|归一化|规范化)[<video>的][整体](响度|音量|声音|音频)[到|为|至]{loudness}",
            "(统一|标准化|归一化|规范化)[<video>的][整体](响度|音量|声音|音频)",
        ),
    ),
    (sounds.sound_at, ("[<ba>][<video>的]<own>[的][音量](<tolevel>){level}",)),
    (sounds.halved, ("[<ba>][<video>的]<own>[的][音量](<halves>)",)),
    (sounds.doubled, ("[<ba>][<video>的]<own>[的][音量](<doubles>)",)),
    (
        sounds.softer,
        (
            "[<ba>][<video>的]<own>[的][音量](降低|减小|调低|减少|调小|变小|小一点|调小一点|调低一点|放低)[了]({level}|{decibels})",
            "[<ba>][<video>的]<own>[的][音量](降低|减小|调低|减少|调小|变小|小一点|调小一点|调低一点|放低)",
            "(降低|减小|调低|调小|减弱)[<video>的]<own>[的][音量]",
        ),
    ),
    (
        sounds.louder,
        (
            "[<ba>][<video>的]<own>[的][音量](提高|增大|调高|增加|放大|调大|变大)[了]({level}|{decibels})",
            "[<ba>][<video>的]<own>[的][音量](提高|增大|调高|放大|调大|变大|大一点|调大一点|调高一点)",
            "(提高|增大|调高|调大|放大|增强)[<video>的]<own>[的][音量]",
        ),
    ),
    (
        sounds.sound_fades,
        (
            "[<ba>][<video>的]<own>[在结尾|在开头|结尾|开头](<fades>)[{length}]",
            "[<ba>][<video>的]<own>[在|于](最后|结尾|末尾)[的]{length}[内|里](淡出|渐出)",
            "[<ba>][<video>的]<own>[在|于](开头|前)[的]{length}[内|里](淡入|渐入)",
        ),
    ),
)

#: Said after music these are about the music; where nothing was said that they fit to, about the clip's own sound.
VOLUME_ZH: Table = (
    (sounds.sound_at, ("[<ba>]<volume>(<tolevel>|设){level}", "<volume>{level}")),
    (sounds.halved, ("[<ba>]<volume>(<halves>)",)),
    (sounds.doubled, ("[<ba>]<volume>(<doubles>)",)),
    (
        sounds.softer,
        (
            "[<ba>]<volume>(降低|减小|调低|减少|调小|变小|放低)({level}|{decibels})",
            "[<ba>]<volume>(降低|减小|调低|调小|变小|小一点|调小一点|调低一点)",
            "(降低|减小|调低|调小)<volume>",
        ),
    ),
    (
        sounds.louder,
        (
            "[<ba>]<volume>(提高|增大|调高|增加|放大|调大|变大)({level}|{decibels})",
            "[<ba>]<volume>(提高|增大|调高|调大|变大|大一点|调大一点|调高一点)",
            "(提高|增大|调高|调大)<volume>",
        ),
    ),
)
