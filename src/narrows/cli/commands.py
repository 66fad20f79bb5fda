"""The table of commands: one line each, in the order of the help."""

from __future__ import annotations

COMMANDS: dict[str, str] = {
    "incident": "From a function's name to a report: collect, diagnose, plan.",
    "collect": "Evidence of an incident from a live account, read-only.",
    "iam-policy": "The least privilege that collecting needs, as an IAM policy.",
    "diagnose": "Why connections fail: the cause that binds, what binds next.",
    "plan": "The cheapest change under which the peak fits every table.",
    "report": "One HTML file: verdict, picture, charts, evidence, plan.",
    "init": "A commented scenario to start from, or that of a case.",
    "import": "A scenario out of Terraform, CloudFormation, SAM or CDK.",
    "simulate": "Run a scenario, every connection attempt one by one.",
    "lab": "Play a scenario with real packets through kernel tables.",
    "serve": "What-if in the browser: move a scenario, see what holds.",
    "lint": "What will fail under load: in infrastructure, and in code.",
    "fullest": "Which functions share each table, the fullest first.",
    "flowlogs": "Open connections at each hop, from VPC flow logs.",
    "sensor": "Connections that functions really hold, from their logs.",
    "redact": "A case to give away: names, ids and addresses replaced.",
    "demo": "The incident in three acts, and the way out, proved.",
    "explain": "A cause, limit, assumption or rule, by its name in answers.",
    "limits": "Every limit on the path: value, unit, scope, certainty.",
}
"""Short help by command name; the command is the function of that name in the module of that name."""

GROUPS: dict[str, tuple[str, ...]] = {
    "Connections fail": ("incident", "collect", "diagnose", "plan", "report"),
    "Before a launch": ("init", "import", "simulate", "lab", "serve"),
    "In code": ("lint",),
    "Evidence": ("fullest", "flowlogs", "sensor", "redact", "iam-policy"),
    "To read": ("demo", "explain", "limits"),
}
"""The commands by what somebody wants who calls them, under the headings of the help."""
