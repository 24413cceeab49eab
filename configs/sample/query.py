"""Shows a few rows of an output and a query over it: `python query.py demo-output`."""

import sys

import duckdb

articles = f"read_parquet('{sys.argv[1]}/articles/**/*.parquet', hive_partitioning = true)"

duckdb.sql(f"""
    SELECT date, language, left(title, 48) AS title, word_count AS words, primary_topic
    FROM {articles} ORDER BY date, title LIMIT 8
""").show()

duckdb.sql(f"""
    SELECT entity.name AS name, entity.type AS type, count(*) AS articles, sum(entity.count) AS mentions
    FROM {articles}, unnest(entities) AS rows(entity)
    GROUP BY ALL ORDER BY articles DESC, mentions DESC, name LIMIT 8
""").show()
