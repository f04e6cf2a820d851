"""As much of a TextMate tokeniser as our grammar needs: match, begin/end, captures, include; one line after the other."""

import re


class Grammar:
    """`scopes(line)` of a grammar in the JSON form. Rules are tried as editors do: the first match in the line wins, of
    several at one place the first in the list."""

    def __init__(self, grammar):
        self.repository = grammar["repository"]
        self.root = {"patterns": grammar["patterns"]}
        self.compiled = {}

    def regex(self, text):
        if text not in self.compiled:
            self.compiled[text] = re.compile(text)
        return self.compiled[text]

    def rules(self, patterns):
        for rule in patterns:
            if "include" in rule:
                rule = self.repository[rule["include"].removeprefix("#")]
            if "match" in rule or "begin" in rule:
                yield rule
            else:
                yield from self.rules(rule["patterns"])

    def candidates(self, stack, line, at):
        """(place, order, match, rule) of the end of what is open, and of each rule in it."""
        if "end" in stack[-1]:
            match = self.regex(stack[-1]["end"]).search(line, at)
            if match:
                yield match.start(), -1, match, None
        for order, rule in enumerate(self.rules(stack[-1].get("patterns", []))):
            match = self.regex(rule.get("match", rule.get("begin"))).search(line, at)
            if match and (match.end() > match.start() or "begin" in rule):
                yield match.start(), order, match, rule

    def scopes(self, line):
        """For each character of the line the scopes that it has, outermost first. No rule of ours goes beyond a line."""
        result = [[] for _ in line]
        stack = [self.root]

        def paint(begin, end, name):
            if name:
                for scopes in result[begin:end]:
                    scopes.append(name)

        def paint_captures(match, captures):
            for index, capture in captures.items():
                if match.group(int(index)) is not None:
                    paint(*match.span(int(index)), capture["name"])

        at = 0
        while at <= len(line):
            found = min(self.candidates(stack, line, at), key=lambda c: c[:2], default=None)
            stop = found[0] if found else len(line)
            for rule in stack[1:]:
                paint(at, stop, rule.get("name"))
            if not found:
                break
            _, _, match, rule = found
            for outer in stack[1:]:
                paint(*match.span(), outer.get("name"))
            if rule is None:
                paint_captures(match, stack.pop().get("endCaptures", {}))
            elif "begin" in rule:
                paint(*match.span(), rule.get("name"))
                paint_captures(match, rule.get("beginCaptures", {}))
                stack.append(rule)
            else:
                paint(*match.span(), rule.get("name"))
                paint_captures(match, rule.get("captures", {}))
            at = match.end()
            if at == len(line) and len(stack) == 1:
                break
        assert len(stack) == 1, f"still open at the end of the line: {line}"
        return result
