-- Grain: interface, from_s.
-- One row for each interface and stretch of time in which no record of it is missing, as far as can be seen: some record
-- ends in each interval, be it one that says that there was no traffic (NODATA), and it is not between the first and the
-- last SKIPDATA record.
-- A packet of a second in [from_s, to_s - interval] is in a record that has been read: records are delivered by their end.
WITH ended AS (
    SELECT
        seconds.interface,
        CAST(FLOOR(seconds.at_s / bounds.interval_s) AS BIGINT) AS slot,
        MIN(seconds.at_s) AS from_s,
        MAX(seconds.at_s) AS to_s
    FROM (
        SELECT interface, from_s AS at_s FROM logged
        UNION ALL
        SELECT interface, to_s AS at_s FROM logged
    ) AS seconds
    CROSS JOIN bounds
    GROUP BY seconds.interface, CAST(FLOOR(seconds.at_s / bounds.interval_s) AS BIGINT)
),
skips AS (
    SELECT interface, MIN(first_s) AS first_s, MAX(last_s) AS last_s
    FROM pairs
    WHERE reason = 'skipdata'
    GROUP BY interface
),
kept AS (
    SELECT
        ended.*,
        ended.slot - ROW_NUMBER() OVER (PARTITION BY ended.interface ORDER BY ended.slot) AS stretch
    FROM ended
    LEFT JOIN skips ON skips.interface = ended.interface
    CROSS JOIN bounds
    WHERE
        skips.interface IS NULL
        OR ended.to_s < skips.first_s - bounds.interval_s
        OR ended.from_s > skips.last_s + bounds.interval_s
)
SELECT interface, MIN(from_s) AS from_s, MAX(to_s) AS to_s
FROM kept
GROUP BY interface, stretch
