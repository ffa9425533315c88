"""The public CRM data set: the real files where they lie beside the checkout, else made-up ones of the same shape."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "docs" / "examples" / "maven.yaml"
REAL = ROOT.parent / "shared" / "data" / "maven"
STAGES = ("Prospecting", "Engaging", "Won", "Lost")
STAR = "Darcel Schlecht"
PRODUCTS = ("GTX Basic", "GTX Pro", "MG Special", "GTK 500")


@dataclass(frozen=True)
class Figures:
    """What the files hold, counted in the files themselves; `won` is money by person."""

    regions: int
    people: int
    customers: int
    products: int
    stages: Counter[str]
    open_without_customer: int
    won: Counter[str]

    @property
    def deals(self) -> int:
        """All of them, whatever became of them."""
        return self.stages.total()


# As counted by hand in the real files.
KNOWN = {"deals": 8800, "won": 4238, "lost": 2473, "without": 1425, "amount": 10_005_534, "star": 1_153_214}


def known(figures: Figures) -> dict[str, int]:
    """The same, to be compared with what is known of the real files."""
    return {
        "deals": figures.deals,
        "won": figures.stages["Won"],
        "lost": figures.stages["Lost"],
        "without": figures.open_without_customer,
        "amount": figures.won.total(),
        "star": figures.won[STAR],
    }


def data(folder: Path) -> Path:
    """The real files, or made-up ones in this folder."""
    return REAL if REAL.is_dir() else _make_up(folder)


def count(folder: Path) -> Figures:
    """Count what the files hold, without anything of the program."""
    teams, deals = _rows(folder / "sales_teams.csv"), _rows(folder / "sales_pipeline.csv")
    won: Counter[str] = Counter()
    for row in deals:
        won[row["sales_agent"]] += int(row["close_value"] or 0) if row["deal_stage"] == "Won" else 0
    still_open = [row for row in deals if row["deal_stage"] in {"Prospecting", "Engaging"}]
    return Figures(
        regions=len({row["regional_office"] for row in teams}),
        people=len(teams),
        customers=len(_rows(folder / "accounts.csv")),
        products=len(_rows(folder / "products.csv")),
        stages=Counter(row["deal_stage"] for row in deals),
        open_without_customer=sum(not row["account"] for row in still_open),
        won=won,
    )


def amount(figures: Figures) -> Decimal:
    """What was won by everybody."""
    return Decimal(figures.won.total())


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _make_up(folder: Path) -> Path:
    random = Random(8800)
    agents = [STAR, "Moses Frase", "Anna Snelling", "Vicki Laflamme", "Markita Hansen"]
    teams = [[name, f"Manager {number % 2}", ("Central", "West")[number % 2]] for number, name in enumerate(agents)]
    accounts = [[f"Company {number}", "technolgy", "Philipines", ""] for number in range(12)]
    accounts[3][3] = "Company 9"
    deals = [["1C1I7A6R", agents[1], PRODUCTS[0], "Company 1", "Won", "10/20/2016", "3/1/2017", "1054"]]
    deals += [_deal(number, random, agents) for number in range(599)]
    _write(folder / "sales_teams.csv", ["sales_agent", "manager", "regional_office"], teams)
    _write(folder / "accounts.csv", ["account", "sector", "office_location", "subsidiary_of"], accounts)
    _write(folder / "products.csv", ["product", "series", "sales_price"], [[name, "S", "55"] for name in PRODUCTS])
    headers = ["opportunity_id", "sales_agent", "product", "account", "deal_stage", "engage_date", "close_date"]
    _write(folder / "sales_pipeline.csv", [*headers, "close_value"], deals)
    return folder


def _deal(number: int, random: Random, agents: Sequence[str]) -> list[str]:
    stage = random.choice(STAGES)
    engaged = date(2016, 10, 20) + timedelta(days=random.randrange(300))
    closed = engaged + timedelta(days=random.randrange(1, 130))
    is_closed = stage in {"Won", "Lost"}
    return [
        f"Z{number:07d}",
        random.choice(agents),
        random.choice(PRODUCTS).replace("GTX Pro", "GTXPro"),
        random.choice(["", "Company 2", "Company 5"]) if not is_closed else "Company 7",
        stage,
        f"{engaged:%m/%d/%Y}" if stage != "Prospecting" else "",
        f"{closed:%m/%d/%Y}" if is_closed else "",
        str(random.randrange(50, 6000)) if stage == "Won" else "0" if stage == "Lost" else "",
    ]


def _write(path: Path, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headers, *rows])
