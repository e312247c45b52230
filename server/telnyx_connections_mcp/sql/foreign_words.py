"""Words, signs and functions of other databases that SQLite lacks, and what to write instead."""

CLAUSES = "SELECT, FROM, WHERE, GROUP BY, HAVING, WINDOW, ORDER BY, LIMIT"
"""The clauses of a SELECT in order."""
_CASE = "write it with count(*) FILTER (WHERE ...) or CASE WHEN ... THEN ... END"
PATTERN = "write LIKE '%part%' or GLOB '*part*', several of them joined by OR"
_NUMBERED = (
    "number the rows in a subquery, row_number() OVER (PARTITION BY a ORDER BY b DESC) AS n, and keep WHERE n = 1"
)
TAGS = "tags are rows of connection_tags: write id IN (SELECT connection_id FROM connection_tags WHERE tag = 'prod')"
WORDS = {
    "ARRAY": TAGS,
    "UNNEST": TAGS,
    "INTERVAL": "write datetime('now', '-90 days')",
    "QUALIFY": _NUMBERED,
    "ON": _NUMBERED.replace("number", "use GROUP BY, or number", 1),
    "SIMILAR": PATTERN,
    "REGEXP": PATTERN,
    "RLIKE": PATTERN,
    "LATERAL": "write a subquery in the SELECT list, or JOIN ... ON",
    "APPLY": "write a subquery in the SELECT list, or JOIN ... ON",
    "PIVOT": _CASE,
    "UNPIVOT": "join the SELECTs of each column with UNION ALL",
    "ROLLUP": "add the totals with UNION ALL",
    "CUBE": "add the totals with UNION ALL",
    "GROUPING": "add the totals with UNION ALL",
    "WITHIN": "only percentile_cont, percentile_disc, mode and string_agg take it, with one ORDER BY",
    "SOUNDS": PATTERN,
    "ORDER": f"clauses go {CLAUSES}, so that LIMIT stands last",
    "WHERE": f"clauses go {CLAUSES}; to choose among groups write HAVING",
    "LIMIT": f"clauses go {CLAUSES}",
    "GROUP": f"clauses go {CLAUSES}",
    "HAVING": f"clauses go {CLAUSES}",
    "OFFSET": "write LIMIT n OFFSET m",
    "FETCH": "write LIMIT n",
    "TOP": "write LIMIT n at the end",
    "OF": "there is one state of the account, as of the time in `coverage`: leave it out",
    "FOR": "nothing is locked here: leave it out",
    "TABLESAMPLE": "write ORDER BY random() LIMIT n",
    "EXCEPT": "list the columns that you want",
    "REPLACE": "list the columns that you want",
    "ALL": "list the columns that you group by",
    "ANY": "write IN (...), or several LIKE joined by OR",
    "SOME": "write IN (...)",
    "AT": "times are UTC: leave it out",
    "ZONE": "times are UTC already: leave it out",
    "XOR": "write (a AND NOT b) OR (b AND NOT a)",
    "DIV": "write a / b, which divides whole numbers without a rest",
    "MOD": "write a % b",
    "SYMMETRIC": "write BETWEEN low AND high",
    "OVERLAPS": "compare the four times with <",
    "STRAIGHT_JOIN": "write JOIN",
    "FROM": f"something before it is not finished; clauses go {CLAUSES}",
    "AS": "an alias stands once, after an expression or a table",
    "AND": "there is no condition before it",
    "OR": "there is no condition before it",
    "UNION": "ORDER BY and LIMIT stand once, after the last SELECT",
}
"""By word."""
SIGNS = {
    "~": PATTERN,
    "*": "write count(DISTINCT id), or the columns one by one",
    "&": "write AND",
    "|": "join texts with ||, conditions with OR",
    "::": "write CAST(x AS TEXT), INTEGER or REAL; for times date(x) or datetime(x)",
    "->": TAGS,
    "->>": TAGS,
    "{": "only SQL is read, without templates",
    ">": "write >= or <>, without a space",
    "=": "write <=, >=, = or <>, without a space",
    ")": "something before it is missing, or it closes nothing",
}
"""By operator."""
ALL_FUNCTIONS = (
    "it has count, sum, avg, min, max, median, percentile(x, 0.9), stddev, group_concat, coalesce, iif, length, "
    "lower, upper, fold, trim, substr, instr, replace, split_part, round, abs, date, datetime, strftime, julianday, "
    "date_trunc and window functions"
)
"""The functions that there are."""
_TEXT_PART = f"{PATTERN}; parts of a text come from substr, instr and split_part"
FUNCTIONS = {
    **dict.fromkeys(("regexp", "regexp_like", "regexp_contains", "regexp_matches", "rlike"), PATTERN),
    **dict.fromkeys(("regexp_replace", "regexp_extract", "regexp_substr", "substring_index"), _TEXT_PART),
    **dict.fromkeys(("unnest", "array_contains", "json_each", "array"), TAGS),
    **dict.fromkeys(
        ("array_length", "cardinality"),
        "write count(tag) or count(DISTINCT tag), grouped by connection_id, from connection_tags",
    ),
    **dict.fromkeys(("json_extract", "json_array_length", "json_contains", "any"), TAGS),
    **dict.fromkeys(("format", "printf"), "write a || ' (' || b || ')', round(x, 2), or strftime('%Y-%m', created_at)"),
    **dict.fromkeys(("to_char", "date_format"), "write strftime('%Y-%m', created_at), or round(x, 2)"),
    **dict.fromkeys(("chr", "char"), "write the character itself in quotes"),
    **dict.fromkeys(("date_part", "extract", "datepart"), "write strftime('%Y', created_at), %m, %d, %H or %w"),
    **dict.fromkeys(("date_add", "date_sub", "dateadd", "make_interval"), "write datetime(created_at, '+90 days')"),
    **dict.fromkeys(
        ("datediff", "date_diff", "timestampdiff", "months_between"),
        "write julianday(a) - julianday(b), which is days",
    ),
    **dict.fromkeys(("reverse", "initcap", "translate", "string_to_array", "string_split", "locate"), _TEXT_PART),
    **dict.fromkeys(("monthname", "dayname", "datename"), "months have no names: write strftime('%m', t)"),
    **dict.fromkeys(("lpad", "rpad"), "write substr('0000' || x, -4)"),
    **dict.fromkeys(("approx_quantiles", "percentile_approx", "quantile"), "write percentile(x, 0.9)"),
    **dict.fromkeys(("json_object", "json_build_object", "row_to_json", "to_json"), "select the columns themselves"),
    "array_to_string": "write string_agg(tag, ', ' ORDER BY tag)",
    "ago": "write datetime('now', '-90 days')",
    "json_group_array": "write group_concat(x)",
    "json_agg": "write group_concat(x)",
    "generate_series": "list the values: WITH months(m) AS (VALUES ('2024-01'), ('2024-02')) SELECT ...",
    "width_bucket": "write CAST(x / 10 AS INTEGER) * 10",
    "decode": "write CASE x WHEN a THEN b END",
    "rollup": "add the totals with UNION ALL",
    "cube": "add the totals with UNION ALL",
    "top": "write LIMIT n at the end",
    "exists": "write EXISTS (SELECT ...)",
}
"""By function, in lower case."""
