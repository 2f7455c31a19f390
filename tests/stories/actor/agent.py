"""Plays Claude Code or Codex for the stories: `agent.py DIALECT ARGUMENTS …`, with the arguments of a real launch.

What it does with a prompt stands in the prompt's words `play:…`; what came of that stands in the file ACTOR_LOG, one
JSON object a line. Its hooks are those that its arguments name, its screens and payloads those that were recorded.
ACTOR_STARTS names dialogs that come before its first prompt. Everything that happens in it happens in one thread.
"""

import json, os, signal, sys, time, uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import tools
from hooks import Hooks
from terminal import Terminal

BASH = "touch made.txt"
WHY = "May I make a file?"
QUESTIONS = [
    {"question": "Which colour?", "header": "Colour", "multiSelect": False,
     "options": [{"label": "Red", "description": "warm"}, {"label": "Blue", "description": "cold"}]},
    {"question": "Which fruits?", "header": "Fruits", "multiSelect": True,
     "options": [{"label": "Apple", "description": "keeps"}, {"label": "Pear, ripe", "description": "soft"},
                 {"label": "Plum", "description": "small"}]},
]
FORM = [
    {"id": "q1", "header": "Colour", "question": "Which colour?", "options": QUESTIONS[0]["options"]},
    {"id": "q2", "header": "Size", "question": "Which size?",
     "options": [{"label": "Small", "description": "fits"}, {"label": "Large", "description": "lasts"}]},
]
PLAN = {"plan": "# The plan\n1. write out.txt\n2. done\n", "planFilePath": "/home/person/.claude/plans/hi.md"}
FAILURES = {
    "rate_limit": ("rate_limit", "API Error: Request rejected (429) · Please try again later."),
    "context": ("invalid_request", "Prompt is too long · the request is ~208310 tokens (limit 200000)"),
    "login": ("authentication_failed", "Invalid API key · Fix external API key"),
    "billing": ("billing_error", "Credit balance is too low"),
    "model": ("model_not_found", "There's an issue with the selected model"),
    "overloaded": ("overloaded", "API Error: 529 Overloaded"),
    "limit": ("rate_limit", "You've hit your 5-hour limit · resets {reset} (UTC)"),
}


class Agent:
    def __init__(self, dialect, arguments):
        self.claude = dialect == "claude"
        self.hooks = Hooks(dialect, arguments, self.record)
        self.terminal = Terminal(dialect)
        self.allowed = set()
        self.mode = "default"
        self.calls = 0
        self.servers = tools.Server()

    def record(self, what, **fields):
        with open(os.environ["ACTOR_LOG"], "a") as log:
            log.write(json.dumps({"what": what, **fields}) + "\n")

    def live(self, prompt):
        self.record("start", pid=os.getpid())
        for dialog in os.environ.get("ACTOR_STARTS", "").split():
            self.starts_with(dialog)
        if self.claude:
            self.hooks.tell("SessionStart", source="startup")
        self.terminal.wait()
        while True:
            text = prompt or self.terminal.composed(self.listen)
            prompt = None
            if text.strip() in ("/exit", "/quit"):
                self.hooks.tell("SessionEnd", reason="prompt_input_exit")
                return 0
            if self.calls == 0 and not self.claude:
                self.hooks.tell("SessionStart", source="startup")
            self.turn(text)

    def listen(self, hook=None):
        """The next key, or this hook once it has ended."""
        while True:
            happened = self.terminal.listen(self.hooks.waiting)
            if isinstance(happened, str) or happened is hook:
                return happened
            # Its question was answered in the pane long ago.
            self.hooks.over(happened)

    def turn(self, prompt):
        self.hooks.turn()
        self.record("prompt", text=prompt.strip())
        self.terminal.say(prompt)
        self.terminal.work()
        self.hooks.tell("UserPromptSubmit", prompt=prompt)
        for word in [word[5:].strip(".,") for word in prompt.split() if word.startswith("play:")]:
            name, _, about = word.partition("-")
            if not getattr(self, name)(*([about] if about else [])):
                self.terminal.wait()
                return
        self.hooks.tell("Stop", stop_hook_active=False, last_assistant_message="Done.", background_tasks=[])
        self.terminal.wait()

    # What it plays; false where the turn ends without a word.

    def bash(self, command=BASH):
        command = command.replace("_", " ")
        tool_input = {"command": command, "description": WHY} if self.claude else {"command": command}
        call = self.begin("Bash", tool_input)
        if command in self.allowed or self.mode == "acceptEdits":
            self.record("taken", tool="Bash", by="rule")
            return self.ran("Bash", tool_input, call, {"stdout": "", "stderr": "", "interrupted": False})
        extra = {}
        if self.claude:
            rule = {"toolName": "Bash", "ruleContent": command}
            extra["permission_suggestions"] = [
                {"type": "addRules", "rules": [rule], "behavior": "allow", "destination": "localSettings"}]
        asked = tool_input if self.claude else {**tool_input, "description": WHY}
        return self.permission("Bash", tool_input, call, asked, extra, {"stdout": "", "stderr": ""})

    def plan(self):
        self.mode = "plan"
        call = self.begin("ExitPlanMode", PLAN)
        return self.permission("ExitPlanMode", PLAN, call, PLAN, {}, {"isAgent": False, "filePath": PLAN["planFilePath"]})

    def questions(self):
        tool_input = {"questions": QUESTIONS}
        call = self.begin("AskUserQuestion", tool_input)
        return self.permission("AskUserQuestion", tool_input, call, tool_input, {}, {})

    def form(self):
        """Codex's own questions: the hook before the tool may answer them; else a form does, page after page."""
        tool, tool_input = "request_user_input", {"questions": FORM}
        call = self.called()
        hook = self.hooks.start("PreToolUse", tool_name=tool, tool_input=tool_input, tool_use_id=call)
        self.terminal.work("Running hook")
        happened = None
        while happened is not hook:
            happened = self.listen(hook)
            if happened == "\x1b":
                return self.interrupted(tool, hook)
        decision = self.hooks.decision(hook, tool)
        if decision:
            self.record("taken", tool=tool, by="hook", decision=decision)
            self.terminal.work()
            return True
        answers = {}
        for number, question in enumerate(FORM, 1):
            choice = self.terminal.choose(self.terminal.form(number, len(FORM), question), self.listen)
            if choice is None:
                return self.interrupted(tool, None)
            answers[question["id"]] = {"answers": [question["options"][choice]["label"]]}
        self.record("taken", tool=tool, by="pane", decision=answers)
        self.terminal.work()
        return self.ran(tool, tool_input, call, json.dumps({"answers": answers}))

    def dialog(self):
        """A permission of which no hook tells."""
        call = self.begin("Bash", {"command": BASH, "description": WHY})
        choice = self.terminal.choose(self.terminal.permission(BASH, WHY), self.listen)
        self.record("taken", tool="Bash", by="pane", decision=choice)
        if choice is None or not self.terminal.allows(choice):
            return False
        self.terminal.work()
        return self.ran("Bash", {"command": BASH, "description": WHY}, call, {"stdout": ""})

    def parallel(self):
        """Codex asks for two commands at once, and goes on with each when it is decided."""
        begun = {}
        for command in ("touch one", "touch two"):
            call = self.begin("Bash", {"command": command})
            asked = {"command": command, "description": WHY}
            begun[self.hooks.start("PermissionRequest", tool_name="Bash", tool_input=asked)] = (command, call)
        self.terminal.work("Running hooks")
        while begun:
            happened = self.terminal.listen(list(begun))
            if happened not in begun:
                continue
            command, call = begun.pop(happened)
            decision = self.hooks.decision(happened, "Bash")
            self.record("taken", tool=command, by="hook", decision=decision)
            if decision["behavior"] == "allow":
                self.ran("Bash", {"command": command}, call, "ok\n")
        return True

    def subagent(self):
        """Claude Code's turn is over while a subagent asks; its dialog comes when the hook has decided nothing."""
        agent = {"agent_id": "a45a14f0e1a2d9a2f", "agent_type": "general-purpose"}
        tool_input = {"command": BASH, "description": WHY}
        call = self.begin("Bash", tool_input, **agent)
        hook = self.hooks.start("PermissionRequest", tool_name="Bash", tool_input=tool_input, **agent)
        task = {"id": agent["agent_id"], "type": "subagent", "status": "running", "description": "sub work"}
        self.hooks.tell("Stop", stop_hook_active=False, last_assistant_message="Started.", background_tasks=[task])
        self.terminal.background()
        self.record("background")
        while self.listen(hook) is not hook:
            pass
        decision = self.hooks.decision(hook, "Bash")
        if decision:
            self.record("taken", tool="Bash", by="hook", decision=decision)
        else:
            choice = self.terminal.choose(self.terminal.permission(BASH, WHY), self.listen)
            self.record("taken", tool="Bash", by="pane", decision=choice)
        self.terminal.work()
        self.ran("Bash", tool_input, call, {"stdout": ""}, **agent)
        self.hooks.tell("SubagentStop", background_tasks=[], **agent)
        self.hooks.tell("UserPromptSubmit", prompt="<task-notification>\n<summary>sub work is over</summary>")
        return True

    def ask_user(self):
        """Our own tool, which it may call without asking."""
        arguments = {"question": "Which port?", "options": ["8080", "9090"], "context": "It must be free."}
        call = self.begin("mcp__qd__ask_user", arguments)
        told = self.servers.call("ask_user", arguments, call, self.record)
        self.record("taken", tool="ask_user", by="call", decision=told)
        return self.ran("mcp__qd__ask_user", arguments, call, [{"type": "text", "text": told}])

    def fail(self, how):
        code, words = FAILURES[how]
        words = words.format(reset=time.strftime("%I:%M%p", time.gmtime(time.time() + 7200)).lower().lstrip("0"))
        self.terminal.say(words)
        self.terminal.wait()
        self.hooks.tell("StopFailure", error=code, last_assistant_message=words)
        return False

    def retry(self):
        """Its provider fails until the file `gate` is there, of which no hook tells."""
        self.terminal.retry()
        while not os.path.exists("gate"):
            time.sleep(0.01)
        self.terminal.work()
        return True

    def crash(self):
        sys.exit(3)

    def starts_with(self, dialog):
        rows, yes = self.terminal.before(dialog)
        choice = self.terminal.choose(rows, self.listen)
        self.record("taken", tool=dialog, by="pane", decision=choice)
        if choice != yes:
            sys.exit(1)

    # A call of a tool.

    def called(self):
        self.calls += 1
        return f"toolu_{uuid.uuid4().hex[:20]}"

    def begin(self, tool, tool_input, **more):
        call = self.called()
        self.hooks.tell("PreToolUse", tool_name=tool, tool_input=tool_input, tool_use_id=call, **more)
        return call

    def permission(self, tool, tool_input, call, asked, extra, response):
        """Asks the person: Claude Code's dialog stands beside its hook, Codex's comes when the hook has decided nothing."""
        hook = self.hooks.start("PermissionRequest", tool_name=tool, tool_input=asked, **extra)
        dialog = self.terminal.dialog(tool, tool_input, WHY)
        if self.claude:
            self.terminal.show(dialog)
        else:
            self.terminal.work("Running hook")
        while True:
            happened = self.listen(hook)
            if happened is hook:
                decision = self.hooks.decision(hook, tool)
                if decision:
                    self.record("taken", tool=tool, by="hook", decision=decision)
                    return self.decided(tool, tool_input, call, response, decision)
                self.terminal.show(dialog)
                hook = None
            elif isinstance(happened, str) and (self.claude or hook is None):
                choice = self.terminal.chosen(dialog, happened)
                if choice is False:
                    continue
                self.record("taken", tool=tool, by="pane", decision=choice)
                if choice is None or not self.terminal.allows(choice):
                    # Claude Code ends the hook of a question that is refused in its pane, and tells nothing.
                    self.hooks.end(hook, signal.SIGTERM)
                    if not self.claude:
                        self.hooks.tell("Interrupt")
                    return False
                self.terminal.work()
                return self.ran(tool, tool_input, call, response)
            elif happened == "\x1b" and not self.claude:
                return self.interrupted(tool, hook)

    def interrupted(self, tool, hook):
        """Codex kills a hook that is interrupted, and tells of it."""
        self.hooks.end(hook, signal.SIGKILL)
        self.record("taken", tool=tool, by="pane", decision=None)
        self.hooks.tell("Interrupt")
        return False

    def decided(self, tool, tool_input, call, response, decision):
        self.terminal.work()
        for update in decision.get("updatedPermissions", []):
            assert update["destination"] == "session", update
            self.mode = update.get("mode", self.mode)
            self.allowed.update(rule["ruleContent"] for rule in update.get("rules", []))
        if decision["behavior"] == "deny":
            # The model is told why, and goes on.
            if self.claude:
                self.hooks.tell("PostToolBatch", tool_calls=[{"tool_name": tool, "tool_input": tool_input, "tool_use_id": call}])
            return True
        changed = decision.get("updatedInput", tool_input)
        return self.ran(tool, changed, call, {**response, **{key: changed[key] for key in changed if key != "plan"}})

    def ran(self, tool, tool_input, call, response, **more):
        fields = {"tool_name": tool, "tool_input": tool_input, "tool_response": response, "tool_use_id": call}
        self.hooks.tell("PostToolUse", **fields, **more)
        return True


if __name__ == "__main__":
    words = sys.argv[1:]
    split = words.index("--") if "--" in words else len(words)
    sys.exit(Agent(words[0], words[1:split]).live("".join(words[split + 1:])))
