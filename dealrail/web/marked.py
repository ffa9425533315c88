"""Reading the Markdown of SOP texts: HTML in it stays text; links lead to the web or to mail, pictures are our own."""

import re
from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.html import escape, format_html
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from markdown_it.utils import EnvType, OptionsDict

from dealrail.process.rules.pictures import HASH, SCHEME

_LEADS_SOMEWHERE = re.compile(r"(?:https?://|mailto:)\S", re.IGNORECASE)


class _Marked(MarkdownIt):
    """Markdown in which whatever leads elsewhere stays as it was written."""

    def validateLink(self, url: str) -> bool:  # noqa: N802
        """Whether this may be linked, or shown as a picture."""
        return bool(_LEADS_SOMEWHERE.match(url)) or _digest(url) is not None


def _digest(url: str) -> str | None:
    """What a picture is called by; None for what is none of ours."""
    return url.removeprefix(SCHEME) if url.startswith(SCHEME) and HASH.fullmatch(url.removeprefix(SCHEME)) else None


def _address(url: str) -> str:
    """Where a link leads: to a picture of ours, or elsewhere."""
    digest = _digest(url)
    return reverse("picture", args=[digest]) if digest else url


def _link(renderer: RendererProtocol, tokens: Sequence[Token], number: int, options: OptionsDict, env: EnvType) -> str:
    href = _address(str(tokens[number].attrs["href"]))
    if not href:
        return "<a>"
    return format_html('<a href="{}" target="_blank" rel="noopener noreferrer">', href)


def _picture(
    renderer: RendererProtocol, tokens: Sequence[Token], number: int, options: OptionsDict, env: EnvType
) -> str:
    """A picture of ours; one from elsewhere is a link to it."""
    src, words = str(tokens[number].attrs["src"]), tokens[number].content
    if _digest(src):
        return format_html('<img class="sop-picture" src="{}" alt="{}" loading="lazy">', _address(src), words)
    if not src:
        return escape(words)
    return format_html('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>', src, words or src)


MARKDOWN = _Marked("commonmark", {"html": False, "linkify": False})
MARKDOWN.add_render_rule("link_open", _link)
MARKDOWN.add_render_rule("image", _picture)


def in_line(text: str) -> str:
    """A text of one line as HTML, without a paragraph around it."""
    html: str = MARKDOWN.renderInline(text or "")
    return html


def spans(text: str) -> list[dict[str, Any]]:
    """A text of one line as the spans of a block (see `blocks`)."""
    return _spans(SyntaxTreeNode(MARKDOWN.parseInline(text or "")))


def unmarked(text: str) -> str:
    """What a text of one line says to who sees words only, as in a hint."""
    return "".join(span["text"] for span in spans(text))


def blocks(text: str) -> list[dict[str, Any]]:
    """A text as plain values, block by block, for what sets it in type otherwise than as HTML.

    A block has a `kind`: text or heading (with `spans`), list (`items`, each of blocks; `ordered`, `start`), quote
    (`blocks`), code (`text`) or rule. A span has `text`, and may be strong, em, code, lead to `href`, or be the
    `picture` of this hash.
    """
    return [_block(node) for node in SyntaxTreeNode(MARKDOWN.parse(text or "")).children]


def _block(node: SyntaxTreeNode) -> dict[str, Any]:
    match node.type:
        case "heading":
            return {"kind": "heading", "spans": _spans(node)}
        case "bullet_list" | "ordered_list":
            items = [[_block(child) for child in item.children] for item in node.children]
            is_ordered = node.type == "ordered_list"
            start = min(int(node.attrs.get("start", 1)), 1_000_000)
            return {"kind": "list", "ordered": is_ordered, "start": start, "items": items}
        case "blockquote":
            return {"kind": "quote", "blocks": [_block(child) for child in node.children]}
        case "fence" | "code_block":
            return {"kind": "code", "text": node.content}
        case "hr":
            return {"kind": "rule"}
    return {"kind": "text", "spans": _spans(node)}


def _spans(node: SyntaxTreeNode, **style: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for child in node.children:
        match child.type:
            case "text" | "code_inline":
                code = {"code": True} if child.type == "code_inline" else {}
                found.append({"text": child.content, **code, **style})
            case "softbreak":
                found.append({"text": " ", **style})
            case "hardbreak":
                found.append({"text": "\n", **style})
            case "link":
                href = str(child.attrs["href"])
                found += _spans(child, **({**style, "href": href} if _digest(href) is None else style))
            case "image":
                src = str(child.attrs["src"])
                leads = {"href": src} if _digest(src) is None else {"picture": _digest(src)}
                found.append({"text": child.content or src, **style, **leads})
            case _:
                found += _spans(child, **{**style, **({child.type: True} if child.type in ("strong", "em") else {})})
    return found
