"""The workbook that planners and finance edit: written from an instance, and read back as a list of changes.

`export_workbook` writes it, `import_workbook` reads it, `accepted` turns the changes into a what-if.
"""
