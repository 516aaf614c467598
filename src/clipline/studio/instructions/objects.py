"""The names of things that can be found, in English and Chinese: the 80 classes of COCO and what else they are called.

To teach clipline another name of a thing, add it to its row.
"""

from __future__ import annotations

from collections.abc import Mapping

from clipline.studio.instructions.nouns import with_plurals
from clipline.timeline import OBJECTS, plural

__all__ = ["NAMES", "NAMES_ZH"]

#: Other names in English, where there are any; plurals come by themselves.
_ALSO: Mapping[str, str] = {
    "bicycle": "bike|cycle|push bike|pushbike|mountain bike|road bike|e-bike",
    "car": (
        "automobile|auto|taxi|taxicab|cab|vehicle|sedan|suv|jeep|limousine|limo|convertible|sports car|race car|"
        "racing car|police car|hatchback|station wagon|parked car"
    ),
    "motorcycle": "motorbike|motor bike|motor cycle|scooter|motor scooter|moped|vespa|dirt bike",
    "airplane": "plane|aeroplane|aircraft|airliner|jet|jet plane",
    "bus": "coach|minibus|school bus|double-decker|double decker",
    "train": "tram|locomotive|subway train|metro train|streetcar",
    "truck": "lorry|pickup|pickup truck|van|minivan|delivery van|fire truck|fire engine|garbage truck|semi truck",
    "boat": "ship|sailboat|sailing boat|motorboat|speedboat|rowing boat|rowboat|yacht|ferry|canoe|kayak|dinghy|gondola",
    "traffic light": "traffic signal|stoplight|stop light",
    "fire hydrant": "hydrant",
    "bench": "park bench",
    "bird": (
        "pigeon|dove|seagull|gull|duck|duckling|goose|swan|parrot|sparrow|crow|raven|eagle|hawk|owl|chicken|hen|rooster|"
        "penguin|pelican|flamingo|peacock"
    ),
    "cat": "kitten|kitty|pussycat|tomcat|tabby|tabby cat",
    "dog": (
        "puppy|pup|doggy|doggie|doggo|pooch|hound|labrador|poodle|retriever|golden retriever|bulldog|terrier|husky|"
        "shepherd dog|german shepherd|chihuahua|dachshund|corgi|beagle"
    ),
    "horse": "pony|foal|mare|stallion",
    "sheep": "lamb|ewe",
    "cow": "bull|cattle|calf|ox",
    "bear": "grizzly|grizzly bear|brown bear|polar bear|black bear",
    "backpack": "rucksack|knapsack|school bag|schoolbag",
    "umbrella": "parasol|sunshade",
    "handbag": "purse|bag|shoulder bag|tote bag|hand bag",
    "tie": "necktie|bow tie",
    "suitcase": "luggage|baggage|trolley case|briefcase|travel bag",
    "frisbee": "flying disc",
    "skis": "ski",
    "sports ball": (
        "ball|football|soccer ball|basketball|tennis ball|volleyball|baseball|golf ball|beach ball|rugby ball|handball"
    ),
    "baseball bat": "bat",
    "baseball glove": "baseball mitt|mitt",
    "skateboard": "longboard|skate board",
    "surfboard": "surf board|bodyboard",
    "tennis racket": "racket|racquet|tennis racquet|badminton racket",
    "bottle": "water bottle|wine bottle|beer bottle|plastic bottle|glass bottle",
    "wine glass": "wineglass|goblet|glass of wine|champagne glass",
    "cup": "mug|coffee cup|coffee mug|teacup|tea cup|paper cup|drinking glass|tumbler",
    "spoon": "teaspoon|tablespoon",
    "sandwich": "burger|hamburger|cheeseburger",
    "orange": "tangerine|mandarin",
    "hot dog": "hotdog",
    "pizza": "slice of pizza",
    "donut": "doughnut",
    "cake": "cupcake|birthday cake|muffin",
    "chair": "armchair|stool|office chair|bar stool|folding chair",
    "couch": "sofa|settee|loveseat",
    "potted plant": "plant|houseplant|pot plant|flower pot|flowerpot|house plant",
    "dining table": "table|desk|coffee table|kitchen table",
    "tv": "television|tv set|tv screen|television screen|monitor|computer monitor|computer screen|screen|flat screen",
    "laptop": "notebook computer|macbook|computer|laptop computer|laptop screen",
    "mouse": "computer mouse",
    "remote": "remote control|tv remote|remote controller",
    "keyboard": "computer keyboard",
    "cell phone": "phone|mobile|mobile phone|smartphone|smart phone|cellphone|iphone|telephone|android phone",
    "microwave": "microwave oven",
    "oven": "stove|cooker",
    "sink": "washbasin|kitchen sink",
    "refrigerator": "fridge|freezer",
    "clock": "wall clock|alarm clock",
    "vase": "flower vase",
    "scissors": "pair of scissors",
    "teddy bear": "teddy|teddybear|plush bear|plush toy|stuffed animal|stuffed toy|stuffed bear|soft toy",
    "hair drier": "hair dryer|hairdryer|blow dryer",
    "toothbrush": "tooth brush",
}

#: Names in Chinese, divided by `|`, the usual one first.
_CHINESE = """
bicycle 自行车|单车|脚踏车|山地车
car 汽车|小汽车|轿车|小轿车|小车|车子|车辆|出租车|的士|计程车|警车|跑车|越野车|私家车|车
motorcycle 摩托车|摩托|机车|电动车|电瓶车|电单车; airplane 飞机|客机
bus 公交车|公交|公车|巴士|公共汽车|大巴|大巴车|校车; train 火车|列车|高铁|地铁|动车|电车
truck 卡车|大卡车|货车|大货车|皮卡|消防车|面包车; boat 船|小船|轮船|帆船|游艇|快艇|渔船|船只
traffic light 红绿灯|交通灯|信号灯|交通信号灯; fire hydrant 消防栓|消火栓; stop sign 停车标志|停止标志
parking meter 停车计时器|咪表; bench 长椅|长凳|长条椅
bird 鸟|小鸟|鸽子|海鸥|鸟儿|鸭子|麻雀|乌鸦|天鹅|鹅|鸡|公鸡|母鸡|鹦鹉|燕子|老鹰|企鹅|孔雀
cat 猫|猫咪|小猫|小猫咪|猫猫|猫儿|花猫|橘猫|黑猫|白猫|喵星人
dog 狗|小狗|狗狗|小狗狗|犬|狗子|宠物狗|柴犬|金毛|哈士奇|柯基|汪星人; horse 马|马匹|小马
sheep 羊|绵羊|山羊|小羊|羊羔|羊群; cow 牛|奶牛|母牛|公牛|小牛|黄牛|水牛|牛群; elephant 大象|象|小象
bear 熊|狗熊|棕熊|黑熊|北极熊; zebra 斑马; giraffe 长颈鹿; backpack 背包|书包|双肩包|登山包
umbrella 雨伞|伞|阳伞|遮阳伞|太阳伞; handbag 手提包|包包|手袋|提包|挎包|单肩包|女包|包; tie 领带|领结
suitcase 行李箱|手提箱|箱子|旅行箱|拉杆箱|行李; frisbee 飞盘; skis 滑雪板|双板; snowboard 单板
sports ball 球|足球|篮球|网球|排球|皮球|棒球|橄榄球|高尔夫球; kite 风筝; baseball bat 棒球棒|球棒|棒球棍
baseball glove 棒球手套; skateboard 滑板; surfboard 冲浪板; tennis racket 网球拍|球拍|羽毛球拍
bottle 瓶子|水瓶|酒瓶|矿泉水瓶|饮料瓶|啤酒瓶|瓶; wine glass 酒杯|高脚杯|红酒杯|葡萄酒杯
cup 杯子|水杯|咖啡杯|茶杯|马克杯|玻璃杯|纸杯; fork 叉子|餐叉; knife 刀|刀子|餐刀|小刀|菜刀|水果刀
spoon 勺子|汤匙|勺|汤勺; bowl 碗|饭碗; banana 香蕉; apple 苹果; sandwich 三明治|汉堡|汉堡包; orange 橙子|橘子|桔子
broccoli 西兰花; carrot 胡萝卜; hot dog 热狗; pizza 披萨|比萨; donut 甜甜圈; cake 蛋糕|生日蛋糕|纸杯蛋糕
chair 椅子|座椅|凳子|板凳; couch 沙发; potted plant 盆栽|植物|绿植|花盆|盆景|盆花; bed 床
dining table 餐桌|桌子|饭桌|书桌|茶几|办公桌; toilet 马桶|坐便器; tv 电视|电视机|电视屏幕|电脑屏幕|显示器|显示屏|屏幕
laptop 笔记本电脑|笔电|笔记本|电脑|手提电脑; mouse 鼠标|滑鼠; remote 遥控器; keyboard 键盘
cell phone 手机|电话|智能手机|移动电话; microwave 微波炉; oven 烤箱; toaster 烤面包机|吐司机
sink 水槽|洗手池|洗手盆|洗脸盆; refrigerator 冰箱; book 书|书本|书籍|课本; clock 钟|时钟|钟表|挂钟|闹钟; vase 花瓶
scissors 剪刀; teddy bear 泰迪熊|玩具熊|毛绒熊|毛绒玩具; hair drier 吹风机|电吹风; toothbrush 牙刷
"""


def _english() -> dict[str, str]:
    table = {name: kind for kind, also in _ALSO.items() for pair in with_plurals(also).items() for name in pair}
    for kind in OBJECTS[1:]:
        table |= {kind: kind, plural(kind): kind}
    return table


def _chinese() -> dict[str, str]:
    table: dict[str, str] = {}
    for row in _CHINESE.replace("\n", ";").split(";"):
        kind, _, names = row.strip().rpartition(" ")
        table |= dict.fromkeys(names.split("|"), kind) if kind else {}
    return table


#: Every English name, in the singular and the plural, and the kind that it means.
NAMES: Mapping[str, str] = _english()
#: Every Chinese name, and the kind that it means.
NAMES_ZH: Mapping[str, str] = _chinese()
