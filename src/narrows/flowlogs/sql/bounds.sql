-- Grain: one row in all.
-- The time that the logs cover, and their aggregation interval: no record is longer than it. `borders`: whether there are
-- so many borders of records in it that they tell how soon ports are given out again; of ten minutes there are too few.
WITH covered AS (
    SELECT
        MIN(first_s) AS begin_s,
        MAX(last_s) AS end_s,
        MAX(CASE WHEN reason <> 'skipdata' THEN longest_s END) AS longest_s
    FROM pairs
    WHERE reason IN ('used', 'nodata', 'skipdata', 'rejected', 'no-ports') AND first_s IS NOT NULL AND last_s IS NOT NULL
)
SELECT
    begin_s,
    end_s,
    longest_s,
    CASE WHEN longest_s > $short_interval THEN $long_interval ELSE $short_interval END AS interval_s,
    CASE WHEN longest_s > $short_interval OR end_s - begin_s < 3 * $short_interval THEN 0 ELSE 1 END AS borders
FROM covered
