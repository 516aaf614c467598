"""How things are said about size and shape, in English and Chinese. `grammar.py` says how templates are written."""

from __future__ import annotations

from clipline.studio.instructions import actions as do
from clipline.studio.instructions.grammar import Table

__all__ = [
    "SHAPE_HEADS_EN",
    "SHAPE_HEADS_ZH",
    "SHAPE_WORDS_EN",
    "SHAPE_WORDS_ZH",
]

SHAPE_WORDS_EN = {
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
}

SHAPE_HEADS_EN: Table = (
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
)

SHAPE_WORDS_ZH = {
    "resize": (
        "压|压到|调整|缩放|改|改变|修改|设置|转换|转|变|放大|缩小|调|压缩|换|设|缩|升|降|提升|降低|拉伸|调节|更改|做|变换|弄"
    ),
    "extent": "分辨率|解析度|尺寸|大小|画面尺寸|视频尺寸|画面大小|视频大小|视频分辨率|输出分辨率|输出尺寸",
    "shapely": "格式|画面|视频|影片|短片|比例|画幅|尺寸|版|的视频|的画面|的格式|的比例|的|构图|的尺寸|版本|模式",
}

SHAPE_HEADS_ZH: Table = (
    (
        do.fit,
        (
            (
                "[<ba>][<video>[的]][<extent>][<resize>|<keep>](最大|最大为|最大是|最大不超过|不超过|不大于|"
                "不要超过|限制在|限制到|限制为|控制在|适应|适配|"
                "最大尺寸|最多|缩小到|缩到)[为|是|到|:]{box}[以内|之内|内|里|范围内]"
            ),
            "(最大尺寸|最大分辨率|尺寸上限|分辨率上限|最大)[为|是|:]{box}",
            "[<ba>][<video>[的]][<extent>](<resize>|缩小)(到|至|在){box}(以内|之内|范围内|里面)",
        ),
    ),
    (
        do.resize,
        (
            (
                "[<ba>][<video>[的]][<extent>](<resize>)[大小|尺寸|分辨率|<video>|<extent>][<to>]{size}[大小|的大小|"
                "尺寸|的尺寸|的分辨率|分辨率]"
            ),
            "[<video>[的]]<extent>[:|为|是|<become>|用|<to>]{size}",
        ),
    ),
    (
        do.lines,
        (
            (
                "[<ba>][<video>[的]][<extent>](<resize>)[大小|尺寸|分辨率|<video>|<extent>][<to>]{lines}[大小|"
                "的分辨率|分辨率|的视频|清晰度]"
            ),
            "[<video>[的]]<extent>[:|为|是|<become>|用|<to>]{lines}",
            "(要|做|弄|改)[成|为]{lines}[的]",
        ),
    ),
    (
        do.crop,
        (
            "[<ba>][<video>](裁剪|裁切|剪裁|裁|切|剪切|剪|居中裁剪|截)[<video>][<to>]{shape}[<shapely>]",
            "{shape}裁剪",
            "[<ba>]<video>按{shape}[比例|的比例](裁剪|裁切|裁)",
            "按{shape}[比例|的比例](裁剪|裁切|裁)[<video>]",
        ),
    ),
    (
        do.reshape,
        (
            (
                "[<ba>][<video>[的]][比例|画幅|宽高比|画面比例|尺寸](<resize>|<become>|转换|设置|"
                "变)[<to>]{shape}[<shapely>]"
            ),
            "[做|要|用]{shape}[<shapely>]",
            "[<video>[的]](比例|画幅|宽高比|画面比例)[:|为|是|<become>|用|<to>]{shape}",
        ),
    ),
    (do.crop_size, ("[<ba>][<video>](裁剪|裁切|剪裁|裁|切)[<video>][<to>]{size}[大小|的大小|尺寸|的尺寸|的画面]",)),
    (
        do.pad,
        (
            "[<ba>][<video>](填充|补边|加边|扩展|加黑边|补黑边|扩充|加边框|补齐|填补|垫)[<video>](到|至|成|为){box}",
            "[给<video>](加|补|添加|加上)[上]{color}[的](边|边框|边)(到|至|成|为){box}",
            "[<ba>][<video>]用{color}(填充|补边|扩展|补)(到|至|成|为){box}",
        ),
    ),
    (
        do.refuse("no_size"),
        (
            "[给<video>](加|补|添加|加上)[上]{color}[的](边|边框)",
            "[<ba>]<video>(裁剪|缩放|调整大小|放大|缩小|裁切)[一下]",
            "裁剪<video>|缩放<video>|调整(大小|尺寸|分辨率|<extent>)|裁剪|缩放",
        ),
    ),
)
