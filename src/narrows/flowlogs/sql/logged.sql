-- Grain: interface, minute.
-- The minutes in which each interface has a record that ends there, from its first end to its last; one that says that there
-- was no traffic (NODATA) covers its time. `flagged` and `unflagged`: whether TCP records of it have tcp-flags, and not.
SELECT
    interface,
    CAST(FLOOR(last_s / 60) AS BIGINT) AS minute,
    MIN(CASE WHEN reason = 'nodata' THEN first_s ELSE last_s END) AS from_s,
    MAX(last_s) AS to_s,
    MAX(CASE WHEN reason = 'used' AND protocol = 6 AND flags IS NOT NULL THEN 1 ELSE 0 END) AS flagged,
    MAX(CASE WHEN reason = 'used' AND protocol = 6 AND flags IS NULL THEN 1 ELSE 0 END) AS unflagged
FROM records
WHERE reason IN ('used', 'rejected', 'nodata', 'no-ports') AND first_s IS NOT NULL AND last_s IS NOT NULL
GROUP BY interface, CAST(FLOOR(last_s / 60) AS BIGINT)
