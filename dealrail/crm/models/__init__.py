"""Customers, contacts, products, deals, pools, own fields, layouts, views, bulk jobs, imports, mappings, migrations."""

from dealrail.crm.models.catalog import Claim, Pool, PoolView, Product, Region, Source
from dealrail.crm.models.customers import Contact, ContactWords, Customer, CustomerMerge, CustomerWords
from dealrail.crm.models.deals import Collaborator, Deal, DealWords, HandOver, HandOverTurn
from dealrail.crm.models.fields import (
    ContactValue,
    CustomerValue,
    CustomField,
    DealValue,
    FieldFile,
    FieldValue,
)
from dealrail.crm.models.imports import ImportJob, ImportRow, SavedMapping
from dealrail.crm.models.layouts import Layout
from dealrail.crm.models.lists import BulkJob, BulkRow, SavedView, StandardView
from dealrail.crm.models.migrations import MigratedDeal, Migration
from dealrail.crm.models.trials import Trial, TrialRow

__all__ = [
    "BulkJob",
    "BulkRow",
    "Claim",
    "Collaborator",
    "Contact",
    "ContactValue",
    "ContactWords",
    "CustomField",
    "Customer",
    "CustomerMerge",
    "CustomerValue",
    "CustomerWords",
    "Deal",
    "DealValue",
    "DealWords",
    "FieldFile",
    "FieldValue",
    "HandOver",
    "HandOverTurn",
    "ImportJob",
    "ImportRow",
    "Layout",
    "MigratedDeal",
    "Migration",
    "Pool",
    "PoolView",
    "Product",
    "Region",
    "SavedMapping",
    "SavedView",
    "Source",
    "StandardView",
    "Trial",
    "TrialRow",
]
