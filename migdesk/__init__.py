"""MigDesk: offline-first records for outreach workers of Indonesia's migration-governance programme."""

__version__ = "0.1.0"
