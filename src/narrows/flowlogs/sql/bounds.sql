-- The time that the logs cover, and their aggregation interval: no record is longer than it.
SELECT
    MIN(first_s) AS begin_s,
    MAX(last_s) AS end_s,
    MAX(longest_s) AS longest_s,
    CASE WHEN MAX(longest_s) > $short_interval THEN $long_interval ELSE $short_interval END AS interval_s
FROM pairs
WHERE reason IN ('used', 'nodata', 'skipdata', 'rejected', 'no-ports')
