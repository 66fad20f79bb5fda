-- The records of each five-tuple that is not simple in order, each with what came before it.
-- The SYN goes first among records that start in the same second: the answer belongs to it.
SELECT
    sided.five_tuple,
    sided.first_s,
    sided.last_s,
    sided.forward,
    sided.flagged,
    sided.outside,
    sided.syn,
    sided.ends,
    MAX(sided.last_s) OVER earlier AS before_last,
    MAX(CASE WHEN sided.forward = 0 THEN sided.last_s END) OVER earlier AS before_answer_s,
    MAX(sided.syn) OVER (
        PARTITION BY sided.five_tuple ORDER BY sided.first_s, sided.syn DESC, sided.last_s, sided.forward
        ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING
    ) AS before_syn,
    MAX(sided.ends) OVER (
        PARTITION BY sided.five_tuple ORDER BY sided.first_s, sided.syn DESC, sided.last_s, sided.forward
        ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING
    ) AS before_ends
FROM sided
INNER JOIN tuples ON tuples.five_tuple = sided.five_tuple
WHERE tuples.simple = 0
WINDOW earlier AS (
    PARTITION BY sided.five_tuple ORDER BY sided.first_s, sided.syn DESC, sided.last_s, sided.forward
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
)
