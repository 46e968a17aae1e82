"""Evaluates templates with Ansible's own Templar: the judge of this package.

Reads {"vars": {...}, "templates": [...]} and prints a list of {"value": ...} and
{"error": "..."}.
"""
import json
import sys

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

question = json.load(sys.stdin)
answers = []
for text in question["templates"]:
    templar = Templar(loader=DataLoader(), variables=dict(question["vars"]))
    try:
        answers.append({"value": json.dumps(templar.template(text), ensure_ascii=False)})
    except Exception as e:
        answers.append({"error": "%s: %s" % (type(e).__name__, e)})
    except RecursionError as e:
        answers.append({"error": "RecursionError"})
json.dump(answers, sys.stdout)
