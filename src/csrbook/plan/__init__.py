"""The plan: reads ``sap/`` into typed models; every error names file, line and field."""

from __future__ import annotations

from csrbook.plan.catalogue import catalogue_status
from csrbook.plan.load import load_plan
from csrbook.plan.schema import json_schemas
from csrbook.plan.yaml_file import read_yaml

__all__ = ["catalogue_status", "json_schemas", "load_plan", "read_yaml"]
