"""How things are said about music, in English and Chinese. `grammar.py` says how templates are written."""

from __future__ import annotations

from clipline.studio.instructions import actions as do
from clipline.studio.instructions import sounds
from clipline.studio.instructions.grammar import Table

__all__ = [
    "MUSIC_HEADS_EN",
    "MUSIC_HEADS_ZH",
    "MUSIC_MODIFIERS_EN",
    "MUSIC_MODIFIERS_ZH",
    "MUSIC_WORDS_EN",
    "MUSIC_WORDS_ZH",
]

MUSIC_WORDS_EN = {
    "speaking": (
        "speech|voice|voices|dialogue|dialog|talking|speaking|narration|narrator|vocals|spoken words|"
        "(someone|somebody|anyone|anybody|person|people|they|he|she|speaker|presenter|host|narrator|i) "
        "(speaks|speak|talks|talk|is speaking|is talking|are speaking|are talking|am speaking|am talking|"
        "says something)|there is (speech|talking|a voice|someone speaking|someone talking|dialogue)"
    ),
}

MUSIC_HEADS_EN: Table = (
    (
        do.refuse("sound"),
        (
            "(keep|leave|play|use) [only |just ]<music>[ only]",
            "(only|just) [keep ]<music>",
            "<music> only",
            "keep only <music>[ in <video>]",
        ),
    ),
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
            "(keep|have|let|get) {sound} (playing|play|going|running)",
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
)

MUSIC_MODIFIERS_EN: Table = (
    (
        sounds.then_only_music,
        (
            "(keep|leave|play|use) [only |just ]<music>[ only]",
            "(only|just) [keep ]<music>",
            "<music> only",
            "keep only <music>[ in <video>]",
        ),
    ),
    (
        sounds.then_fade,
        (
            "[with |it |music |title |which |that ][{length} ]<fade_ways>[ at end| at start]",
            (
                "[with |it |music |title |which |that ]<fade_ways>[ at end| at start][:]"
                " [of |over |for |in |within |lasting ]{over:length}[ at end| at start]"
            ),
            (
                "(fade|fading) (it|music|title|song|track) (in|out|in and out)"
                "[ [over |in |within |for ]{over:length}][ at end| at start]"
            ),
            "(fade|fades|fading) [it |music ]out (over|in|within|for|during) last {over:length}[ of <video>]",
            "[with ]fade-out (over|in|within|for|during) last {over:length}",
        ),
    ),
    (sounds.then_fade_and_last, ("[with |it |music |title ]{length} <fade_ways> (for|lasting) {over:length}",)),
    (
        sounds.then_two_fades,
        (
            (
                "[with |it |music |title ](fade|fades|fading) in [of |over |for |in ]{length}[,][ and] "
                "out [of |over |for |in ]{over:length}"
            ),
            "[with ]{length} (fade-in|fade in)[,][ and] {over:length} out",
        ),
    ),
    (
        sounds.then_softer,
        (
            "(make|turn) (it|music|song) (quieter|softer|down|less loud)",
            "(not too|not so|not very) loud",
            "(lower|reduce) (it|music|song)",
            "quieter|softer",
        ),
    ),
    (sounds.then_louder, ("(make|turn) (it|music|song) (louder|up)", "louder")),
    (
        sounds.then_duck,
        (
            (
                "[make it |make music |that is |which is |it is |it gets |gets |getting ](quieter|softer|lower|lowered|"
                "ducked|reduced|turned down|less loud|dipped)[ by {decibels}] "
                "(when|while|whenever|under|during|if|where|for) <speaking>"
            ),
            (
                "(duck|ducking|lower|dip|turn down|lowering|reduce) [it |music |song ][down ][by {decibels} ]"
                "(when|while|whenever|under|during|beneath|for|if|where) <speaking>"
            ),
            "turn (it|music) down[ by {decibels}] (when|while|whenever|during) <speaking>",
            "with [auto |automatic ]ducking[ of {decibels}]",
            "(auto-duck|duck|ducked|ducking)[ it| music][ by {decibels}]",
        ),
    ),
    (
        sounds.then_offset,
        (
            "[starting |beginning |start |begin ](from|at) {point} (of|in|into) (file|song|music|track|it)",
            "[starting |beginning ]{length} (into|in) (file|song|music|track|it)",
            "(skip|skipping|without) first {length}(| of (file|song|music|track|it))",
        ),
    ),
    (
        sounds.then_once,
        ("(without|no) (looping|repeating|repeat|loop|repetition)", "[play |played |playing ][it ][only |just ]once"),
    ),
    (sounds.then_looped, ("[and ](looped|looping|loop it|on repeat|on loop|repeated|repeating|in a loop)",)),
    (sounds.then_peak, ("with [true ]peaks (under|below|of at most|at|up to) {signed}[ ](dbtp|db)",)),
)

MUSIC_WORDS_ZH = {
    "speaking": (
        "[有人|人物|人|主播|别人|里面的人|他|她|他们]说话|[有人|人]讲话|[有人]发言|[有]人声|[有]对白|[有]语音|旁白"
    ),
    "down": "压低|降低|变小|减小|小声|调低|闪避|小一点|变轻|减弱|调小|小声一点|轻一点",
}

MUSIC_HEADS_ZH: Table = (
    (do.refuse("sound"), ("(只保留|仅保留|只留|只要|只留下|只播放)<music>", "只有<music>")),
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
            "[给<video>|为<video>](<add>|配|配上|用|换上)[<a>]{sound_file}",
        ),
    ),
)

MUSIC_MODIFIERS_ZH: Table = (
    (sounds.then_only_music, ("(只保留|仅保留|只留|只要|只留下|只播放)<music>", "只有<music>")),
    (
        sounds.then_fade,
        (
            "[带|有|要|加|用][<music>|标题|它|开头|结尾|片头|片尾|在结尾|在开头]{length}[的](<fades>)[效果]",
            "[带|有|要|加|用][<music>|标题|它|开头|结尾|片头|片尾|最后|在结尾|在开头](<fades>)[效果]",
            "[<music>|标题|它|开头|结尾|片头|片尾|在结尾|在开头](<fades>){length}",
            "[<music>|标题|它][在](最后|结尾|末尾)[的]{length}[内|里|时][<music>](淡出|渐出)",
        ),
    ),
    (
        sounds.then_duck,
        (
            "[当|在](<speaking>)(时|的时候|期间|时候)[自动][<ba>][<music>|音量|它](<down>)[<music>|音量][{decibels}]",
            "(人声|自动|说话|语音)(闪避|压低)[{decibels}]",
        ),
    ),
    (
        sounds.then_softer,
        (
            "[<ba>][<music>|它|音量|<music>音量](调小|小一点|调低|降低|调小一点|调低一点|轻一点|别太大|别太大声|不要太大|不要太大声|别太吵|别太响)",
        ),
    ),
    (sounds.then_louder, ("[<ba>][<music>|它|音量|<music>音量](调大|大一点|调高|提高|调大一点|调高一点)",)),
    (sounds.then_offset, ("从(<music>|文件|歌曲|歌)[的]{point}(开始|处|起)[播放|放]",)),
    (sounds.then_once, ("(不循环|不要循环|不重复|只播放一次|只放一次|播放一次)[播放]",)),
    (sounds.then_looped, ("(循环|重复)[播放]",)),
    (sounds.then_peak, ("[真]峰值(不超过|低于|为|最高){signed}(dbtp|db)",)),
)
