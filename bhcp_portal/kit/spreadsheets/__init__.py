"""Tables that people send and receive as CSV files and Excel workbooks."""
