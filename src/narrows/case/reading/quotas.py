"""Service quotas as applied to the account: ``service-quotas*.json``, one file or one for each service."""

from __future__ import annotations

from narrows.case.reading.aws_files import what_is
from narrows.case.reading.aws_json import Budget, Record, load_json
from narrows.case.reading.folder import CaseFolder

_COMMAND = "aws service-quotas list-service-quotas --service-code vpc"


def read_quotas(folder: CaseFolder) -> dict[str, float]:
    """Applied value by quota code, of every service whose quotas are there.

    Raises:
        InputError: a file cannot be read, or holds something else.
    """
    quotas: dict[str, float] = {}
    budget = Budget()
    for file in folder.files("", ".json"):
        if not file.name.startswith("service-quotas"):
            continue
        answer = load_json(folder, file, budget)
        pages = answer if isinstance(answer, list) else [answer]
        for index, page in enumerate(pages):
            record = Record.of(page, file, f"[{index}]" if isinstance(answer, list) else "")
            for quota in _quotas_of(record):
                code, value = quota.need("QuotaCode"), quota.number("Value")
                if value is not None:
                    # Where the default of AWS is there, too: what is applied is never less.
                    quotas[code] = max(value, quotas.get(code, value))
    return quotas


def _quotas_of(record: Record) -> list[Record]:
    if "Quotas" in record.data:
        return record.records("Quotas")
    single = record.record("Quota") if "Quota" in record.data else record
    if single is None or single.text("QuotaCode") is None:
        found = what_is(record.data)
        problem = f"holds {found}, not the answer of ListServiceQuotas" if found else "holds no service quotas"
        raise record.error(problem, f"write it with: {_COMMAND}")
    return [single]
