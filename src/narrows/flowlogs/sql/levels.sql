-- How many connections are open in each second in which that changes, at least and at most; and just before.
-- Of the doubtful ones all count but those that may be between two connections, and of those that may linger only as many
-- as can be hidden.
WITH owners_of_group AS (
    SELECT DISTINCT grouping_id, interface FROM groups
),
margins AS (
    SELECT owners_of_group.grouping_id, SUM(habits.gaps) AS gaps, SUM(habits.hidden) AS hidden
    FROM owners_of_group
    INNER JOIN habits ON habits.interface = owners_of_group.interface
    GROUP BY owners_of_group.grouping_id
),
summed AS (
    SELECT
        steps.*,
        SUM(low) OVER key_order AS low_sum,
        SUM(doubt) OVER key_order AS doubt_sum,
        SUM(high) OVER key_order AS high_sum,
        SUM(linger) OVER key_order AS linger_sum
    FROM steps
    WINDOW key_order AS (PARTITION BY grouping_id, port ORDER BY moment ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
SELECT
    summed.grouping_id,
    summed.port,
    summed.moment,
    summed.opened,
    summed.unanswered,
    low_sum + GREATEST(0, doubt_sum - COALESCE(gaps, 0)) AS low,
    high_sum + LEAST(linger_sum, COALESCE(hidden, 0)) AS high,
    low_sum - low + GREATEST(0, doubt_sum - doubt - COALESCE(gaps, 0)) AS low_before,
    high_sum - high + LEAST(linger_sum - linger, COALESCE(hidden, 0)) AS high_before
FROM summed
LEFT JOIN margins ON margins.grouping_id = summed.grouping_id
