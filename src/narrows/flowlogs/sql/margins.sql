-- Grain: grouping_id, port, border.
-- How many five-tuples may at one moment be between two connections within a record, by the number of the interval: about
-- as many as are seen to be so at the border of records that has most (`straddling`), with a margin (levels.sql).
-- Connections that are held equally long come in waves, and a wave may lie between two borders: where more records are in
-- doubt than in the interval before or after, all that are more may be so at once (`wave`).
WITH counted AS (
    SELECT
        groups.grouping_id,
        CASE WHEN $by IN ('eni', 'nat') THEN 0 ELSE spans.server_port END AS port,
        CAST(FLOOR(spans.first_s / bounds.interval_s) AS BIGINT) AS border,
        SUM(spans.straddling) AS straddling,
        SUM(CASE WHEN spans.doubt_from IS NULL THEN 0 ELSE 1 END) AS doubtful
    FROM spans
    INNER JOIN groups ON groups.flow = spans.flow
    CROSS JOIN bounds
    WHERE spans.straddling = 1 OR spans.doubt_from IS NOT NULL
    GROUP BY
        groups.grouping_id,
        CASE WHEN $by IN ('eni', 'nat') THEN 0 ELSE spans.server_port END,
        CAST(FLOOR(spans.first_s / bounds.interval_s) AS BIGINT)
),
beside AS (
    SELECT
        counted.*,
        MAX(straddling) OVER (PARTITION BY grouping_id, port) AS most_straddling,
        CASE WHEN LAG(border) OVER in_time = border - 1 THEN LAG(doubtful) OVER in_time ELSE 0 END AS before_it,
        CASE WHEN LEAD(border) OVER in_time = border + 1 THEN LEAD(doubtful) OVER in_time ELSE 0 END AS after_it
    FROM counted
    WINDOW in_time AS (PARTITION BY grouping_id, port ORDER BY border)
)
SELECT
    beside.grouping_id,
    beside.port,
    beside.border + near.shift AS border,
    MAX(beside.most_straddling) AS straddling,
    MAX(GREATEST(0, beside.doubtful - LEAST(beside.before_it, beside.after_it))) AS wave
FROM beside
CROSS JOIN (VALUES (-1), (0), (1)) AS near (shift)
GROUP BY beside.grouping_id, beside.port, beside.border + near.shift
