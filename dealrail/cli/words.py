"""The language of the command line: Chinese where the shell speaks Chinese, else English. Needs no settings."""

import gettext as catalogues
from functools import lru_cache
from pathlib import Path

from config import env

LOCALE = Path(__file__).resolve().parents[1] / "locale"


def language() -> str:
    """The language code that the shell's LC_ALL, LC_MESSAGES or LANG asks for."""
    said = env.text("LC_ALL", "") or env.text("LC_MESSAGES", "") or env.text("LANG", "")
    return "zh-hans" if said.lower().startswith("zh") else "en"


def gettext(message: str) -> str:
    """The message in the language of the command line; works before Django is set up, and when it can't be."""
    return _catalogue(language()).gettext(message)


@lru_cache(maxsize=2)
def _catalogue(code: str) -> catalogues.NullTranslations:
    if code == "en":
        return catalogues.NullTranslations()
    return catalogues.translation("django", LOCALE, languages=["zh_Hans"], fallback=True)
