"""The pane of an agent: its title, its input box, its dialogs, and the keys of whoever is at it. Drawn as recorded."""

import os, re, select, termios, tty

EDGE = "─" * 40
KEYS = re.compile(r"\x1b\[200~.*?\x1b\[201~|\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Z]|.", re.S)


class Terminal:
    def __init__(self, dialect):
        self.claude = dialect == "claude"
        self.said = []
        self.box = ""
        self.keys = []
        self.cursor = 0
        tty.setraw(0)
        os.write(1, b"\x1b[?2004h\x1b[2J")

    # What it shows.

    def draw(self, title, rows):
        rows = self.said[-6:] + rows
        text = f"\x1b]2;{title}\x07\x1b[H" + "".join(row + "\x1b[K\r\n" for row in rows) + "\x1b[J"
        os.write(1, text.encode())

    def say(self, text):
        self.said += [(("❯ " if self.claude else "› ") + text).replace("\n", " ")[:70], ""]

    def wait(self):
        if self.claude:
            rows = [EDGE, f"❯\u00a0{self.box}", EDGE, "  ⏸ manual mode on · ? for shortcuts"]
            self.draw("✳ Claude Code", rows)
        else:
            rows = [f"› {self.box or 'Ask Codex to do anything'}", "", "  GPT-5.5 default · /work"]
            self.draw("work", rows)

    def work(self, on=""):
        if self.claude:
            rows = ["· Tinkering… (1s)", EDGE, "❯\u00a0", EDGE, "  ⏸ manual mode on · esc to interrupt"]
            self.draw("◐ Claude Code", rows)
        else:
            on = f" · {on}" if on else ""
            rows = [f"• Working (2s • esc to interrupt){on}", "", "› Ask Codex to do anything", "", "  GPT-5.5 default"]
            self.draw("⠼ work", rows)

    def background(self):
        rows = ["✻ Waiting for 1 background agent to finish", EDGE, "❯\u00a0", EDGE, "  ⏸ manual mode on"]
        self.draw("◐ Claude Code", rows)

    def retry(self):
        if self.claude:
            rows = ["✻ 529 Overloaded · retrying in 15s · attempt 5/10", "  ⎿  If it persists, check your gateway."]
            self.draw("◐ Claude Code", [*rows, EDGE, "❯\u00a0", EDGE, "  ⏸ manual mode on · esc to interrupt"])
        else:
            rows = ["• Server is busy, reconnecting 4/5 (10s • esc to interrupt)", "  └ last status: 429 Too Many Requests"]
            self.draw("⠼ work", [*rows, "", "› Ask Codex to do anything", "", "  GPT-5.5 default"])

    # Its dialogs: rows, and what the keys choose.

    def dialog(self, tool, tool_input, why):
        if tool == "Bash":
            return self.permission(tool_input["command"], why)
        if tool == "AskUserQuestion":
            first = tool_input["questions"][0]
            options = [f"{number}. {option['label']}" for number, option in enumerate(first["options"], 1)]
            rows = [EDGE, "←  ☐ Colour  ☐ Fruits  ✔ Submit  →", "", first["question"], "", f"❯ {options[0]}"]
            rows += [f"  {option}" for option in options[1:]] + ["  3. Type something.", EDGE, "  4. Chat about this"]
            return {"rows": rows + ["", "Enter to select · Tab/Arrow keys to navigate · Esc to cancel"], "keys": "12"}
        options = ["Yes, and use auto mode", "Yes, manually approve edits", "Tell Claude what to change"]
        rows = ["▔" * 40, f"  {EDGE}", "   Ready to code?", "", "   The plan", f"  {EDGE}", "   Would you like to proceed?"]
        rows += ["", f"   ❯ 1. {options[0]}", f"     2. {options[1]}", f"     3. {options[2]}"]
        return {"rows": [*rows, "", "   ctrl+g to edit in Vim"], "keys": "12"}

    def permission(self, command, why):
        if self.claude:
            rows = [EDGE, " Bash command", "", f" {why}", "", f" {command}", "", " Do you want to proceed?"]
            rows += [" ❯ 1. Yes", "   2. Yes, and don't ask again", "   3. No", "", " Esc to cancel · Tab to amend"]
            return {"rows": rows, "keys": "123", "refuses": "3"}
        rows = ["  Would you like to run the following command?", "", f"  Reason: {why}", "", f"  $ {command}", ""]
        rows += ["› 1. Yes, proceed (y)", "  2. Yes, and don't ask again for such commands (p)"]
        rows += ["  3. No, and tell Codex what to do differently (esc)", "", "  Press enter to confirm or esc to cancel"]
        return {"rows": rows, "keys": "yp"}

    def form(self, number, count, question):
        options = [f"{at}. {option['label']}  {option['description']}" for at, option in enumerate(question["options"], 1)]
        options.append("3. None of the above  Optionally, add details in notes (tab)")
        rows = [f"  Question {number}/{count} ({count - number + 1} unanswered)", f"  {question['question']}", ""]
        rows += [f"  › {options[0]}"] + [f"    {option}" for option in options[1:]]
        end = "  tab to add notes | enter to submit answer | ←/→ to navigate questions | esc to interrupt"
        return {"rows": [*rows, "", end], "keys": "12"}

    def before(self, dialog):
        """A dialog that comes before the first prompt, and the choice with which it goes on."""
        if dialog == "trust" and self.claude:
            words = [" Accessing workspace:", "", " Quick safety check: Is this a project you trust?", ""]
            return self.menu(" ", words, ["No, exit", "Yes, I trust this folder"], " Enter to confirm · Esc to cancel"), 1
        if dialog == "login" and self.claude:
            words = [" Detected a custom API key in your environment", "", " Do you want to use this API key?", ""]
            return self.menu(" ", words, ["Yes", "No (recommended)"], " Enter to confirm · Esc to cancel"), 0
        if dialog == "trust":
            words = ["  Folder access", "", "  Trust this folder?", ""]
            options = ["1. Trust and continue", "2. Back to Agent Command Center"]
            return self.menu("", words, options, "  enter continue · esc back"), 0
        words = ["  Hooks need review", "", "  12 hooks are new or changed.", ""]
        options = ["1. Review hooks", "2. Trust all and continue", "3. Continue without trusting (hooks won't run)"]
        return {**self.menu("", words, options, "  enter confirm · esc skip"), "moves": "123"}, 2

    def menu(self, margin, words, options, end):
        """Options on which a cursor is moved."""
        edge = [EDGE] if self.claude else []
        return {"head": [*edge, *words], "options": options, "margin": margin, "end": end}

    def show(self, dialog):
        asking = "✳ Claude Code" if self.claude else "[ ! ] Action Required | work"
        rows = dialog.get("rows")
        if rows is None:
            mark = "❯" if self.claude else "›"
            marked = lambda at: mark if at == self.cursor else " "
            options = [f"{dialog['margin']}{marked(at)} {option}" for at, option in enumerate(dialog["options"])]
            # Neither agent's title tells of what comes before its first prompt.
            asking, rows = "Claude Code" if self.claude else "work", [*dialog["head"], *options, "", dialog["end"]]
        self.draw(asking, rows)

    def choose(self, dialog, listen):
        """What is chosen in a dialog, from 0; nothing where it is refused."""
        self.cursor = 0
        while True:
            self.show(dialog)
            choice = self.chosen(dialog, listen())
            if choice is not False:
                return choice

    def chosen(self, dialog, key):
        """What this key chooses; false where it chooses nothing."""
        if key == "\x1b":
            return None
        if "options" in dialog:
            steps = {"\x1b[A": -1, "\x1b[B": 1, "\x1bOA": -1, "\x1bOB": 1}
            self.cursor = max(0, min(self.cursor + steps.get(key, 0), len(dialog["options"]) - 1))
            if key in dialog.get("moves", "") and key:
                self.cursor = int(key) - 1
            return self.cursor if key == "\r" else False
        return dialog["keys"].index(key) if key and key in dialog["keys"] else False

    def allows(self, choice):
        """Yes, and yes for ever; Claude Code's third answer is no."""
        return choice in (0, 1)

    # What is done at it.

    def listen(self, beside):
        """The next key, or one of these hooks when it has ended."""
        while not self.keys:
            ready = select.select([0, *beside], [], [])[0]
            if ready[-1] != 0:
                return ready[-1]
            text = os.read(0, 65536).decode(errors="replace")
            if not text:
                os._exit(0)
            self.keys = KEYS.findall(text)
        return self.keys.pop(0)

    def composed(self, listen):
        """The next text that is submitted."""
        while True:
            key = listen()
            if key.startswith("\x1b[200~"):
                self.box += key[6:-6].replace("\r", "\n")
            elif key == "\r" and self.box:
                text, self.box = self.box, ""
                return text
            elif key == "\x15":
                self.box = ""
            elif key.isprintable():
                self.box += key
            self.wait()
