-- Grain: interface.
-- How soon the ports of each interface are given out again, from what is seen of it.
--     reused   connections whose port was another's within an interval before, or that go on after their FIN: then there
--              were two
--     hidden   for each connection that is seen, how many others share its records from SYN to FIN and are not: a silence
--              of s seconds that falls on the border of two records stands for interval / s that do not
WITH owned AS (
    SELECT
        flows.interface,
        bounds.interval_s,
        segments.silence_before,
        segments.went_on,
        CASE WHEN silence_before <= interval_s AND opened = 1 THEN 1 ELSE 0 END AS soon,
        CASE WHEN silence_before <= interval_s AND opened = 1 AND mixed = 0 THEN 1 ELSE 0 END AS straddling
    FROM segments
    INNER JOIN flows ON flows.flow = segments.flow
    CROSS JOIN bounds
    WHERE segments.answered = 1
)
SELECT
    interface,
    SUM(GREATEST(soon, went_on)) AS reused,
    COUNT(*) AS connections,
    CAST(SUM(went_on + CASE WHEN straddling = 1 THEN FLOOR(interval_s / (silence_before + 0.5)) ELSE 0 END) AS DOUBLE)
        / COUNT(*) AS hidden
FROM owned
GROUP BY interface
