"""Names and sentences the demo company is made of."""

COMPANY = "远航软件"
DEPARTMENTS: tuple[tuple[str, str | None], ...] = (
    ("远航软件", None),
    ("市场部", "远航软件"),
    ("销售部", "远航软件"),
    ("华东组", "销售部"),
    ("华北组", "销售部"),
    ("华南组", "销售部"),
    ("售前部", "远航软件"),
    ("法务部", "远航软件"),
    ("实施部", "远航软件"),
    ("财务部", "远航软件"),
    ("客服部", "远航软件"),
)

# login, name, department, roles, leads it?
PEOPLE: tuple[tuple[str, str, str, tuple[str, ...], bool], ...] = (
    ("admin", "孙启明", "远航软件", ("admin",), False),
    ("zhaolei", "赵磊", "远航软件", ("head",), True),
    ("moxiao", "莫晓", "远航软件", ("process_owner",), False),
    ("linyue", "林悦", "市场部", ("marketing",), True),
    ("hejia", "何佳", "市场部", ("marketing",), False),
    ("tangqi", "唐琪", "市场部", ("marketing",), False),
    ("chenjing", "陈静", "销售部", ("sales_manager",), True),
    ("zhouhao", "周浩", "华东组", ("sales_manager",), True),
    ("liwei", "李伟", "华东组", ("sales",), False),
    ("wangfang", "王芳", "华东组", ("sales",), False),
    ("xumin", "徐敏", "华东组", ("sales",), False),
    ("gutao", "顾涛", "华东组", ("sales",), False),
    ("mengfei", "孟飞", "华北组", ("sales_manager",), True),
    ("liuyang", "刘洋", "华北组", ("sales",), False),
    ("zhangqian", "张倩", "华北组", ("sales",), False),
    ("songjie", "宋杰", "华北组", ("sales",), False),
    ("huangshan", "黄珊", "华南组", ("sales_manager",), True),
    ("wujun", "吴军", "华南组", ("sales",), False),
    ("zhengli", "郑丽", "华南组", ("sales",), False),
    ("luobin", "罗斌", "华南组", ("sales",), False),
    ("qianwen", "钱文", "售前部", ("presales",), True),
    ("shenyi", "沈毅", "售前部", ("presales",), False),
    ("fanlu", "范璐", "法务部", ("legal",), True),
    ("jiangbo", "蒋博", "法务部", ("legal",), False),
    ("duanrui", "段锐", "实施部", ("delivery",), True),
    ("yuhang", "于航", "实施部", ("delivery",), False),
    ("caolin", "曹琳", "实施部", ("delivery",), False),
    ("zengzhen", "曾珍", "财务部", ("finance",), True),
    ("pengyu", "彭宇", "财务部", ("finance",), False),
    ("yaomei", "姚梅", "客服部", ("service",), True),
    ("sujie", "苏洁", "客服部", ("service",), False),
)

# key, name, processes, departments of its people, who is in charge
CARE_UNIT = "华东组"
LINES: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "software",
        "软件产品线",
        ("b2b-software",),
        ("市场部", "销售部", "华东组", "华北组", "华南组", "售前部"),
        ("chenjing",),
    ),
    ("care", "运维服务线", (), ("市场部", CARE_UNIT, "客服部"), ("zhouhao",)),
)
CARE_PROCESS = "运维服务七阶段"
CARE_NOTE = "老客户续费等不起：报价三天内给出"
CARE_PRODUCTS = ("YF-CARE", "YF-BI")
REGION_OF = {"华东组": "华东", "华北组": "华北", "华南组": "华南"}
SOURCES = ("官网咨询", "展会", "老客户介绍", "电话拓展", "合作伙伴", "内容营销")
PRODUCTS = (
    ("YF-MES", "生产执行系统 MES", "制造", "280000"),
    ("YF-WMS", "仓储管理系统 WMS", "制造", "160000"),
    ("YF-QMS", "质量追溯系统 QMS", "制造", "120000"),
    ("YF-EAM", "设备管理系统 EAM", "制造", "90000"),
    ("YF-BI", "经营分析平台", "数据", "68000"),
    ("YF-CARE", "年度运维服务", "服务", "36000"),
)

CITIES = {
    "华东": ("上海", "苏州", "杭州", "宁波", "无锡", "南京", "合肥", "常州"),
    "华北": ("北京", "天津", "石家庄", "青岛", "济南", "太原", "唐山"),
    "华南": ("深圳", "广州", "东莞", "佛山", "厦门", "中山", "珠海"),
}
BRANDS = (
    "恒瑞达",
    "正泰源",
    "华腾",
    "鼎盛",
    "锐科",
    "安捷",
    "凌志",
    "东方鸿",
    "海川",
    "金桥",
    "瑞丰",
    "永兴",
    "天工",
    "博远",
    "嘉业",
    "宏图",
    "科创",
    "明达",
    "启辰",
    "世纪星",
    "同创",
    "万和",
    "新力",
    "亿通",
    "中能",
    "卓越",
    "百川",
    "德胜",
    "福瑞",
    "广联",
    "汇丰源",
    "建邦",
    "康泰",
    "联创",
    "美信",
    "诺亚",
    "普华",
    "强盛",
    "荣昌",
    "盛世",
    "泰和",
    "维信",
    "祥云",
    "远大",
)
TRADES = (
    ("精密机械", "机械制造"),
    ("电子科技", "电子"),
    ("汽车零部件", "汽车"),
    ("新材料", "化工材料"),
    ("食品", "食品饮料"),
    ("医疗器械", "医疗器械"),
    ("包装", "包装印刷"),
    ("纺织", "纺织服装"),
    ("智能装备", "机械制造"),
    ("物流", "仓储物流"),
)
SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭"
GIVEN = (
    "建国",
    "志强",
    "丽华",
    "海燕",
    "文博",
    "雪梅",
    "俊杰",
    "晓东",
    "国栋",
    "艳红",
    "子轩",
    "思远",
    "佳怡",
    "振华",
    "春生",
)
TITLES = (
    ("总经理", "decision_maker"),
    ("生产副总", "decision_maker"),
    ("信息部经理", "technical"),
    ("采购经理", "buyer"),
    ("车间主任", "user"),
    ("质量部经理", "influencer"),
)

TALKS = {
    "call": (
        "电话聊了二十分钟，对方主要关心实施周期和与现有 ERP 的接口，约好下周发资料。",
        "回电确认需求负责人是信息部，生产副总参与评审，先从一个车间试点。",
        "客户说年底前要上线，预算已报批，让我们准备同行案例。",
    ),
    "wechat": ("微信发了产品介绍和两个同行案例，客户已读并转给了生产副总。", "微信确认了周三下午的会议时间和参会人。"),
    "visit": (
        "上门拜访，看了两条产线，现在靠纸质流转卡，报工滞后一天，客户对实时报工很感兴趣。",
        "现场和车间主任、信息部一起过了流程，梳理出五个痛点，答应周五前出方案提纲。",
    ),
    "email": ("邮件发送会议纪要，客户回复确认，补充了库存盘点的要求。",),
    "meeting": (
        "线上会议，和决策人过了方案框架和实施计划，对价格有顾虑，要求分期。",
        "三方会议讨论合同条款，付款比例基本谈定 3-4-3。",
    ),
    "demo": ("给客户做了完整演示，报工和追溯两块反响很好，希望补看移动端。",),
}
NOTES = (
    "已按要求完成，客户确认无误，纪要已发群里。",
    "材料齐全，关键信息都核实过了。",
    "与客户逐条确认，双方没有异议。",
    "已完成，下一步按计划推进。",
)
# The form that the demo company's needs interview is written down in, and what customers say in it.
SURVEY = {
    "name": "需求调研表",
    "about": "deal",
    "description": "访谈当天填写，用客户的原话；方案和报价都以它为准。",
}
SURVEY_QUESTIONS: tuple[dict[str, object], ...] = (
    {"key": "now", "name": "现在怎么做", "type": "long_text", "required": True},
    {"key": "systems", "name": "在用系统", "type": "choices", "choices": ["Excel", "ERP", "CRM", "其他"]},
    {
        "key": "other_system",
        "name": "其他系统的名称",
        "type": "text",
        "shown_when": {"field": "systems", "op": "eq", "value": "其他"},
        "required_when": {"field": "systems", "op": "eq", "value": "其他"},
    },
    {"key": "pain", "name": "最头疼的问题", "type": "long_text", "required": True},
    {"key": "times", "name": "每月发生几次", "type": "number", "low": "0", "high": "999"},
    {"key": "loss", "name": "一年因此损失", "type": "money", "help": "请客户自己估算"},
    {"key": "cloud", "name": "接受云部署", "type": "yes_no"},
    {
        "key": "decides",
        "name": "怎么定下来",
        "type": "choice",
        "choices": ["老板一人决定", "部门提出后老板拍板", "比选", "公开招标"],
        "required": True,
    },
)
SURVEY_NOW = (
    "销售各用各的表格，月底由内勤拼起来，常常对不上。",
    "线索登记在微信群里，谁有空谁跟，没有记录。",
    "用 ERP 里的备注记客户，查不到谁在什么时候跟过。",
    "两年前上过一套系统，录入太麻烦，现在没人用了。",
)
SURVEY_PAIN = (
    "人一离职，客户就断了，接手的人要从头问起。",
    "报价审批要两三天，客户等不及就选了别家。",
    "月底预测全靠问，数字一周变三次。",
    "同一个客户两个人同时在跟，客户有意见。",
)
NEXT_STEPS = ("电话确认资料收到", "上门拜访车间", "发送报价", "约决策人会议", "跟进合同审批", "回访试用情况")
TEXTS = {
    "pain_points": (
        "报工滞后，生产进度靠打电话问；盘点差异大。",
        "质量问题追溯要翻三天纸单。",
        "设备故障停机没人统计，订单经常延期。",
    ),
    "decision_process": ("信息部初选，生产副总评审，总经理拍板。", "采购比价三家，总经理办公会决定。"),
    "competitor": ("用友", "金蝶", "鼎捷", "暂无"),
    "need_summary": ("希望先上一个车间试点，跑顺再推广。", "要求与现有 ERP 打通。"),
    "main_concern": ("担心实施影响生产。", "价格高于预期。"),
}
RELEASES = ("近期没有新需求", "联系人已离职，新联系人未找到", "客户今年不再采购", "客户已选用其他产品")
