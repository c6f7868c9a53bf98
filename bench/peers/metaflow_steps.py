"""metaflow_steps.py SHAPE N FILE: writes a flow whose steps each add one; Metaflow runs every one in a process of its own."""

import sys

shape, n, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def step(name: str, body: list[str], arguments: str = "self") -> str:
    return "\n".join(["    @step", f"    def {name}({arguments}):", *(f"        {line}" for line in body), "", ""])


if shape == "chain":
    names = [f"step{i}" for i in range(n)] + ["end"]
    steps = [step("start", ["self.number = 0", f"self.next(self.{names[0]})"])]
    steps += [
        step(name, ["self.number += 1", f"self.next(self.{following})"])
        for name, following in zip(names, names[1:])
    ]
else:
    steps = [
        step("start", ["self.number = 0", f"self.each = list(range({n}))", "self.next(self.one, foreach='each')"]),
        step("one", ["self.number += 1", "self.next(self.join)"]),
        step("join", ["self.number = max(one.number for one in inputs)", "self.next(self.end)"], "self, inputs"),
    ]
steps.append(step("end", ["pass"]))

with open(path, "w") as file:
    file.write("from metaflow import FlowSpec, step\n\n\nclass Steps(FlowSpec):\n" + "".join(steps))
    file.write("\nif __name__ == '__main__':\n    Steps()\n")
