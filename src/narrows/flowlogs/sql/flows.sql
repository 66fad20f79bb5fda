-- Grain: flow.
-- Each flow once, with what the bounds of its connections depend on.
SELECT
    flow,
    interface,
    leg,
    MIN(flagged) AS flagged,
    CASE leg WHEN 'nat-outside' THEN $nat_hold WHEN 'nat-inside' THEN 0 ELSE $eni_hold END AS hold,
    CASE leg WHEN 'nat-outside' THEN $nat_half_open WHEN 'nat-inside' THEN 0 ELSE $eni_half_open END AS half_open
FROM legs
GROUP BY flow, interface, leg
