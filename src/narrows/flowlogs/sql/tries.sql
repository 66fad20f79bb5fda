-- Grain: one row for each SYN.
-- Connection attempts that nobody answered, SYN by SYN, where they keep to the retransmit schedule: each takes an entry of
-- the table until it is forgotten or the next one comes. At least the first and the last did: one between may have found
-- the table full. Of other attempts only the outer bounds are known (spans.sql).
WITH sent AS (
    SELECT
        spans.flow,
        spans.server_port,
        spans.first_s,
        spans.half_open,
        schedule.after_s,
        spans.last_s - spans.first_s AS until_s,
        CASE WHEN schedule.next_s <= spans.last_s - spans.first_s THEN schedule.next_s END AS next_s
    FROM spans
    INNER JOIN (VALUES $schedule) AS schedule (after_s, next_s) ON schedule.after_s <= spans.last_s - spans.first_s
    WHERE spans.on_schedule = 1
)
SELECT
    flow,
    server_port,
    first_s + after_s AS from_s,
    CASE
        WHEN next_s IS NULL THEN first_s + after_s + half_open
        WHEN after_s = 0 THEN first_s + LEAST(half_open, until_s)
        ELSE first_s + after_s
    END AS low_to,
    first_s + LEAST(after_s + half_open, COALESCE(next_s - 1, after_s + half_open)) AS high_to
FROM sent
