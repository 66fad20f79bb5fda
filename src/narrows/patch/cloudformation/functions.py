"""Functions: more subnets, other security groups, dual stack, or no VPC any more."""

from __future__ import annotations

from collections.abc import Sequence

from narrows.errors import one_line
from narrows.patch.cloudformation.finding import FUNCTION, lists_in
from narrows.patch.cloudformation.making import Making, wait_for
from narrows.patch.cloudformation.nodes import Json, same
from narrows.patch.cloudformation.templates import Found, Object, Template, referred
from narrows.plan.edits import Placed


def placed(making: Making, edit: Placed) -> None:
    """Give a function another VPC configuration."""
    function = making.finder.function(edit.function)
    added = [name for name in edit.subnets if name not in edit.subnets_before]
    if function is None:
        making.ask(f"no template declares the function {one_line(edit.function, 60)}: {_wanted(edit, added)}")
        return
    if not edit.subnets and edit.subnets_before:
        _leave(making, function)
        return
    for name in added:
        _extend(making, function, name, edit)
    for old, new in zip(edit.security_groups_before, edit.security_groups, strict=False):
        if old != new:
            _regroup(making, function, old, new)
    if edit.dual_stack:
        _dual_stack(making, function, edit)


def _wanted(edit: Placed, added: Sequence[str]) -> str:
    words = []
    if not edit.subnets:
        words.append("take its VPC configuration away")
    if added:
        words.append(f"add the subnets {', '.join(added)} to it")
    if edit.security_groups != edit.security_groups_before and edit.subnets:
        words.append(f"give it the security groups {', '.join(edit.security_groups)}")
    if edit.dual_stack:
        words.append("set Ipv6AllowedForDualStack")
    return "; ".join(words)


def _leave(making: Making, function: Found) -> None:
    configs = making.finder.vpc_configs(function)
    if not configs:
        return
    shared = [way for _, way in configs if way[0] == "Globals"]
    if shared:
        making.ask(
            f"{function.name} has its VPC configuration from Globals, which nothing in the function takes away: move "
            "it to the functions that keep it",
            function.template.place(*shared[0]),
        )
    else:
        del function.properties["VpcConfig"]


def _extend(making: Making, function: Found, name: str, edit: Placed) -> None:
    """Add a new subnet to a function, in the list that holds the subnet that it is made after."""
    new = making.finder.made.get(name)
    if new is None or new.template is making.made_module is not function.template:
        what = name if new is None else f"{name} (the output {new.name}Id of {new.template.path})"
        making.ask(f"add {what} to the subnets of {function.name}", _place(making, function))
        return
    lists = _lists(making, function, "SubnetIds")
    value = None
    done = False
    copied = _original(making, name)
    holds = [
        (elements, way) for elements, way in lists if copied is None or _holds(making, function, elements, copied)
    ] or lists
    for elements, way in holds if copied is not None or len(holds) == 1 else ():
        if way[0] == "Globals" and not _all_alike(making, function, name, way):
            continue
        value = making.carried(new, function.template) if value is None else value
        if not any(same(value, element) for element in elements):
            elements.append(value)
        done = True
    if new in making.routes and new.template is function.template:
        wait_for(function, making.routes[new])
    if done:
        return
    if any(way[0] == "Globals" for _, way in holds):
        # SAM adds a function's own list to that of Globals.
        config = function.properties.setdefault("VpcConfig", {})
        if isinstance(config, dict) and isinstance(subnets := config.setdefault("SubnetIds", []), list):
            value = making.carried(new, function.template)
            if not any(same(value, element) for element in subnets):
                subnets.append(value)
            return
    if _passed(making, function, new, name):
        return
    making.ask(
        f"the subnets of {function.name} come from elsewhere: add {new.name} of {new.template.path} to them",
        _place(making, function),
    )


def _passed(making: Making, function: Found, new: Found, name: str) -> bool:
    """Add a subnet to what the template above passes as the parameter that is the list, where all who use that
    parameter get the subnet."""
    for config, way in making.finder.vpc_configs(function):
        parameter = referred(config.get("SubnetIds"))
        passed = making.finder.passed(function.template, config.get("SubnetIds"))
        if parameter is None or passed is None:
            continue
        users = set(function.template.users(parameter))
        users |= _have_globals(making, function.template) if way[0] == "Globals" else set()
        if function.template.unread or not users <= _get_subnet(making, name):
            return False
        template, values = passed
        reference = making.carried(new, template)
        if not any(same(reference, value) for value in values):
            values.append(reference)
        return True
    return False


def _original(making: Making, name: str) -> Found | None:
    """The subnet that a new one is made after."""
    copies = {new.subnet.name: new.copy_of for new in making.new_subnets()}
    return making.finder.subnet(copies[name]) if name in copies else None


def _lists(making: Making, function: Found, key: str) -> list[tuple[list[Json], tuple[str, ...]]]:
    configs = making.finder.vpc_configs(function)
    return [(elements, way) for config, way in configs for elements in lists_in(config, key)]


def _holds(making: Making, function: Found, elements: Sequence[Json], resource: Found) -> bool:
    return any(making.folder.resolved(function.template, value) == resource for value in elements)


def _all_alike(making: Making, function: Found, subnet: str, way: tuple[str, ...]) -> bool:
    """Whether every function that has SAM's Globals gets that subnet, so that it may stand there."""
    if _have_globals(making, function.template) <= _get_subnet(making, subnet) and not function.template.unread:
        making.ask(f"{subnet} stands in Globals: every function of the template has it", function.template.place(*way))
        return True
    return False


def _have_globals(making: Making, template: Template) -> set[Found]:
    """The functions of a template that SAM's Globals hold for."""
    return {function for function in making.folder.of(FUNCTION[1]) if function.template is template}


def _get_subnet(making: Making, subnet: str) -> set[Found]:
    """The functions that the plan puts into a subnet."""
    return {
        function
        for edit in making.edits()
        if isinstance(edit, Placed) and subnet in edit.subnets
        if (function := making.finder.function(edit.function)) is not None
    }


def _place(making: Making, function: Found) -> str:
    configs = making.finder.vpc_configs(function)
    return function.template.place(*configs[-1][1], "SubnetIds") if configs else function.place


def _regroup(making: Making, function: Found, old: str, new: str) -> None:
    before, after = making.finder.security_group(old), making.finder.made.get(new)
    place = function.place
    if before is None or after is None:
        making.ask(f"{function.name}: give it the security group {new} in the place of {old}", place)
        return
    done = False
    for elements, way in _lists(making, function, "SecurityGroupIds"):
        for number, value in enumerate(elements):
            if making.folder.resolved(function.template, value) != before:
                continue
            if way[0] == "Globals" and not _all_regrouped(making, function, old, new):
                making.ask(
                    f"{function.name} has {old} from Globals, and others keep it: move SecurityGroupIds to the "
                    f"functions, with {after.name} for this one",
                    function.template.place(*way),
                )
            else:
                is_ref = isinstance(value, dict) and "Ref" in value
                elements[number] = making.carried(after, function.template, "" if is_ref else "GroupId")
            done = True
    if not done and not any(
        _holds(making, function, elements, after) for elements, _ in _lists(making, function, "SecurityGroupIds")
    ):
        making.ask(
            f"the security groups of {function.name} come from elsewhere: {after.name} in the place of {old}", place
        )


def _all_regrouped(making: Making, function: Found, old: str, new: str) -> bool:
    """Whether every function that has SAM's Globals gets the new security group in the place of the old one."""
    wanted = {
        regrouped
        for edit in making.edits()
        if isinstance(edit, Placed) and new in edit.security_groups and old in edit.security_groups_before
        if (regrouped := making.finder.function(edit.function)) is not None
    }
    return _have_globals(making, function.template) <= wanted and not function.template.unread


def _dual_stack(making: Making, function: Found, edit: Placed) -> None:
    for name in edit.subnets:
        subnet = making.finder.subnet(name)
        if subnet is not None and subnet.template is function.template and subnet in making.ipv6:
            wait_for(function, making.ipv6[subnet])
    configs = [config for config, way in making.finder.vpc_configs(function) if way[0] == "Resources"]
    config: Object | None = configs[0] if configs else None
    if config is None and making.finder.in_vpc(function):
        config = {}
        function.properties["VpcConfig"] = config
    if config is None or "Fn::If" in config:
        making.ask(f"set Ipv6AllowedForDualStack of {function.name}", _place(making, function))
        return
    config["Ipv6AllowedForDualStack"] = True
