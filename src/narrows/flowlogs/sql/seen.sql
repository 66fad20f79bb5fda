-- Grain: one row for each flow and stretch of time in which no record of its interface is missing.
-- What was open in one of them is sure where a record is in it, or in a later one. The stretches of most interfaces are one,
-- without beginning or end.
WITH ends AS (
    SELECT interface, from_s, to_s, MAX(to_s) OVER earlier AS before_to_s
    FROM blind
    WINDOW earlier AS (PARTITION BY interface ORDER BY from_s, to_s ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
stretches AS (
    SELECT interface, COALESCE(before_to_s, 0) AS from_s, from_s AS to_s FROM ends
    UNION ALL
    SELECT interface, MAX(to_s) AS from_s, $forever AS to_s FROM blind GROUP BY interface
)
SELECT
    flows.flow,
    COALESCE(stretches.from_s, 0) AS from_s,
    COALESCE(stretches.to_s, $forever) AS to_s
FROM flows
LEFT JOIN stretches ON stretches.interface = flows.interface
WHERE stretches.interface IS NULL OR stretches.from_s <= stretches.to_s
