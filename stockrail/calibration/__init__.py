"""Targets for the ERP: `stockrail calibrate` and the quarterly job."""
