-- Grain: grouping_id, port, minute.
-- The most that was open within each minute in which something changes; what was open before its first change counts.
-- `low_after` and `high_after` hold from its last change until the next one.
SELECT
    grouping_id,
    port,
    moment - moment % 60 AS minute,
    MAX(GREATEST(low, low_before)) AS low,
    MAX(GREATEST(high, high_before)) AS high,
    ARG_MAX(low, moment) AS low_after,
    ARG_MAX(high, moment) AS high_after,
    SUM(opened) AS opened,
    MAX(opened) AS most_opened_in_a_second,
    SUM(unanswered) AS unanswered
FROM levels
GROUP BY grouping_id, port, moment - moment % 60
