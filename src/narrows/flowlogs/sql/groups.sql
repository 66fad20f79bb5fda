-- Grain: flow.
-- What is counted together: every flow with the number of its group.
SELECT
    flow,
    interface,
    kind,
    leg,
    destination,
    protocol,
    address,
    MIN(flagged) AS flagged,
    MIN(told) AS told,
    DENSE_RANK() OVER (ORDER BY
        CASE WHEN $by = 'destination' THEN '' ELSE interface END,
        leg,
        CASE WHEN $by IN ('eni', 'nat') THEN '' ELSE destination END,
        CASE WHEN $by IN ('eni', 'nat') THEN 0 ELSE protocol END,
        CASE WHEN $by = 'nat-address' OR leg = 'nat-inside' THEN address ELSE '' END
    ) AS grouping_id
FROM legs
GROUP BY flow, interface, kind, leg, destination, protocol, address
