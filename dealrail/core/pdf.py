"""Setting documents in type: a Typst template and plain values become a PDF with its fonts embedded."""

import json
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal

PDF = "application/pdf"


class PdfMissing(Refusal):
    code = "pdf_missing"
    status = 501
    sentence = _("This installation makes no PDF. Have “dealrail[pdf]” installed, or print the page from the browser.")


def can_make_pdf() -> bool:
    """Whether the extra `pdf` is installed."""
    return find_spec("typst") is not None and find_spec("pylopdf_fonts_zh_cn") is not None


def make_pdf(template: Path, data: Mapping[str, Any], pictures: Mapping[str, Path] | None = None) -> bytes:
    """The document as PDF; the template finds `data` under `sys.inputs.data`, as JSON: no text in it is ever markup.

    `pictures` lie beside the template under these names; `pictures` in the data says whether they are shown. One that
    can't be set after all leaves them all out. Refuses with PdfMissing where the extra `pdf` isn't installed.
    """
    if not can_make_pdf():
        raise PdfMissing()
    import typst  # an extra

    shown = pictures or {}
    with TemporaryDirectory() as folder:
        for file, name in [(template, template.name), *((path, name) for name, path in shown.items())]:
            shutil.copyfile(file, Path(folder) / name)
        page = Path(folder) / template.name
        try:
            return _set(page, {**data, "pictures": bool(shown)})
        except typst.TypstError:
            if not shown:
                raise
            return _set(page, {**data, "pictures": False})


def _set(page: Path, data: Mapping[str, Any]) -> bytes:
    import pylopdf_fonts_zh_cn  # both are an extra
    import typst

    made = typst.compile(
        input=str(page),
        root=str(page.parent),
        font_paths=[str(Path(pylopdf_fonts_zh_cn.__file__).parent)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    return bytes(made)
