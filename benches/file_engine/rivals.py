"""The comparison as DuckDB and Polars do it, for the bench: two files converted to UTF-8, keyed by two
columns, every changed cell counted. Prints: changed rows, changed cells, added, removed.

Usage: rivals.py duckdb|polars OLD NEW
"""

import sys

KEY = ["注文番号", "商品明細ID"]


def with_duckdb(old, new):
    import duckdb

    db = duckdb.connect()
    for name, path in (("old", old), ("new", new)):
        db.execute(
            f"create view {name}_rows as select * from read_csv('{path}', header=true, all_varchar=true, "
            "delim=',', quote='\"', escape='\"', strict_mode=true, nullstr=['\\0'])"
        )
    columns = [c for (c, *_) in db.execute("describe old_rows").fetchall() if c not in KEY]
    cells = " + ".join(f'(a."{c}" is distinct from b."{c}")::int' for c in columns)
    on = " and ".join(f'a."{k}" = b."{k}"' for k in KEY)
    return db.execute(
        f"""with met as (
              select a."{KEY[0]}" as was, b."{KEY[0]}" as now, {cells} as cells
              from old_rows a full outer join new_rows b on {on})
            select count(*) filter (was is not null and now is not null and cells > 0),
                   coalesce(sum(cells) filter (was is not null and now is not null), 0),
                   count(*) filter (was is null),
                   count(*) filter (now is null)
            from met"""
    ).fetchone()


def with_polars(old, new):
    import polars as pl

    def rows(path):
        return pl.scan_csv(path, infer_schema=False)

    one, other = rows(old), rows(new)
    columns = [c for c in one.collect_schema().names() if c not in KEY]
    met = one.join(other, on=KEY, how="inner", suffix=" now")
    cells = pl.sum_horizontal([pl.col(c).ne_missing(pl.col(c + " now")).cast(pl.UInt32) for c in columns])
    changed = met.select(cells.alias("cells")).select((pl.col("cells") > 0).sum().alias("rows"), pl.col("cells").sum())
    added = other.join(one, on=KEY, how="anti").select(pl.len())
    removed = one.join(other, on=KEY, how="anti").select(pl.len())
    changed, added, removed = pl.collect_all([changed, added, removed], engine="streaming")
    return (*changed.row(0), added.item(), removed.item())


tool, old, new = sys.argv[1:]
print(*{"duckdb": with_duckdb, "polars": with_polars}[tool](old, new))
