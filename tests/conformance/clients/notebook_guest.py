"""Runs in the guest's environment: executes the cells of a notebook, given as JSON, and writes what each shows."""

import json
import sys

import nbformat  # type: ignore[import-not-found] # the guest's
from nbclient import NotebookClient  # type: ignore[import-not-found] # as above

cells = [nbformat.v4.new_code_cell(text) for text in json.load(sys.stdin)]
notebook = nbformat.v4.new_notebook(cells=cells)
NotebookClient(notebook, timeout=120).execute()
for cell in notebook.cells:
    shown = [sorted(output.get("data", {})) or output["output_type"] for output in cell.outputs]
    sys.stdout.write(f"{json.dumps(shown)}\n")
