-- Grain: after_hop, before_hop, outcome.
-- One row for each hop, the next one and what is known of the attempts that are seen at the first and not answered there:
-- how many of them surely never came to the next (`lost`), did or may have (`seen`), or cannot be told, and why.
WITH destinations AS (
    SELECT
        interface,
        destination,
        server_port,
        SUM(CASE WHEN outcome = 'compared' THEN GREATEST(came - went, 0) ELSE 0 END) AS lost,
        SUM(CASE WHEN outcome = 'compared' THEN LEAST(came, went) ELSE 0 END) AS seen,
        SUM(CASE WHEN outcome <> 'compared' THEN came ELSE 0 END) AS unknown,
        MIN(CASE WHEN outcome <> 'compared' THEN outcome END) AS why,
        MAX(left_it) AS left_it
    FROM leaving
    GROUP BY interface, destination, server_port
),
told AS (
    SELECT destinations.*, LEAST(unknown, GREATEST(left_it - seen, 0)) AS left_too
    FROM destinations
),
rows_of_hops AS (
    SELECT 'hyperplane-eni' AS after_hop, 'nat-inside' AS before_hop, outcome, COUNT(*) AS attempts
    FROM entering
    GROUP BY outcome
    UNION ALL
    SELECT 'nat-inside' AS after_hop, 'nat-outside' AS before_hop, 'lost' AS outcome, SUM(lost) AS attempts FROM told
    UNION ALL
    SELECT 'nat-inside' AS after_hop, 'nat-outside' AS before_hop, 'seen' AS outcome, SUM(seen + left_too) AS attempts FROM told
    UNION ALL
    SELECT 'nat-inside' AS after_hop, 'nat-outside' AS before_hop, why AS outcome, SUM(unknown - left_too) AS attempts
    FROM told
    GROUP BY why
    UNION ALL
    SELECT
        CASE WHEN leg = 'eni' THEN 'hyperplane-eni' ELSE leg END AS after_hop,
        'answered' AS before_hop,
        CASE WHEN whole = 1 THEN 'lost' ELSE 'incomplete' END AS outcome,
        COUNT(*) AS attempts
    FROM unanswered
    WHERE leg <> 'nat-inside' AND (leg <> 'eni' OR kind = 'hyperplane-eni')
    GROUP BY
        CASE WHEN leg = 'eni' THEN 'hyperplane-eni' ELSE leg END, CASE WHEN whole = 1 THEN 'lost' ELSE 'incomplete' END
)
SELECT after_hop, before_hop, outcome, CAST(attempts AS BIGINT) AS attempts
FROM rows_of_hops
WHERE attempts > 0
