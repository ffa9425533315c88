"""Permissions about customers, deals, pools and imports; pure."""

from dealrail.accounts.permissions import Permission

DEALS_READ = "deals.read"
DEALS_CREATE = "deals.create"
DEALS_CHANGE = "deals.change"
DEALS_MOVE = "deals.move"
DEALS_TRANSFER = "deals.transfer"
CUSTOMERS_READ = "customers.read"
CUSTOMERS_CREATE = "customers.create"
CUSTOMERS_CHANGE = "customers.change"
CUSTOMERS_TRANSFER = "customers.transfer"
PRODUCTS_CHANGE = "products.change"
RECORDS_DELETE = "records.delete"
POOLS_CLAIM = "pools.claim"
POOLS_MANAGE = "pools.manage"
IMPORTS_RUN = "imports.run"
IMPORTS_HISTORY = "imports.history"
EXPORTS_RUN = "exports.run"
VIEWS_SHARE = "views.share"

PERMISSIONS = (
    Permission(DEALS_READ, "查看商机", "See deals"),
    Permission(DEALS_CREATE, "新建商机", "Create deals", scoped=False),
    Permission(DEALS_CHANGE, "编辑商机", "Change deals"),
    Permission(DEALS_MOVE, "推进商机", "Move deals"),
    Permission(DEALS_TRANSFER, "转交商机", "Hand deals over"),
    Permission(CUSTOMERS_READ, "查看客户", "See customers"),
    Permission(CUSTOMERS_CREATE, "新建客户", "Create customers", scoped=False),
    Permission(CUSTOMERS_CHANGE, "编辑客户", "Change customers"),
    Permission(CUSTOMERS_TRANSFER, "转交客户", "Hand customers over"),
    Permission(PRODUCTS_CHANGE, "维护产品", "Maintain products", scoped=False),
    Permission(RECORDS_DELETE, "删除与恢复商机和客户", "Delete and restore deals and customers"),
    Permission(POOLS_CLAIM, "领取公海", "Claim from public pools", scoped=False),
    Permission(POOLS_MANAGE, "管理公海", "Manage public pools", scoped=False),
    Permission(IMPORTS_RUN, "导入", "Import", scoped=False),
    Permission(IMPORTS_HISTORY, "导入历史数据", "Import history", scoped=False),
    Permission(EXPORTS_RUN, "导出", "Export", scoped=False),
    Permission(VIEWS_SHARE, "共享视图", "Share views", scoped=False),
)
