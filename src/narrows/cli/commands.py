"""The table of commands: one line each, in the order of the help."""

from __future__ import annotations

COMMANDS: dict[str, str] = {
    "incident": "From a function's name to a report: collects from the live account, diagnoses, plans, in one go.",
    "collect": "Evidence of an incident from a live account, read-only, into a case.",
    "iam-policy": "The least privilege that collecting needs, as an IAM policy.",
    "demo": "Play the incident in three acts, diagnose each, plan the way out and prove it.",
    "limits": "Every limit on the path: value, unit, scope, source, certainty.",
    "init": "A commented scenario to start from, which runs as it stands; or the scenario of a case.",
    "explain": "A cause, limit, assumption or rule of the lint, by the name that answers give it.",
    "simulate": "Run a scenario, every connection attempt one by one, and write its case.",
    "lab": "Play a scenario with real packets through real kernel tables, and write its case.",
    "diagnose": "Why connections fail: which cause binds, how sure that is, what binds next, what to collect.",
    "flowlogs": "Open connections at each hop from VPC flow logs, which no metric shows; where SYNs vanish.",
    "sensor": "Connections that functions really hold, from the lines of the sensor inside them.",
    "fullest": "Which functions share each Hyperplane ENI and NAT gateway, and how full each is, the fullest first.",
    "plan": "The cheapest change under which the peak fits every table; its price, risks and proof.",
    "serve": "What-if in the browser, on loopback: move a scenario, and see at once what holds and what it costs.",
    "import": "A scenario out of Terraform, CloudFormation, SAM or CDK: what is known filled in, the rest asked.",
    "report": "One HTML file: verdict, picture of the path, charts, evidence, plan and proof.",
    "lint": "What will fail under load, in Terraform, CloudFormation, cases, scenarios; and in functions' code.",
    "redact": "A case to give away: names, ids, addresses, hosts and secrets replaced, the diagnosis the same.",
}
"""Short help by command name; the command is the function of that name in the module of that name."""
