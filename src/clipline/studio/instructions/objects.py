"""The names of things that can be found, in English and Chinese: the 80 classes of COCO and what else they are called.

To teach clipline another name of a thing, add it to its row; plurals in English come by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from clipline.timeline import OBJECTS, plural

__all__ = ["NAMES", "NAMES_ZH"]

#: Other names in English, where there are any; the plurals of the names themselves are added.
_ALSO: Mapping[str, str] = {
    "bicycle": "bike|bikes|cycle|push bike",
    "car": "automobile|automobiles|auto|taxi|taxis|cab|vehicle|vehicles|sedan|suv",
    "motorcycle": "motorbike|motorbikes|motor bike|scooter|scooters|moped|mopeds",
    "airplane": "plane|planes|aeroplane|aeroplanes|aircraft|jet|jets",
    "bus": "coach|coaches",
    "train": "tram|trams",
    "truck": "lorry|lorries|pickup|pickups|pickup truck|van|vans",
    "boat": "ship|ships|sailboat|sailboats|yacht|yachts|ferry|canoe",
    "traffic light": "traffic signal|traffic signals|stoplight|stoplights",
    "fire hydrant": "hydrant|hydrants",
    "bird": "pigeon|pigeons|seagull|seagulls|gull|duck|ducks|parrot|swan|chicken|chickens",
    "cat": "kitten|kittens|kitty|tomcat",
    "dog": "puppy|puppies|doggy|hound",
    "horse": "pony|ponies",
    "sheep": "lamb|lambs",
    "cow": "bull|bulls|cattle|calf",
    "backpack": "rucksack|rucksacks|school bag",
    "umbrella": "parasol|parasols",
    "handbag": "purse|purses|bag|bags",
    "tie": "necktie|neckties",
    "suitcase": "luggage|trolley case",
    "sports ball": "ball|balls|football|footballs|soccer ball|basketball|basketballs|tennis ball|volleyball",
    "wine glass": "wineglass|wineglasses|goblet",
    "cup": "mug|mugs|coffee cup|coffee cups|teacup",
    "donut": "doughnut|doughnuts",
    "couch": "sofa|sofas|settee",
    "potted plant": "plant|plants|houseplant|houseplants|pot plant",
    "dining table": "table|tables|desk|desks",
    "tv": "television|televisions|tv set|monitor|monitors",
    "laptop": "notebook computer|macbook|computer|computers",
    "mouse": "computer mouse",
    "remote": "remote control|remote controls",
    "cell phone": "phone|phones|mobile|mobile phone|mobile phones|smartphone|smartphones|cellphone|cellphones|iphone",
    "microwave": "microwave oven",
    "oven": "stove|stoves",
    "refrigerator": "fridge|fridges",
    "teddy bear": "teddy|teddies|teddybear|plush bear",
    "hair drier": "hair dryer|hair dryers|hairdryer|hairdryers|blow dryer",
}

#: Names in Chinese, divided by `|`, the usual one first.
_CHINESE = """
bicycle 自行车|单车|脚踏车; car 汽车|小汽车|轿车|车子|车辆|出租车|计程车|车; motorcycle 摩托车|摩托|机车|电动车
airplane 飞机|客机; bus 公交车|公车|巴士|公共汽车|大巴; train 火车|列车|高铁|地铁; truck 卡车|货车|皮卡
boat 船|小船|轮船|帆船|游艇; traffic light 红绿灯|交通灯|信号灯; fire hydrant 消防栓|消火栓
stop sign 停车标志|停止标志; parking meter 停车计时器|咪表; bench 长椅|长凳; bird 鸟|小鸟|鸽子|海鸥|鸟儿|鸭子
cat 猫|猫咪|小猫|猫猫; dog 狗|小狗|狗狗|犬; horse 马|马匹; sheep 羊|绵羊|山羊; cow 牛|奶牛|母牛|公牛
elephant 大象|象; bear 熊|狗熊; zebra 斑马; giraffe 长颈鹿; backpack 背包|书包|双肩包; umbrella 雨伞|伞|阳伞
handbag 手提包|包包|手袋|提包|包; tie 领带; suitcase 行李箱|手提箱|箱子|旅行箱; frisbee 飞盘; skis 滑雪板|双板
snowboard 单板; sports ball 球|足球|篮球|网球|排球; kite 风筝; baseball bat 棒球棒|球棒
baseball glove 棒球手套; skateboard 滑板; surfboard 冲浪板; tennis racket 网球拍|球拍
bottle 瓶子|水瓶|酒瓶|瓶; wine glass 酒杯|高脚杯|红酒杯; cup 杯子|水杯|咖啡杯|茶杯|马克杯; fork 叉子|餐叉
knife 刀|刀子|餐刀; spoon 勺子|汤匙|勺; bowl 碗; banana 香蕉; apple 苹果; sandwich 三明治; orange 橙子|橘子
broccoli 西兰花; carrot 胡萝卜; hot dog 热狗; pizza 披萨|比萨; donut 甜甜圈; cake 蛋糕; chair 椅子|座椅
couch 沙发; potted plant 盆栽|植物|绿植|花盆; bed 床; dining table 餐桌|桌子|饭桌|书桌; toilet 马桶|坐便器
tv 电视|电视机|显示器; laptop 笔记本电脑|笔电|笔记本|电脑; mouse 鼠标|滑鼠; remote 遥控器; keyboard 键盘
cell phone 手机|电话; microwave 微波炉; oven 烤箱; toaster 烤面包机|吐司机; sink 水槽|洗手池
refrigerator 冰箱; book 书|书本; clock 钟|时钟|钟表|挂钟; vase 花瓶; scissors 剪刀
teddy bear 泰迪熊|玩具熊|毛绒熊; hair drier 吹风机|电吹风; toothbrush 牙刷
"""


def _english() -> dict[str, str]:
    table = {name: kind for kind, also in _ALSO.items() for name in also.split("|")}
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
