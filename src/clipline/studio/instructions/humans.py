"""The names of people, in English and Chinese, and whom each means: a person, all of them, or those in the background.

To teach clipline another name, add it to its row; plurals in English come by themselves. Nobody is told apart by what
they are or do: a note says that "the dancer" is any person.
"""

from __future__ import annotations

from collections.abc import Mapping

from clipline.studio.instructions.nouns import with_plurals
from clipline.timeline import Who

__all__ = ["BYSTANDERS", "BYSTANDERS_ZH", "PEOPLE", "PEOPLE_ZH", "PERSON", "PERSON_ZH", "PLAIN_PEOPLE", "RIDDEN", "WHO"]

#: Nouns that say no more than that it is a human being.
_PLAIN = "person|human|human being|individual"
_PLAIN_ONE = "someone|somebody"
_PLAIN_ALL = "persons|everyone|everybody|anyone|anybody"
#: Nouns for one human being, of which a note says that they are not told from others.
_ONE = (
    # by age and sex
    "man|woman|guy|gal|dude|bloke|chap|fella|fellow|girl|boy|lady|gentleman|gent|lad|lass|child|kid|toddler|baby|infant|"
    "teen|teenager|youth|youngster|adult|grown-up|senior|old man|old woman|old lady|young man|young woman|little girl|"
    "little boy|"
    # by family and day
    "mother|father|mom|mum|dad|parent|grandmother|grandfather|grandma|grandpa|brother|sister|son|daughter|husband|wife|"
    "bride|groom|bridesmaid|friend|boyfriend|girlfriend|neighbour|neighbor|guest|visitor|"
    # by what they do on a stage, before a camera
    "subject|model|actor|actress|speaker|presenter|host|hostess|lecturer|narrator|interviewer|interviewee|reporter|"
    "journalist|anchorman|anchorwoman|vlogger|blogger|youtuber|influencer|streamer|gamer|dancer|ballerina|singer|rapper|"
    "musician|guitarist|pianist|drummer|violinist|performer|magician|clown|celebrity|artist|painter|"
    # by how they go
    "walker|pedestrian|jogger|runner|hiker|cyclist|bicyclist|biker|motorcyclist|motorcycle rider|bike rider|rider|"
    "driver|passenger|commuter|tourist|traveller|traveler|skater|skateboarder|surfer|skier|snowboarder|climber|swimmer|diver|"
    # by sport and work
    "athlete|player|soccer player|football player|basketball player|tennis player|footballer|goalkeeper|referee|boxer|"
    "gymnast|golfer|worker|construction worker|employee|colleague|boss|businessman|businesswoman|customer|shopper|"
    "salesman|farmer|fisherman|gardener|cook|chef|waiter|waitress|bartender|barista|teacher|student|pupil|professor|"
    "scientist|engineer|doctor|nurse|patient|police officer|policeman|policewoman|cop|officer|guard|security guard|"
    "soldier|fireman|firefighter|pilot|astronaut|cosmonaut|cameraman|camerawoman|photographer|videographer|cowboy|priest|"
    "nun|monk|king|queen|prince|princess"
)
#: Several by a word of their own.
_SEVERAL = "folks|crowd|audience|couple|family|team|crew|band|group of people|crowd of people|audience members"
#: Who speaks of themselves.
_MYSELF, _OURSELVES = "me|myself", "us|ourselves"
#: People who are by their name not the main one.
_BYSTANDER = (
    "background person|background pedestrian|background figure|background man|background woman|background actor|"
    "bystander|photobomber|onlooker|stranger|random person|other person"
)

PERSON = f"{_PLAIN}|{_PLAIN_ONE}|{_ONE}|{_MYSELF}"
PEOPLE = "|".join(
    [*with_plurals(_PLAIN).values(), _PLAIN_ALL, *with_plurals(_ONE).values(), _SEVERAL, _OURSELVES],
)
BYSTANDERS = "|".join(
    [
        *(each for pair in with_plurals(_BYSTANDER).items() for each in pair),
        "background persons|other persons|random persons|passer-by|passerby|passers-by|passersby",
        "everyone else|everybody else|anyone else|anybody else|someone else|somebody else|others",
    ]
)

PERSON_ZH = (
    "人物|人像|人|男人|女人|男子|女子|男的|女的|男孩|女孩|男孩子|女孩子|小男孩|小女孩|小孩|小孩子|孩子|小朋友|儿童|婴儿|"
    "宝宝|男生|女生|男士|女士|先生|小姐|小姐姐|小哥哥|美女|帅哥|姑娘|小姑娘|小伙子|小伙|少年|少女|青年|年轻人|大人|成年人|"
    "老人|老人家|老头|老太太|老爷爷|老奶奶|大爷|大妈|大叔|阿姨|叔叔|妈妈|爸爸|母亲|父亲|奶奶|爷爷|哥哥|姐姐|弟弟|妹妹|儿子|"
    "女儿|丈夫|妻子|老公|老婆|新郎|新娘|朋友|家伙|客人|行人|主播|演讲者|主持人|讲者|讲师|演员|舞者|模特|歌手|乐手|明星|"
    "网红|博主|记者|摄影师|跑步者|跑者|跑步的人|骑手|骑车人|骑车的人|骑车的那个人|骑行者|骑自行车的人|骑自行车的那个人|司机|乘客|旅客|游客|滑板手|冲浪者|"
    "滑雪者|游泳者|运动员|球员|选手|裁判|工人|员工|同事|老板|顾客|服务员|店员|厨师|农民|老师|学生|同学|教授|科学家|医生|"
    "护士|病人|警察|保安|士兵|军人|消防员|飞行员|宇航员|航天员|我自己|我|本人"
)
PEOPLE_ZH = (
    "所有人物|所有人|所有的人物|所有的人|全部人物|全部人|全部的人|每个人|大家|人们|人群|全体人员|全体|观众|情侣|夫妻|"
    "一家人|我们"
)
BYSTANDERS_ZH = (
    "背景人物|背景人|背景路人|背景行人|路人|背景里的人|背景中的人|背景上的人|背景里的路人|背景中的路人|背景里的人物"
    "|路人甲|路人们|路过的人|过路人|过路的人|陌生人|闲人|闲杂人等|走来走去的路人|后面走来走去的人|后面走动的人|后面走过的人"
    "|身后走来走去的人|背景中的人物|背景的人|后面的人|后面的路人|身后的人|后方的人|其他人|其他人物|其他的人|别人|旁人"
    "|其余的人|其余人"
)
#: Nouns of which no note is made.
PLAIN_PEOPLE = frozenset(
    [
        *with_plurals(_PLAIN),
        *with_plurals(_PLAIN).values(),
        *f"{_PLAIN_ONE}|{_PLAIN_ALL}|人物|人像|人|{PEOPLE_ZH}".split("|"),
    ]
)

#: What is ridden by those who have their name from it; it is another thing, and named by itself.
RIDDEN: Mapping[str, str] = {
    rider: thing
    for riders, thing in (
        ("cyclist|bicyclist|biker|bike rider", "bicycle"),
        ("motorcyclist|motorcycle rider", "motorcycle"),
        ("skateboarder", "skateboard"),
        ("surfer", "surfboard"),
        ("skier", "skis"),
        ("snowboarder", "snowboard"),
        ("骑车人|骑车的人|骑车的那个人|骑行者|骑自行车的人|骑自行车的那个人", "自行车"),
        ("滑板手", "滑板"),
        ("冲浪者", "冲浪板"),
    )
    for pair in (with_plurals(riders) if riders.isascii() else dict.fromkeys(riders.split("|"), "")).items()
    for rider in pair
    if rider
}


def _who() -> Mapping[str, Who]:
    rows: tuple[tuple[str, Who], ...] = (
        (f"{PERSON}|{PERSON_ZH}", "person"),
        (f"{PEOPLE}|{PEOPLE_ZH}", "people"),
        (f"{BYSTANDERS}|{BYSTANDERS_ZH}", "background_person"),
    )
    return {name: who for names, who in rows for name in names.split("|")}


#: Whom each name means.
WHO: Mapping[str, Who] = _who()
