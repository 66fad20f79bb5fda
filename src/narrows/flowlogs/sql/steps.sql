-- By how much the number of open connections rises or falls, each second, and how many begin. Doubtful ones stand apart.
WITH changes AS (
    SELECT flow, server_port, low_from + 1 AS moment, 1 AS low, 0 AS doubt, 0 AS high, 0 AS linger, 0 AS opened, 0 AS unanswered
    FROM spans WHERE low_from < low_to
    UNION ALL
    SELECT flow, server_port, low_to + 1, -1, 0, 0, 0, 0, 0 FROM spans WHERE low_from < low_to
    UNION ALL
    SELECT flow, server_port, low_from + 1, 1, 0, 0, 0, 0, 0 FROM sure WHERE low_from < low_to
    UNION ALL
    SELECT flow, server_port, low_to + 1, -1, 0, 0, 0, 0, 0 FROM sure WHERE low_from < low_to
    UNION ALL
    SELECT flow, server_port, doubt_from + 1, 0, 1, 0, 0, 0, 0 FROM spans WHERE doubt_from < doubt_to
    UNION ALL
    SELECT flow, server_port, doubt_to + 1, 0, -1, 0, 0, 0, 0 FROM spans WHERE doubt_from < doubt_to
    UNION ALL
    SELECT flow, server_port, high_from, 0, 0, 1, 0, 0, 0 FROM spans
    UNION ALL
    SELECT flow, server_port, high_to + 1, 0, 0, -1, 0, 0, 0 FROM spans
    UNION ALL
    SELECT flow, server_port, high_to + 1, 0, 0, 0, 1, 0, 0 FROM spans WHERE linger_to > high_to
    UNION ALL
    SELECT flow, server_port, linger_to + 1, 0, 0, 0, -1, 0, 0 FROM spans WHERE linger_to > high_to
    UNION ALL
    SELECT flow, server_port, first_s, 0, 0, 0, 0, 1, CASE WHEN answered = 0 THEN 1 ELSE 0 END
    FROM spans WHERE opened = 1 OR flagged = 0
)
SELECT
    groups.grouping_id,
    CASE WHEN $by IN ('eni', 'nat') THEN 0 ELSE changes.server_port END AS port,
    changes.moment,
    SUM(changes.low) AS low,
    SUM(changes.doubt) AS doubt,
    SUM(changes.high) AS high,
    SUM(changes.linger) AS linger,
    SUM(changes.opened) AS opened,
    SUM(changes.unanswered) AS unanswered
FROM changes
INNER JOIN groups ON groups.flow = changes.flow
GROUP BY
    groups.grouping_id, CASE WHEN $by IN ('eni', 'nat') THEN 0 ELSE changes.server_port END, changes.moment
