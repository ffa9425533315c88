"""Seeing as a person or a role (以此角色查看): the real pages, read only, with a way out."""
