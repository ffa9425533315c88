"""The one filter language: JSON checked against the fields an app offers, and compiled to a Q."""

from dealrail.core.filters.compiling import check, compile_filter, fields_in, read_filter, sort_keys
from dealrail.core.filters.fields import OPERATORS, Field, FieldType
from dealrail.core.filters.periods import named_period
from dealrail.core.filters.refusals import (
    BadFilter,
    BadSort,
    FilterTooLarge,
    UnclearFilterField,
    UnknownFilterField,
    UnknownOperator,
    WrongFilterValue,
)

__all__ = [
    "OPERATORS",
    "BadFilter",
    "BadSort",
    "Field",
    "FieldType",
    "FilterTooLarge",
    "UnclearFilterField",
    "UnknownFilterField",
    "UnknownOperator",
    "WrongFilterValue",
    "check",
    "compile_filter",
    "fields_in",
    "named_period",
    "read_filter",
    "sort_keys",
]
