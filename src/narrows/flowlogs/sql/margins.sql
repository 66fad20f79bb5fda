-- Grain: grouping_id, port, border.
-- How many five-tuples may at one moment be between two connections within a record: about as many as are seen to be so at
-- the borders of records (`straddling`), before and after, with a margin (levels.sql): connections that are held equally
-- long come in waves, and a wave may lie between two borders. So often each group has ports that are given out again, by
-- the number of the interval.
WITH borders AS (
    SELECT
        groups.grouping_id,
        CASE WHEN $by IN ('eni', 'nat') THEN 0 ELSE spans.server_port END AS port,
        CAST(FLOOR(spans.first_s / bounds.interval_s) AS BIGINT) AS border,
        COUNT(*) AS straddling
    FROM spans
    INNER JOIN groups ON groups.flow = spans.flow
    CROSS JOIN bounds
    WHERE spans.straddling = 1
    GROUP BY
        groups.grouping_id,
        CASE WHEN $by IN ('eni', 'nat') THEN 0 ELSE spans.server_port END,
        CAST(FLOOR(spans.first_s / bounds.interval_s) AS BIGINT)
)
SELECT borders.grouping_id, borders.port, borders.border + near.shift AS border, MAX(borders.straddling) AS straddling
FROM borders
CROSS JOIN (VALUES (-1), (0), (1)) AS near (shift)
GROUP BY borders.grouping_id, borders.port, borders.border + near.shift
