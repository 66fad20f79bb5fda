-- Grain: one row in all.
-- The time that the logs cover, and their aggregation interval: no record is longer than it.
SELECT
    MIN(first_s) AS begin_s,
    MAX(last_s) AS end_s,
    MAX(CASE WHEN reason <> 'skipdata' THEN longest_s END) AS longest_s,
    CASE WHEN MAX(CASE WHEN reason <> 'skipdata' THEN longest_s END) > $short_interval THEN $long_interval ELSE $short_interval END AS interval_s
FROM pairs
WHERE reason IN ('used', 'nodata', 'skipdata', 'rejected', 'no-ports') AND first_s IS NOT NULL AND last_s IS NOT NULL
