-- By how much the number of open connections rises or falls, each second, and how many begin.
WITH changes AS (
    SELECT flow, server_port, low_from + 1 AS moment, 1 AS low, 0 AS high, 0 AS opened, 0 AS unanswered
    FROM spans WHERE low_from < low_to
    UNION ALL
    SELECT flow, server_port, low_to + 1 AS moment, -1 AS low, 0 AS high, 0 AS opened, 0 AS unanswered
    FROM spans WHERE low_from < low_to
    UNION ALL
    SELECT flow, server_port, low_from + 1 AS moment, 1 AS low, 0 AS high, 0 AS opened, 0 AS unanswered
    FROM sure WHERE low_from < low_to
    UNION ALL
    SELECT flow, server_port, low_to + 1 AS moment, -1 AS low, 0 AS high, 0 AS opened, 0 AS unanswered
    FROM sure WHERE low_from < low_to
    UNION ALL
    SELECT flow, server_port, high_from AS moment, 0 AS low, 1 AS high, 0 AS opened, 0 AS unanswered
    FROM spans
    UNION ALL
    SELECT flow, server_port, high_to + 1 AS moment, 0 AS low, -1 AS high, 0 AS opened, 0 AS unanswered
    FROM spans
    UNION ALL
    SELECT
        flow, server_port, first_s AS moment, 0 AS low, 0 AS high, 1 AS opened,
        CASE WHEN answered = 0 THEN 1 ELSE 0 END AS unanswered
    FROM spans WHERE opened = 1 OR flagged = 0
)
SELECT
    groups.grouping_id,
    CASE WHEN $by IN ('eni', 'nat') THEN 0 ELSE changes.server_port END AS port,
    changes.moment,
    SUM(changes.low) AS low,
    SUM(changes.high) AS high,
    SUM(changes.opened) AS opened,
    SUM(changes.unanswered) AS unanswered
FROM changes
INNER JOIN groups ON groups.flow = changes.flow
GROUP BY
    groups.grouping_id, CASE WHEN $by IN ('eni', 'nat') THEN 0 ELSE changes.server_port END, changes.moment
