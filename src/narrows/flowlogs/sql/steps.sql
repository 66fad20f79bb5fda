-- Grain: grouping_id, port, moment.
-- By how much the number of open connections rises or falls, each second, and how many begin. What is in doubt stands
-- apart (spans.sql). Nothing is sure while records are missing (seen.sql).
WITH pieces AS (
    SELECT
        spans.flow,
        spans.server_port,
        'low' AS what,
        GREATEST(spans.low_from + 1, seen.from_s) AS from_s,
        LEAST(spans.low_to, seen.to_s) AS to_s
    FROM spans
    INNER JOIN seen ON seen.flow = spans.flow AND spans.last_s >= seen.from_s AND spans.first_s <= seen.to_s
    WHERE spans.low_from IS NOT NULL
    UNION ALL
    SELECT flow, server_port, 'low', low_from + 1, low_to FROM sure
    UNION ALL
    SELECT flow, server_port, 'low', from_s + 1, low_to FROM tries
    UNION ALL
    SELECT flow, server_port, 'doubt', doubt_from + 1, doubt_to FROM spans
    UNION ALL
    SELECT flow, server_port, 'high', high_from, high_to FROM spans WHERE on_schedule = 0
    UNION ALL
    SELECT flow, server_port, 'high', from_s, high_to FROM tries
    UNION ALL
    SELECT flow, server_port, 'crossing', high_to + 1, cross_to FROM spans
    UNION ALL
    SELECT flow, server_port, 'kept', high_to + 1, kept_to FROM spans
    UNION ALL
    SELECT flow, server_port, 'silent', last_s + 1, silent_to FROM spans
),
changes AS (
    SELECT flow, server_port, what, from_s AS moment, 1 AS step FROM pieces WHERE from_s <= to_s
    UNION ALL
    SELECT flow, server_port, what, to_s + 1 AS moment, -1 AS step FROM pieces WHERE from_s <= to_s
    UNION ALL
    SELECT flow, server_port, 'opened' AS what, first_s AS moment, 1 AS step FROM spans WHERE opened = 1 OR flagged = 0
    UNION ALL
    SELECT flow, server_port, 'unanswered' AS what, first_s AS moment, 1 AS step FROM spans
    WHERE (opened = 1 OR flagged = 0) AND answered = 0 AND refused = 0
    UNION ALL
    SELECT flow, server_port, 'refused' AS what, first_s AS moment, 1 AS step FROM spans WHERE refused = 1
)
SELECT
    groups.grouping_id,
    CASE WHEN $by IN ('eni', 'nat') THEN 0 ELSE changes.server_port END AS port,
    changes.moment,
    SUM(CASE WHEN what = 'low' THEN step ELSE 0 END) AS low,
    SUM(CASE WHEN what = 'doubt' THEN step ELSE 0 END) AS doubt,
    SUM(CASE WHEN what = 'high' THEN step ELSE 0 END) AS high,
    SUM(CASE WHEN what = 'crossing' THEN step ELSE 0 END) AS crossing,
    SUM(CASE WHEN what = 'kept' THEN step ELSE 0 END) AS kept,
    SUM(CASE WHEN what = 'silent' THEN step ELSE 0 END) AS silent,
    SUM(CASE WHEN what = 'opened' THEN step ELSE 0 END) AS opened,
    SUM(CASE WHEN what = 'unanswered' THEN step ELSE 0 END) AS unanswered,
    SUM(CASE WHEN what = 'refused' THEN step ELSE 0 END) AS refused
FROM changes
INNER JOIN groups ON groups.flow = changes.flow
GROUP BY
    groups.grouping_id, CASE WHEN $by IN ('eni', 'nat') THEN 0 ELSE changes.server_port END, changes.moment
