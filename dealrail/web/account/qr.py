"""A QR code as a picture that stands in the page itself: one path, no styles, so the strict policy lets it be."""

import qrcode
from django.utils.html import format_html
from django.utils.safestring import SafeString

QUIET = 4


def qr_svg(text: str, label: str) -> SafeString:
    """The text as a QR code; dark on white in every theme, as cameras want it."""
    code = qrcode.QRCode(border=QUIET)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return format_html(
        '<svg class="qr" role="img" aria-label="{}" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        '<rect width="{size}" height="{size}" fill="#fff"/><path d="{}" fill="#000"/></svg>',
        label,
        path,
        size=len(rows),
    )
