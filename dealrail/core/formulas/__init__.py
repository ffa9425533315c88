"""Formulas over the fields of a record: a small grammar, checked by types, that can't keep a machine busy."""

from dealrail.core.formulas.checking import Kind, kind_of
from dealrail.core.formulas.computing import Value, computed
from dealrail.core.formulas.grammar import LONGEST, BadFormula, Node, fields_in, parsed, renamed

__all__ = ["LONGEST", "BadFormula", "Kind", "Node", "Value", "computed", "fields_in", "kind_of", "parsed", "renamed"]
