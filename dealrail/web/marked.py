"""Reading the Markdown of SOP texts: HTML in it stays text, and so do pictures."""

from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False}).disable("image")


def blocks(text: str) -> list[dict[str, Any]]:
    """A text as plain values, block by block, for what sets it in type otherwise than as HTML.

    A block has a `kind`: text or heading (with `spans`), list (`items`, each of blocks; `ordered`, `start`), quote
    (`blocks`), code (`text`) or rule. A span has `text`, and may be strong, em, code, or lead to `href`.
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
                found += _spans(child, **{**style, "href": str(child.attrs["href"])})
            case _:
                found += _spans(child, **{**style, **({child.type: True} if child.type in ("strong", "em") else {})})
    return found
