"""JSON of AWS's, member by member: what a member is called says what kind of text its value is."""

from __future__ import annotations

from typing import Any

from narrows.aws_ids import PATTERNS
from narrows.case.reading.alarms import ALARMS, COMPOSITES, TOKEN
from narrows.case.reading.alarms import READ as ALARM_READ
from narrows.redact.redactor import Redactor

_HIDDEN = "redacted"
"""In place of a value that nobody else is to see, whatever it is."""
_TEXTS = frozenset((
    "message", "Message", "StateReason", "LastUpdateStatusReason", "FailureMessage", "StatusMessage", "LastError",
    "ErrorMessage", "errorMessage", "Reason",
))  # fmt: skip
_NAMES = frozenset((
    "GroupName", "RoleName", "UserName", "DBInstanceIdentifier", "DBClusterIdentifier", "CacheClusterId", "DomainName",
    "LoadBalancerName", "ReplicationGroupId", "ClusterName", "MemberClusters", "DBParameterGroupName",
    "MasterUsername", "DBName", "BucketName", "AliasName", "KeyName", "AlarmName",
))  # fmt: skip
_LINKS = frozenset(("Location", "PresignedUrl", "NextToken", "nextToken", "nextForwardToken", "nextBackwardToken"))
_TAGS = frozenset(("Tags", "TagSet", "TagList", "tags"))
_DEFAULT_GROUP = "default"
_OWN_TAGS = "aws:"
_NAME_TAG = "Name"
_OF_A_QUERY = ("Id", "MetricStat", "Expression", "ReturnData")
"""Members of a metric in an alarm on several."""
_DIMENSIONS_OF_AWS = frozenset((
    "AvailabilityZone", "Client Authentication", "Broker ID", "Protocol", "Type", "Class", "Endpoint Type",
    "Service Name",
))  # fmt: skip
"""Dimensions of CloudWatch whose values are AWS's own words."""
_IDS = frozenset(key for key in PATTERNS if key.endswith(("Id", "Ids")) and not key.startswith("AvailabilityZone"))
_WITH_OFFSETS = ("SubnetId", "VpcId", "AssociationId")
_BLOCKS = ("CidrBlock", "Ipv6CidrBlock")


class Documents:
    """Replaces in parsed JSON."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def image(self, value: Any) -> Any:
        """The document with everything replaced that tells whose it is; numbers and structure stay."""
        return self._value(value, "")

    def key(self, key: str) -> str:
        """What a member is called."""
        return self._redactor.member(key)

    def _value(self, value: Any, key: str) -> Any:
        if isinstance(value, str):
            return self._text(value, key)
        if isinstance(value, list):
            return [self._value(one, key) for one in value]
        if isinstance(value, dict):
            return self._object(value, key)
        return value

    def _object(self, found: dict[str, Any], key: str) -> dict[str, Any]:
        if key == "Variables":
            return {self._redactor.name(one): _HIDDEN for one in found}
        if key in _TAGS:
            if isinstance(found.get("Key"), str):
                return self._tag(found)
            return {
                self._tag_key(one): self._redactor.name(value) if isinstance(value, str) else self._value(value, "")
                for one, value in found.items()
            }
        if key == "Dimensions":
            return self._dimension(found)
        if ALARMS in found or COMPOSITES in found:
            # Composite alarms are made of others: nothing reads them, and their rules are full of names.
            return {member: self._value(found[member], member) for member in (ALARMS, TOKEN) if member in found}
        if "AlarmName" in found:
            return self._alarm(found)
        if key == "Metric":
            return self._metric(found)
        if self._redactor.learning and any(isinstance(found.get(one), str) for one in _WITH_OFFSETS):
            for one in _BLOCKS:
                if isinstance(found.get(one), str):
                    self._redactor.addresses.keep_offsets(found[one])
        if "Datapoints" in found and isinstance(found.get("Label"), str):
            from narrows.case.cloudwatch_names import LAMBDA_METRICS, NAT_METRICS

            if found["Label"] in LAMBDA_METRICS or found["Label"] in NAT_METRICS:
                rest = self._members({one: value for one, value in found.items() if one != "Label"})
                return {"Label": found["Label"], **rest}
        return self._members(found)

    def _members(self, found: dict[str, Any]) -> dict[str, Any]:
        return {self.key(key): self._value(value, key) for key, value in found.items()}

    def _metric(self, found: dict[str, Any]) -> dict[str, Any]:
        """A metric, or an alarm on one: what AWS calls it stays, misspelt too, since a rule tells of that."""
        is_of_aws = str(found.get("Namespace")).lower().startswith("aws/")
        kept = [one for one in ("Namespace", "MetricName") if is_of_aws and isinstance(found.get(one), str)]
        return {
            self.key(member): value if member in kept else self._value(value, member)
            for member, value in found.items()
        }  # fmt: skip

    def _alarm(self, alarm: dict[str, Any]) -> dict[str, Any]:
        """An alarm, as far as rules read it: whom it tells, and what its owner wrote about it, is left out."""
        read = {member: alarm[member] for member in ALARM_READ if member in alarm}
        if isinstance(read.get("Metrics"), list):
            read["Metrics"] = [
                {member: one[member] for member in _OF_A_QUERY if member in one} if isinstance(one, dict) else one
                for one in read["Metrics"]
            ]
        return self._metric(read)

    def _tag(self, tag: dict[str, Any]) -> dict[str, Any]:
        return {
            self.key(one): self._tag_key(value) if one == "Key"
            else self._redactor.name(value) if isinstance(value, str)
            else self._value(value, "")
            for one, value in tag.items()
        }  # fmt: skip

    def _tag_key(self, key: str) -> str:
        if key == _NAME_TAG:
            return key
        if key.startswith(_OWN_TAGS):
            return self._redactor.value(key)
        return self._redactor.name(key)

    def _dimension(self, found: dict[str, Any]) -> dict[str, Any]:
        name = found.get("Name")
        image = {}
        for key, value in found.items():
            if key == "Value" and isinstance(value, str) and isinstance(name, str):
                image[key] = self._dimension_value(name, value)
            else:
                image[self.key(key)] = self._value(value, "")
        return image

    def _dimension_value(self, name: str, value: str) -> str:
        if name in _DIMENSIONS_OF_AWS:
            return self._redactor.value(value)
        if name in ("FunctionName", "Resource"):
            return self._redactor.function(value)
        if name == "LoadBalancer" and value[:4] in ("app/", "net/", "gwy/"):
            return value[:4] + self._redactor.name(value[4:])
        return self._redactor.id(value) if name.endswith("Id") and name != "CacheClusterId" else (
            self._redactor.name(value)
        )  # fmt: skip

    def _text(self, text: str, key: str) -> str:
        if key in _LINKS:
            return _HIDDEN
        if key == "FunctionName":
            return self._redactor.function(text)
        if key in _TEXTS:
            return self._redactor.text(text)
        if key in _NAMES:
            return text if text == _DEFAULT_GROUP else self._redactor.name(text)
        if key in _IDS:
            return self._redactor.id(text)
        return self._redactor.value(text)
