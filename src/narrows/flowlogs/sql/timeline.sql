-- Grain: one row for each record of a five-tuple that is not simple.
-- The records of each five-tuple that is not simple, in order, each with what came before it. The SYN goes first among
-- records that start in the same second: the answer belongs to it.
-- `place` is all that they are ordered by in one number, which sorts twice as fast as four: start, SYN, duration, side.
WITH placed AS (
    SELECT
        sided.*,
        ((sided.first_s * 2 + 1 - sided.syn) * 2048 + LEAST(sided.last_s - sided.first_s, 2047)) * 2 + sided.forward AS place
    FROM sided
    INNER JOIN tuples ON tuples.five_tuple = sided.five_tuple
    WHERE tuples.simple = 0
)
SELECT
    five_tuple,
    place,
    first_s,
    last_s,
    forward,
    syn,
    MAX(last_s) OVER earlier AS before_last,
    MAX(CASE WHEN answers = 1 THEN last_s END) OVER earlier AS before_answer_s,
    MAX(CASE WHEN ends = 1 THEN last_s END) OVER earlier AS before_end_s,
    LAG(syn) OVER (PARTITION BY five_tuple ORDER BY place) AS before_syn,
    LAG(ends) OVER (PARTITION BY five_tuple ORDER BY place) AS before_ends,
    LAG(ends, 2) OVER (PARTITION BY five_tuple ORDER BY place) AS before_before_ends,
    MIN(CASE WHEN ends = 1 THEN last_s END) OVER (
        PARTITION BY five_tuple ORDER BY place ROWS BETWEEN CURRENT ROW AND 2 FOLLOWING
    ) AS soon_end_s
FROM placed
WINDOW earlier AS (PARTITION BY five_tuple ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
