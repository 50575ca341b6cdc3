"""Targets that a calibration proposes: decided segment by segment, and given to the ERP as far as they were accepted."""
