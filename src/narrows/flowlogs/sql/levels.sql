-- Grain: grouping_id, port, moment.
-- How many connections are open in each second in which that changes, at least and at most; and just before.
-- At least: what is sure, and what is in doubt but for those that may be between two connections (margins.sql; where
-- there are too few borders to tell, all of it). At most: with what may cross to another record, and of what may have been
-- kept only as many as can be hidden behind those that are seen to be kept (habits.sql).
WITH owners_of_group AS (
    SELECT DISTINCT grouping_id, interface FROM groups
),
habits_of_group AS (
    SELECT owners_of_group.grouping_id, MAX(habits.hidden) AS hidden, MAX(habits.reused) AS reused
    FROM owners_of_group
    INNER JOIN habits ON habits.interface = owners_of_group.interface
    GROUP BY owners_of_group.grouping_id
),
summed AS (
    SELECT
        grouping_id,
        port,
        moment,
        opened,
        unanswered,
        refused,
        SUM(low) OVER key_order AS low,
        SUM(doubt) OVER key_order AS doubt,
        SUM(high) OVER key_order AS high,
        SUM(crossing) OVER key_order AS crossing,
        SUM(kept) OVER key_order AS kept,
        SUM(silent) OVER key_order AS silent
    FROM steps
    WINDOW key_order AS (PARTITION BY grouping_id, port ORDER BY moment ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
estimated AS (
    SELECT
        summed.*,
        CASE
            WHEN bounds.borders = 0 THEN doubt
            ELSE CEIL(1.5 * COALESCE(straddling, 0)) + 3 * SQRT(COALESCE(straddling, 0)) + 3 + COALESCE(wave, 0)
        END AS between_two,
        COALESCE(hidden, 0) * (silent + 3) AS hidden,
        CASE WHEN reused > 0 THEN 3 ELSE 0 END AS chance
    FROM summed
    CROSS JOIN bounds
    LEFT JOIN habits_of_group ON habits_of_group.grouping_id = summed.grouping_id
    LEFT JOIN margins
        ON margins.grouping_id = summed.grouping_id
        AND margins.port = summed.port
        AND margins.border = CAST(FLOOR(summed.moment / bounds.interval_s) AS BIGINT)
),
bounded AS (
    SELECT
        grouping_id,
        port,
        moment,
        opened,
        unanswered,
        refused,
        CAST(low + GREATEST(0, CEIL(doubt - between_two)) AS BIGINT) AS low,
        CAST(high + crossing + LEAST(kept, CEIL(2 * hidden + 4 * SQRT(hidden))) + chance AS BIGINT) AS high
    FROM estimated
)
SELECT
    bounded.*,
    COALESCE(LAG(low) OVER (PARTITION BY grouping_id, port ORDER BY moment), 0) AS low_before,
    COALESCE(LAG(high) OVER (PARTITION BY grouping_id, port ORDER BY moment), 0) AS high_before
FROM bounded
