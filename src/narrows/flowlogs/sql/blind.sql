-- Grain: one row for each stretch of time in which records of an interface are missing.
-- AWS says so (SKIPDATA); or no record of it ends for longer than an interface with traffic or NODATA can be silent; or none
-- at all ends in a whole delivery; or the logs begin later, or end sooner, than the time in question: of records of 600 s
-- also those of one interface, whose last may be as long after the others'.
-- What a packet in (from_s, to_s) said may be in no record that has been read; what was open then and fell silent is
-- forgotten at until_s.
WITH known_interfaces AS (
    SELECT DISTINCT interface FROM logged
),
followed AS (
    SELECT interface, to_s AS from_s, LEAD(from_s) OVER (PARTITION BY interface ORDER BY minute) AS to_s
    FROM logged
),
slots AS (
    SELECT DISTINCT CAST(FLOOR(minute * 60 / $slot) AS BIGINT) AS slot FROM logged
),
deliveries AS (
    SELECT slot, LEAD(slot) OVER (ORDER BY slot) AS next_slot FROM slots
),
edges AS (
    SELECT MIN(from_s) AS begin_s, MAX(to_s) AS end_s FROM logged
),
of_all AS (
    SELECT (slot + 1) * $slot AS from_s, next_slot * $slot AS to_s, 0 AS patience FROM deliveries WHERE next_slot > slot + 1
    UNION ALL
    SELECT CAST($begin AS BIGINT) AS from_s, begin_s AS to_s, $slot AS patience FROM edges WHERE $begin > 0
    UNION ALL
    SELECT end_s AS from_s, CAST($end AS BIGINT) AS to_s, $slot AS patience FROM edges WHERE $end > 0
),
ends AS (
    SELECT interface, MAX(to_s) AS from_s FROM logged GROUP BY interface
),
missing AS (
    SELECT interface, from_s, to_s, $longest_patience AS patience FROM followed
    UNION ALL
    SELECT known_interfaces.interface, of_all.from_s, of_all.to_s, of_all.patience
    FROM of_all
    CROSS JOIN known_interfaces
    UNION ALL
    SELECT ends.interface, ends.from_s, CAST($end AS BIGINT) AS to_s, $slot AS patience
    FROM ends
    CROSS JOIN bounds
    WHERE $end > 0 AND bounds.interval_s > $short_interval
    UNION ALL
    SELECT interface, MIN(first_s) AS from_s, MAX(last_s) AS to_s, -1 AS patience
    FROM pairs
    WHERE reason = 'skipdata' AND first_s IS NOT NULL AND last_s IS NOT NULL
    GROUP BY interface
)
SELECT
    missing.interface,
    missing.from_s - bounds.interval_s AS from_s,
    missing.to_s,
    missing.to_s + $idle_timeout AS until_s
FROM missing
CROSS JOIN bounds
WHERE missing.to_s - missing.from_s > LEAST(missing.patience, 2 * bounds.interval_s)
