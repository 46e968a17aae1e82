# Answers what Python makes of documents, words and floats: JSON on stdin, JSON on stdout.
import ipaddress
import json
import re
import socket
import sys

import yaml


def text(value):
    """The text that the generator of DC/OS works on."""
    if isinstance(value, (list, dict)):
        return json.dumps(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, str)):
        return str(value)
    return "crash: " + type(value).__name__


def works(function, *arguments):
    try:
        function(*arguments)
    except (ValueError, OSError):
        return False
    return True


def dumped(word):
    try:
        return json.dumps(json.loads(word), sort_keys=True)
    except ValueError:
        return ""


def quantity(word):
    match = re.match(r"([\d\.]+)(\w+)", word)
    if match is None or re.fullmatch(r"\d", match.group(2)[0]):
        return "|"
    return match.group(1) + "|" + match.group(2)


question = json.load(sys.stdin)
if "documents" in question:
    answer = [{str(k): text(v) for k, v in yaml.safe_load(d).items()} for d in question["documents"]]
elif "words" in question:
    answer = [
        {
            "word": w,
            "int": works(int, w),
            "network": works(ipaddress.ip_network, w),
            "ipv4": works(socket.inet_pton, socket.AF_INET, w),
            "ipv6": works(socket.inet_pton, socket.AF_INET6, w),
            "json": dumped(w),
            "fields": len(w.split()),
            "quantity": quantity(w),
        }
        for w in question["words"]
    ]
else:
    answer = [repr(f) if isinstance(f, float) else repr(float(f)) for f in question["floats"]]
json.dump(answer, sys.stdout)
