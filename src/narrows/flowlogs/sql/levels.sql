-- How many connections are open in each second in which that changes, at least and at most.
SELECT
    grouping_id,
    port,
    moment,
    low AS low_step,
    high AS high_step,
    opened,
    unanswered,
    SUM(low) OVER (PARTITION BY grouping_id, port ORDER BY moment ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS low,
    SUM(high) OVER (PARTITION BY grouping_id, port ORDER BY moment ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS high
FROM steps
