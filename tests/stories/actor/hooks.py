"""Hooks as agents run them: a command of a shell, with the payload on its standard input and nobody at its terminal."""

import json, os, shlex, subprocess, tomllib, uuid


class Hook:
    """The process of a hook that may wait for the person."""

    def __init__(self, event, command, payload):
        self.event = event
        # Both agents give a hook a session of its own.
        self.process = subprocess.Popen(["/bin/sh", "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        start_new_session=True)
        self.process.stdin.write(json.dumps(payload).encode())
        self.process.stdin.close()

    def fileno(self):
        return self.process.stdout.fileno()

    def printed(self):
        text = self.process.stdout.read().decode()
        self.process.wait()
        return text


class Hooks:
    """The hooks that the arguments of a launch name."""

    def __init__(self, dialect, arguments, record):
        self.claude = dialect == "claude"
        self.record = record
        commands = self.of_claude(arguments) if self.claude else self.of_codex(arguments)
        self.commands = {event: self.here(command) for event, command in commands.items()}
        self.session = self.named(arguments) or str(uuid.uuid4())
        self.turn()
        self.waiting = []

    def of_claude(self, arguments):
        file = next(word.removeprefix("--settings=") for word in arguments if word.startswith("--settings="))
        hooks = json.load(open(file))["hooks"]
        return {event: groups[0]["hooks"][0]["command"] for event, groups in hooks.items()}

    def of_codex(self, arguments):
        settings = [value for option, value in zip(arguments, arguments[1:]) if option == "-c"]
        hooks = [setting.removeprefix("hooks.") for setting in settings if setting.startswith("hooks.")]
        tables = dict(hook.split("=", 1) for hook in hooks if not hook.startswith("state="))
        return {event: tomllib.loads(f"x = {table}")["x"][0]["hooks"][0]["command"] for event, table in tables.items()}

    def here(self, command):
        """The command as this machine runs it: on a host, ACTOR_HOST, there is a script in the place of our program, and
        what else that finds is little."""
        host = os.environ.get("ACTOR_HOST")
        if not host:
            return command
        words = shlex.split(command)
        assert words[0] == "exec" and words[2] == "hook", command
        return f"PATH={shlex.quote(host)}/tools exec {shlex.quote(host)}/bin/qd hook {words[3]}"

    def named(self, arguments):
        """The conversation that it is to begin or to continue."""
        after = [later for word, later in zip(arguments, arguments[1:]) if word in ("--session-id", "--resume")]
        return after[0] if after else None

    def turn(self):
        self.prompt = str(uuid.uuid4())

    def payload(self, event, fields):
        home = os.environ["HOME"]
        common = {"session_id": self.session, "cwd": os.getcwd(), "hook_event_name": event, "permission_mode": "default"}
        if self.claude:
            common["transcript_path"] = f"{home}/.claude/projects/-work/{self.session}.jsonl"
            common["prompt_id"] = self.prompt
        else:
            common["transcript_path"] = f"{home}/.codex/sessions/2026/11/21/rollout-2026-11-21T08-24-51-{self.session}.jsonl"
            common["turn_id"] = self.prompt
            common["model"] = "gpt-5.5"
        return {**common, **fields}

    def tell(self, event, **fields):
        """Runs a hook that decides nothing."""
        if event in self.commands:
            printed = Hook(event, self.commands[event], self.payload(event, fields)).printed()
            assert printed == "", f"{event} printed {printed}"

    def start(self, event, **fields):
        """Starts a hook that may wait, and goes on beside it."""
        hook = Hook(event, self.commands[event], self.payload(event, fields))
        self.waiting.append(hook)
        self.record("asks", event=event, tool=fields["tool_name"], hook=hook.process.pid)
        return hook

    def over(self, hook):
        """A hook has ended; what it printed counts no more."""
        self.waiting.remove(hook)
        self.record("printed", hook=hook.process.pid, text=hook.printed())

    def decision(self, hook, tool):
        """What a hook decided, where its agent understands it."""
        self.waiting.remove(hook)
        text = hook.printed()
        self.record("printed", hook=hook.process.pid, text=text)
        if not text:
            return None
        said = json.loads(text)["hookSpecificOutput"]
        assert said["hookEventName"] == hook.event, text
        if hook.event == "PreToolUse":
            assert said["permissionDecision"] == "deny", text
            return {"reason": said["permissionDecisionReason"]}
        decision = said["decision"]
        if not self.claude:
            # Anything more fails the hook.
            assert set(decision) <= {"behavior", "message"}, text
        elif decision["behavior"] == "allow" and tool in ("AskUserQuestion", "ExitPlanMode"):
            # Without its input, it is ignored.
            assert "updatedInput" in decision, text
        return decision

    def end(self, hook, how):
        if hook:
            os.killpg(hook.process.pid, how)
            self.over(hook)
