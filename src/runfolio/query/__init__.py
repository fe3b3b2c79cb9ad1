"""Questions to a store: the only room that speaks SQL.

store        Store: open, sql, runs, run, metrics, resolve
naming       which run people mean
views        the public views and what each column means; views.sql is how they are computed
index        what was computed of runs, kept; shelf is where, ingest how, segment what
database     segments and facts side by side in DuckDB, locked
statement    one SELECT only; mistakes explained
wide         one row a run, a column for each param and metric
filter       the small filter language: text -> filter_terms; filter_sql turns those into SQL
direction    is more better, or less?
boards       which leaderboards there are
ranking      runs in rank order; ranking_sql is how
reproduce    can the run be repeated, and how
tables       everything that the site needs of all runs at once; curves reduces series
portable     the views as plain SQL for a bare DuckDB; engines does it for Spark, Polars, DataFusion
sources      which Parquet files hold each fact exactly once
"""
