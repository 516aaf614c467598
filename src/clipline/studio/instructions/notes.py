"""How words were understood, in both languages; `messages.py` says it."""

from __future__ import annotations

__all__ = ["NOTES"]

#: Key → English, Chinese.
NOTES: dict[str, tuple[str, str]] = {
    # what is done
    "background_color": ("everything behind the people becomes {fill}", "人物以外的背景变成{fill}"),
    "background_media": ("everything behind the people is replaced by {fill}", "人物以外的背景换成{fill}"),
    "background_blur": (
        "everything behind the people is blurred (radius {radius:g} of 720 lines)",
        "人物以外的背景虚化（720线画面的半径{radius:g}）",
    ),
    "background_transparent": (
        "everything behind the people becomes transparent, in a format that carries it",
        "人物以外的背景变透明（格式支持时）",
    ),
    "remove_person": (
        "the person is taken out and what is behind appears; with several people in the frame, all of them",
        "去掉人物，露出后面的背景；画面里有多个人时，全部去掉",
    ),
    "remove_people": (
        "all people are taken out and what is behind them appears",
        "去掉所有人，露出后面的背景",
    ),
    "remove_background_person": (
        (
            "every person but the foreground one (the largest, most central) is taken out and what is behind appears; "
            "with one person in the frame, that person"
        ),
        "去掉前景人物（最大、最居中的）以外的每个人，露出后面的背景；画面里只有一个人时，就是那个人",
    ),
    "fill_person": (
        "the person is filled with solid {fill}; with several people in the frame, all of them",
        "人物填充为纯{fill}；画面里有多个人时，全部填充",
    ),
    "fill_people": ("all people are filled with solid {fill}", "所有人填充为纯{fill}"),
    "fill_background_person": (
        (
            "every person but the foreground one (the largest, most central) is filled with solid {fill}; "
            "with one person in the frame, that person"
        ),
        "前景人物（最大、最居中的）以外的每个人都填充为纯{fill}；画面里只有一个人时，就是那个人",
    ),
    "blur_out": (
        "{who}: blurred in a rounded box around each (radius {radius:g} of 720 lines, more where they are near)",
        "{who}：在各自的圆角方框内模糊（720线画面的半径{radius:g}，近处更强）",
    ),
    "pixelate": (
        "{who}: made into squares in a rounded box around each ({size:g} of 720 lines, larger where they are near)",
        "{who}：在各自的圆角方框内打马赛克（720线画面的{size:g}像素，近处更大）",
    ),
    "replace": (
        "{who}: taken out, and {name} stands in the place of each, moving with it",
        "去掉{who}，原处放上{name}并随之移动",
    ),
    "hidden_as": ("“{words}” is taken as making squares of it", "“{words}”按打马赛克处理"),
    "remove_subject": ("{who}: taken out, and what is behind appears", "去掉{who}，露出后面的背景"),
    "fill_subject": ("{who}: filled with solid {fill}", "{who}填充为纯{fill}"),
    "isolate_blur": (
        "all but {who} is blurred (radius {radius:g} of 720 lines)",
        "只有{who}清晰；其余虚化（720线画面的半径{radius:g}）",
    ),
    "isolate_transparent": (
        "all but {who} becomes transparent where the format carries it, else black",
        "只保留{who}；其余变透明，格式不支持时为黑色",
    ),
    "isolate_color": ("all but {who} becomes {fill}", "只保留{who}；其余变成{fill}"),
    "title_end": ("“at the end” is taken as the last {length}", "“结尾”按最后{length}处理"),
    "of_what_is_left": ("“{words}” is meant in what is left by then", "“{words}”指的是此时剩下的部分"),
    "trim_to_end": ("the clip is kept from {start} to its end", "保留从{start}到结尾"),
    "trim": ("the clip is kept from {start} to {end}", "保留从{start}到{end}"),
    "cut": ("cut out, and the rest moved together: {parts}", "剪掉{parts}，其余接在一起"),
    "cut_over": (
        "; what is before each dissolves into what is after it within {crossfade}, picture and sound",
        "，前后画面和声音交叉淡化{crossfade}",
    ),
    "join": ("{names} follows, fitted into the clip's frame", "后面接上{names}，画面适配到原视频"),
    "join_front": ("{names} before the clip, fitted into its frame", "先播放{names}，画面适配到原视频"),
    "join_over": (
        ", over a crossfade of {crossfade} of picture and sound",
        "，画面和声音交叉淡化{crossfade}",
    ),
    "resize": ("the picture is scaled to exactly {size}", "画面缩放到{size}"),
    "fit": (
        "the picture is scaled down to fit into {size}, either way up; it is never enlarged",
        "画面缩小到{size}以内（横竖均可），不会放大",
    ),
    "crop_aspect": ("the largest {aspect} part in the middle of the picture stays", "保留画面正中最大的{aspect}部分"),
    "crop_follow": (
        "a {shape} part of the picture stays, and moves to keep {who} in it",
        "保留画面中{shape}的部分，并跟随{who}移动",
    ),
    "crop_size": ("a part of {size} of the picture stays", "保留画面中{size}的部分"),
    "pad": ("the picture stands in the middle of {size} on {fill}", "画面放在{size}的正中，周围是{fill}"),
    "title": (
        "the title “{text}” stands at the {position} from {start}{lasts}",
        "标题“{text}”显示在{position}，从{start}开始{lasts}",
    ),
    "music": (
        "{name} plays under the clip's own sound at {volume:.0%}, cut or repeated to its length",
        "{name}以{volume:.0%}的音量放在原声下面，长度与视频一致",
    ),
    "audio_track": ("of the clip's audio tracks, number {track} is heard", "播放视频的第{track}条音轨"),
    "music_from": ("it is heard from {start} of the clip", "从视频的{start}开始播放"),
    "music_offset": ("it begins at {offset} of its file", "从音乐的{offset}开始取"),
    "music_duck": (
        "while somebody speaks (whatever stands out of the clip's own sound is taken for it), {duck:g} dB quieter",
        "有人说话时降低{duck:g} dB；原声里突出的声音都当作说话",
    ),
    "fades_in": (", coming within {length}", "，淡入{length}"),
    "fades_out": (", going within {length}", "，淡出{length}"),
    "mute": ("the clip's own sound is taken away", "去掉原声"),
    "sound": ("the clip's own sound plays at {volume:.0%}", "原声音量为{volume:.0%}"),
    "loudness": (
        "all that is heard is brought to {target:g} LUFS, with true peaks under {peak:g} dBTP",
        "整体响度调到{target:g} LUFS，真峰值不超过{peak:g} dBTP",
    ),
    "lower_third": (
        "a lower third “{text}” on the side {side}, from {start}",
        "下方字幕条“{text}”，位置：{side}，从{start}开始",
    ),
    "for_length": (" for {length}", "，持续{length}"),
    "to_end": (" to the end", "，到结尾"),
    "only_added": (
        "only music that was added stays; music in the clip's own sound cannot be told apart from the rest of it",
        "只留下添加的音乐；原声里的音乐分不出来",
    ),
    "usual_loudness": (
        "no loudness is named: that of streaming, {target:g} LUFS",
        "没有说响度：按流媒体的{target:g} LUFS",
    ),
    "usual_volume": ("no volume is named: {volume:.0%}", "没有说音量：{volume:.0%}"),
    "plain": ("nothing in the picture is changed", "画面内容不变"),
    "export_lines": (
        (
            "exported at {lines}p: {wide}x{lines}, or {lines}x{wide} if it is upright; a picture of another shape "
            "stands on black in it unless it is cropped"
        ),
        "导出为{lines}p：{wide}x{lines}，竖屏时为{lines}x{wide}；其他比例的画面四周留黑，除非先裁剪",
    ),
    "export_size": ("exported at exactly {size}", "导出尺寸为{size}"),
    "export_max_size": ("exported to fit into {size}, either way up", "导出尺寸不超过{size}（横竖均可）"),
    "export_format": ("exported as {format}", "导出格式为{format}"),
    # what was taken for granted
    "cut_together": (
        "all parts that are cut out are those of the clip before any of them is",
        "剪掉的各段都按剪辑之前的时间计算",
    ),
    "one_second": ("the crossfade lasts one second", "交叉淡化持续1秒"),
    "any_color": ("no colour is named: black", "没有指定颜色：黑色"),
    "centred": (
        "“{words}” says where in the new picture; for the one in the middle of several say “following the middle …”",
        "“{words}”说的是在新画面中的位置",
    ),
    "ridden": (
        "“{words}” is the person alone; the {thing} is named by itself",
        "“{words}”只指人；{thing}要另外说",
    ),
    "any_person": (
        "“{words}” is taken as any person: people are not told apart by who they are",
        "“{words}”按人物处理：不区分是谁",
    ),
    "looked_for_as": ("“{words}” is looked for as {kind}", "“{words}”按{kind}识别"),
    "doing": (
        "people are not told apart by what they do: “{words}” is left aside",
        "不按动作区分人物：“{words}”不作为条件",
    ),
    "in_background": ("“{words}” is taken as the people in the background", "“{words}”按背景里的人处理"),
    "green_screen": ("the screen's colour is {fill}", "幕布颜色为{fill}"),
    "described": ("“{words}” describes the clip and asks for nothing", "“{words}”是对视频的描述，不是要求"),
    "seconds": ("“{words}” is taken as seconds", "“{words}”按秒计算"),
    "from_start": ("the first {length} of the clip are kept", "保留视频的前{length}"),
    "shape": (
        "the sides are cut off; to keep the whole picture, pad it instead",
        "会裁掉两边；要保留整个画面请改用填充",
    ),
    "bare_title": ("the title reads “{words}”", "标题内容为“{words}”"),
    "the_file": ("“{words}” is {name}, the only one at hand", "“{words}”指手头唯一的文件{name}"),
    "cut_out": (
        "“{words}” is taken as: only they stay; to take them away, say “remove”",
        "“{words}”理解为只保留人物；要去掉人物请说“去掉”",
    ),
    "cut_at": (
        "“{words}” keeps what is before that point; to keep what is after it, say “start at …”",
        "“{words}”保留这一点之前的部分；要保留之后的请说“从……开始”",
    ),
    "cut_away": (
        "“{words}” takes these seconds away; to keep only them, say “keep”",
        "“{words}”会剪掉这几秒；只保留它们请说“保留”",
    ),
    "reordered": (
        "“{first}” is done before “{second}”, since people must be found first",
        "先“{first}”再“{second}”，因为要先识别人物",
    ),
    "size_of_all": ("{lines}p is the size of the finished picture, after the crop", "{lines}p是裁剪之后成片的尺寸"),
}
