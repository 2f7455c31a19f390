-- The first released schema. Never edited once released: what comes later is a file of its own.
--
-- One table per noun of the domain, one column per fact. A state that carries data is a word and one nullable column
-- for each thing a variant carries; CHECK constraints say which belong together. References are deferred to the end
-- of the transaction, so that the rows of one step can be written in any order. Times are milliseconds since 1970.

PRAGMA application_id = 0x71640001;

-- How far the engine has counted its steps.
CREATE TABLE supervisor (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL CHECK (revision >= 0)
) STRICT;
INSERT INTO supervisor (id, revision) VALUES (1, 0);

CREATE TABLE targets (
    name        TEXT PRIMARY KEY NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('online', 'draining', 'disabled')),
    state_since INTEGER NOT NULL,
    capacity    INTEGER CHECK (capacity >= 0),
    labels      TEXT NOT NULL CHECK (json_type(labels) = 'array'),
    -- How it is reached; nothing of it for this machine.
    host        TEXT,
    user        TEXT,
    port        INTEGER CHECK (port BETWEEN 1 AND 65535),
    identity    TEXT,
    work_root   TEXT,
    bootstrap   TEXT,
    -- What was seen of it last.
    link        TEXT NOT NULL CHECK (link IN ('here', 'untried', 'joining', 'up', 'unfit', 'unreachable')),
    link_since  INTEGER,
    link_reason TEXT,
    agents      TEXT CHECK (json_type(agents) = 'array'),
    -- Sessions and workspaces of a target outlive it.
    removed     INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1)),
    CHECK ((link = 'here') = (host IS NULL)),
    CHECK (host IS NOT NULL OR (user IS NULL AND port IS NULL AND identity IS NULL)),
    CHECK (host IS NOT NULL OR (work_root IS NULL AND bootstrap IS NULL)),
    CHECK ((link IN ('up', 'unfit', 'unreachable')) = (link_since IS NOT NULL)),
    CHECK ((link IN ('unfit', 'unreachable')) = (link_reason IS NOT NULL)),
    CHECK ((link = 'up') = (agents IS NOT NULL))
) STRICT;

CREATE TABLE objectives (
    id         INTEGER PRIMARY KEY CHECK (id > 0),
    title      TEXT NOT NULL,
    repository TEXT,
    mode       TEXT NOT NULL CHECK (mode IN ('plain', 'manager')),
    base       TEXT,
    publishes  INTEGER NOT NULL CHECK (publishes IN (0, 1)),
    state      TEXT NOT NULL CHECK (state IN ('open', 'done', 'canceled')),
    created_at INTEGER NOT NULL,
    archived   INTEGER NOT NULL CHECK (archived IN (0, 1))
) STRICT;
CREATE INDEX objectives_shown ON objectives (id) WHERE archived = 0;

CREATE TABLE sessions (
    id                  INTEGER PRIMARY KEY CHECK (id > 0),
    objective           INTEGER NOT NULL REFERENCES objectives DEFERRABLE INITIALLY DEFERRED,
    parent              INTEGER REFERENCES sessions DEFERRABLE INITIALLY DEFERRED,
    role                TEXT NOT NULL CHECK (role IN ('worker', 'manager', 'reviewer')),
    title               TEXT NOT NULL,
    profile             TEXT NOT NULL,
    target              TEXT NOT NULL REFERENCES targets DEFERRABLE INITIALLY DEFERRED,
    placement           TEXT NOT NULL CHECK (placement IN ('pinned', 'labels', 'anywhere')),
    placement_labels    TEXT CHECK (json_type(placement_labels) = 'array'),
    repository          TEXT,
    workspace_kind      TEXT NOT NULL CHECK (workspace_kind IN ('isolated', 'pull_request', 'shared', 'scratch')),
    workspace           INTEGER REFERENCES workspaces DEFERRABLE INITIALLY DEFERRED,
    base                TEXT,
    follow_up           INTEGER REFERENCES pull_requests DEFERRABLE INITIALLY DEFERRED,
    follow_up_head      TEXT,
    must_move_head      INTEGER CHECK (must_move_head IN (0, 1)),
    state               TEXT NOT NULL CHECK (state IN ('queued', 'waiting_capacity', 'starting', 'running',
                                                       'waiting_user', 'succeeded', 'failed', 'canceled')),
    capacity_scope      TEXT CHECK (capacity_scope IN ('global', 'target', 'target_closed', 'no_target')),
    current_attempt     INTEGER REFERENCES attempts DEFERRABLE INITIALLY DEFERRED,
    question            INTEGER REFERENCES questions DEFERRABLE INITIALLY DEFERRED,
    completed_by        TEXT CHECK (completed_by IN ('person', 'exit', 'agent', 'marker', 'command', 'merged')),
    cause               TEXT,
    state_since         INTEGER NOT NULL,
    newest_attempt      INTEGER REFERENCES attempts DEFERRABLE INITIALLY DEFERRED,
    doing               TEXT NOT NULL CHECK (doing IN ('nothing', 'starting', 'working', 'your_turn', 'asking',
                                                       'compacting', 'background', 'retrying', 'parked',
                                                       'unreachable', 'unknown')),
    doing_since         INTEGER NOT NULL,
    doing_note          TEXT NOT NULL,
    doing_until         INTEGER,
    evidence_source     TEXT NOT NULL CHECK (evidence_source IN ('process', 'signal', 'transcript', 'title', 'screen',
                                                                 'supervisor')),
    evidence_rule       TEXT NOT NULL,
    evidence_text       TEXT NOT NULL,
    evidence_at         INTEGER NOT NULL,
    progress            TEXT,
    report_outcome      TEXT CHECK (report_outcome IN ('done', 'blocked', 'failed')),
    report_summary      TEXT,
    report_attempt      INTEGER REFERENCES attempts DEFERRABLE INITIALLY DEFERRED,
    reported_at         INTEGER,
    person_typing_since INTEGER,
    created_at          INTEGER NOT NULL,
    CHECK ((placement = 'labels') = (placement_labels IS NOT NULL)),
    CHECK ((state = 'waiting_capacity') = (capacity_scope IS NOT NULL)),
    CHECK ((state IN ('starting', 'running')) = (current_attempt IS NOT NULL)),
    CHECK ((state = 'waiting_user') = (question IS NOT NULL)),
    CHECK ((state = 'succeeded') = (completed_by IS NOT NULL)),
    CHECK ((state = 'failed') = (cause IS NOT NULL)),
    CHECK ((report_outcome IS NULL) = (report_summary IS NULL)),
    CHECK ((report_outcome IS NULL) = (report_attempt IS NULL)),
    CHECK ((report_outcome IS NULL) = (reported_at IS NULL)),
    CHECK ((follow_up IS NULL) = (follow_up_head IS NULL)),
    CHECK ((follow_up IS NULL) = (must_move_head IS NULL))
) STRICT;
CREATE INDEX sessions_of_objective ON sessions (objective);

-- The domain decides what a session may become; this is the second lock on the door behind which nothing leads out.
CREATE TRIGGER a_final_session_stays_as_it_is BEFORE UPDATE ON sessions
WHEN old.state IN ('succeeded', 'failed', 'canceled')
 AND (new.state, new.completed_by, new.cause) IS NOT (old.state, old.completed_by, old.cause)
BEGIN
    SELECT raise(ABORT, 'the state of a session that has ended is final');
END;

CREATE TABLE session_dependencies (
    session    INTEGER NOT NULL REFERENCES sessions DEFERRABLE INITIALLY DEFERRED,
    position   INTEGER NOT NULL CHECK (position >= 0),
    depends_on INTEGER NOT NULL REFERENCES sessions DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (session, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
    id           INTEGER PRIMARY KEY CHECK (id > 0),
    session      INTEGER NOT NULL REFERENCES sessions DEFERRABLE INITIALLY DEFERRED,
    target       TEXT NOT NULL REFERENCES targets DEFERRABLE INITIALLY DEFERRED,
    state        TEXT NOT NULL CHECK (state IN ('preparing', 'launching', 'live', 'stopping', 'ended')),
    pane         TEXT,
    pid          INTEGER CHECK (pid >= 0),
    ended        TEXT CHECK (ended IN ('exited', 'signaled', 'stopped', 'vanished', 'never_started')),
    exit_code    INTEGER,
    signal       INTEGER,
    error        TEXT,
    state_since  INTEGER NOT NULL,
    conversation TEXT,
    resumes      INTEGER NOT NULL CHECK (resumes IN (0, 1)),
    token_hash   TEXT CHECK (length(token_hash) = 64 AND token_hash NOT GLOB '*[^0-9a-f]*'),
    ready        INTEGER NOT NULL CHECK (ready IN (0, 1)),
    created_at   INTEGER NOT NULL,
    CHECK (state <> 'live' OR (pane IS NOT NULL AND pid IS NOT NULL)),
    CHECK (state IN ('live', 'stopping') OR (pane IS NULL AND pid IS NULL)),
    CHECK ((state = 'ended') = (ended IS NOT NULL)),
    CHECK ((ended IS 'exited') = (exit_code IS NOT NULL)),
    CHECK ((ended IS 'signaled') = (signal IS NOT NULL)),
    CHECK ((ended IS 'never_started') = (error IS NOT NULL))
) STRICT;
CREATE INDEX attempts_of_session ON attempts (session);
CREATE INDEX attempts_not_ended ON attempts (session) WHERE state <> 'ended';

-- Processes that would not die with a stopped attempt.
CREATE TABLE survivors (
    attempt  INTEGER NOT NULL REFERENCES attempts DEFERRABLE INITIALLY DEFERRED,
    position INTEGER NOT NULL CHECK (position >= 0),
    pid      INTEGER NOT NULL CHECK (pid >= 0),
    command  TEXT NOT NULL,
    PRIMARY KEY (attempt, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    id             INTEGER PRIMARY KEY CHECK (id > 0),
    session        INTEGER NOT NULL REFERENCES sessions DEFERRABLE INITIALLY DEFERRED,
    kind           TEXT NOT NULL CHECK (kind IN ('prompt', 'steer', 'answer', 'hand_off')),
    excerpt        TEXT NOT NULL,
    bytes          INTEGER NOT NULL CHECK (bytes >= 0),
    delivery       TEXT NOT NULL CHECK (delivery IN ('queued', 'launching', 'typing', 'typed', 'submitted', 'taken_up',
                                                     'failed', 'uncertain')),
    hold           TEXT CHECK (hold IN ('not_running', 'not_ready', 'person_typing', 'asking', 'draft', 'earlier',
                                        'unreachable')),
    attempt        INTEGER REFERENCES attempts DEFERRABLE INITIALLY DEFERRED,
    enters         INTEGER CHECK (enters BETWEEN 0 AND 255),
    evidence       TEXT,
    reason         TEXT,
    question       INTEGER REFERENCES questions DEFERRABLE INITIALLY DEFERRED,
    delivery_since INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    CHECK (delivery = 'queued' OR hold IS NULL),
    CHECK ((delivery IN ('launching', 'typing', 'typed', 'submitted', 'taken_up')) = (attempt IS NOT NULL)),
    CHECK ((delivery = 'submitted') = (enters IS NOT NULL)),
    CHECK ((delivery = 'taken_up') = (evidence IS NOT NULL)),
    CHECK ((delivery = 'failed') = (reason IS NOT NULL)),
    CHECK ((delivery = 'uncertain') = (question IS NOT NULL))
) STRICT;
CREATE INDEX messages_of_session ON messages (session);
CREATE INDEX messages_on_their_way ON messages (session) WHERE delivery NOT IN ('taken_up', 'failed');

-- Apart from their messages, so that no list ever reads them.
CREATE TABLE message_bodies (
    message INTEGER PRIMARY KEY REFERENCES messages DEFERRABLE INITIALLY DEFERRED,
    body    TEXT NOT NULL
) STRICT;

CREATE TABLE questions (
    id           INTEGER PRIMARY KEY CHECK (id > 0),
    objective    INTEGER NOT NULL REFERENCES objectives DEFERRABLE INITIALLY DEFERRED,
    session      INTEGER NOT NULL REFERENCES sessions DEFERRABLE INITIALLY DEFERRED,
    kind         TEXT NOT NULL CHECK (kind IN ('ended', 'vanished', 'not_started', 'delivery', 'permission', 'asks',
                                               'ask_user', 'plan', 'dialog', 'failure', 'report', 'verify',
                                               'pull_request')),
    text         TEXT NOT NULL,
    multiple     INTEGER NOT NULL CHECK (multiple IN (0, 1)),
    free_text    INTEGER NOT NULL CHECK (free_text IN (0, 1)),
    call_attempt INTEGER REFERENCES attempts DEFERRABLE INITIALLY DEFERRED,
    call_key     TEXT,
    call_subject TEXT,
    call_part    INTEGER CHECK (call_part >= 0 AND call_part < call_parts),
    call_parts   INTEGER CHECK (call_parts BETWEEN 1 AND 255),
    call_via     TEXT CHECK (call_via IN ('hook', 'tool', 'pane')),
    state        TEXT NOT NULL CHECK (state IN ('open', 'answering', 'answered', 'withdrawn')),
    verdict      TEXT CHECK (verdict IN ('pick', 'allow', 'allow_for_session', 'deny', 'in_pane')),
    words        TEXT,
    sent         INTEGER CHECK (sent IN (0, 1)),
    answer       TEXT,
    answered_at  INTEGER,
    evidence     TEXT,
    reason       TEXT,
    withdrawn_at INTEGER,
    created_at   INTEGER NOT NULL,
    -- Last, because it can be long: whoever wants another column does not read it.
    detail       TEXT NOT NULL,
    CHECK ((call_attempt IS NULL) = (call_key IS NULL)),
    CHECK ((call_attempt IS NULL) = (call_subject IS NULL)),
    CHECK ((call_attempt IS NULL) = (call_part IS NULL)),
    CHECK ((call_attempt IS NULL) = (call_parts IS NULL)),
    CHECK ((call_attempt IS NULL) = (call_via IS NULL)),
    CHECK ((state = 'answering') = (verdict IS NOT NULL)),
    CHECK ((state = 'answering') = (sent IS NOT NULL)),
    CHECK (state = 'answering' OR words IS NULL),
    CHECK ((state = 'answered') = (answer IS NOT NULL)),
    CHECK ((state = 'answered') = (evidence IS NOT NULL)),
    CHECK ((state IN ('answering', 'answered')) = (answered_at IS NOT NULL)),
    CHECK ((state = 'withdrawn') = (reason IS NOT NULL)),
    CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL))
) STRICT;
CREATE INDEX questions_of_session ON questions (session);
CREATE INDEX questions_not_settled ON questions (objective) WHERE state IN ('open', 'answering');

CREATE TABLE question_choices (
    question    INTEGER NOT NULL REFERENCES questions DEFERRABLE INITIALLY DEFERRED,
    position    INTEGER NOT NULL CHECK (position >= 0),
    label       TEXT NOT NULL,
    description TEXT NOT NULL,
    action      TEXT NOT NULL CHECK (action IN ('resume', 'mark_done', 'mark_failed', 'send_again', 'drop_message',
                                                'reply', 'go_on', 'compact', 'send_back', 'verify_again', 'overrule',
                                                'publish_again', 'leave')),
    message     INTEGER REFERENCES messages DEFERRABLE INITIALLY DEFERRED,
    verdict     TEXT CHECK (verdict IN ('pick', 'allow', 'allow_for_session', 'deny', 'in_pane')),
    pull_request INTEGER REFERENCES pull_requests DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (question, position),
    CHECK ((action IN ('send_again', 'drop_message')) = (message IS NOT NULL)),
    CHECK ((action = 'reply') = (verdict IS NOT NULL)),
    CHECK ((action = 'publish_again') = (pull_request IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- The labels that the person chose, while the agent has not been seen to take them up.
CREATE TABLE question_chosen (
    question INTEGER NOT NULL REFERENCES questions DEFERRABLE INITIALLY DEFERRED,
    position INTEGER NOT NULL CHECK (position >= 0),
    label    TEXT NOT NULL,
    PRIMARY KEY (question, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE workspaces (
    id             INTEGER PRIMARY KEY CHECK (id > 0),
    objective      INTEGER NOT NULL REFERENCES objectives DEFERRABLE INITIALLY DEFERRED,
    owner          INTEGER NOT NULL REFERENCES sessions DEFERRABLE INITIALLY DEFERRED,
    target         TEXT NOT NULL REFERENCES targets DEFERRABLE INITIALLY DEFERRED,
    kind           TEXT NOT NULL CHECK (kind IN ('isolated', 'pull_request', 'shared', 'scratch')),
    repository     TEXT,
    path           TEXT NOT NULL,
    branch         TEXT,
    base_reference TEXT,
    base_commit    TEXT,
    base_note      TEXT,
    state          TEXT NOT NULL CHECK (state IN ('planned', 'ready', 'removing', 'removed', 'left', 'restoring')),
    removal_reason TEXT,
    removal_proof  TEXT,
    restored_to    TEXT,
    files          INTEGER CHECK (files >= 0),
    added          INTEGER CHECK (added >= 0),
    removed        INTEGER CHECK (removed >= 0),
    uncommitted    INTEGER CHECK (uncommitted >= 0),
    commits        INTEGER CHECK (commits >= 0),
    changed_note   TEXT,
    changed_at     INTEGER,
    looked_at      INTEGER,
    created_at     INTEGER NOT NULL,
    CHECK ((files IS NULL) = (added IS NULL)),
    CHECK ((files IS NULL) = (removed IS NULL)),
    CHECK ((files IS NULL) = (uncommitted IS NULL)),
    CHECK ((files IS NULL) = (commits IS NULL)),
    CHECK ((files IS NULL) = (changed_at IS NULL)),
    CHECK (files IS NOT NULL OR changed_note IS NULL),
    CHECK ((base_reference IS NULL) = (base_commit IS NULL)),
    CHECK (base_reference IS NOT NULL OR base_note IS NULL),
    CHECK (state = 'left' OR state = 'removing' OR removal_reason IS NULL),
    CHECK (state <> 'left' OR removal_reason IS NOT NULL),
    CHECK ((state IN ('removed', 'restoring')) = (removal_proof IS NOT NULL)),
    CHECK (state = 'restoring' OR restored_to IS NULL)
) STRICT;
CREATE INDEX workspaces_of_owner ON workspaces (owner);
CREATE INDEX workspaces_there ON workspaces (id) WHERE state NOT IN ('removed', 'left');

-- Other workspaces that change the same files. A list of names that nobody queries by is JSON, here and below.
CREATE TABLE overlaps (
    workspace      INTEGER NOT NULL REFERENCES workspaces DEFERRABLE INITIALLY DEFERRED,
    position       INTEGER NOT NULL CHECK (position >= 0),
    with_workspace INTEGER NOT NULL REFERENCES workspaces DEFERRABLE INITIALLY DEFERRED,
    files          TEXT NOT NULL CHECK (json_type(files) = 'array'),
    total          INTEGER NOT NULL CHECK (total >= 0),
    conflicts      TEXT NOT NULL CHECK (json_type(conflicts) = 'array'),
    PRIMARY KEY (workspace, position)
) STRICT, WITHOUT ROWID;

-- Kept states of workspaces, each a commit below refs/quarterdeck/checkpoints/ in the repository.
CREATE TABLE checkpoints (
    id          INTEGER PRIMARY KEY CHECK (id > 0),
    objective   INTEGER NOT NULL REFERENCES objectives DEFERRABLE INITIALLY DEFERRED,
    session     INTEGER NOT NULL REFERENCES sessions DEFERRABLE INITIALLY DEFERRED,
    workspace   INTEGER NOT NULL REFERENCES workspaces DEFERRABLE INITIALLY DEFERRED,
    commit_id   TEXT NOT NULL,
    reason      TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX checkpoints_of_workspace ON checkpoints (workspace);

-- Runs of the commands that say whether work is good.
CREATE TABLE verifications (
    id         INTEGER PRIMARY KEY CHECK (id > 0),
    objective  INTEGER NOT NULL REFERENCES objectives DEFERRABLE INITIALLY DEFERRED,
    session    INTEGER NOT NULL REFERENCES sessions DEFERRABLE INITIALLY DEFERRED,
    workspace  INTEGER NOT NULL REFERENCES workspaces DEFERRABLE INITIALLY DEFERRED,
    cause      TEXT NOT NULL CHECK (cause IN ('done', 'person')),
    round      INTEGER NOT NULL CHECK (round >= 0),
    state      TEXT NOT NULL CHECK (state IN ('running', 'passed', 'failed', 'broken')),
    checkpoint INTEGER REFERENCES checkpoints DEFERRABLE INITIALLY DEFERRED,
    reason     TEXT,
    commit_id  TEXT,
    head       TEXT,
    artifact   INTEGER REFERENCES artifacts DEFERRABLE INITIALLY DEFERRED,
    created_at INTEGER NOT NULL,
    ended_at   INTEGER,
    CHECK ((state = 'passed') = (checkpoint IS NOT NULL)),
    CHECK ((state IN ('failed', 'broken')) = (reason IS NOT NULL)),
    CHECK ((state = 'running') = (ended_at IS NULL))
) STRICT;
CREATE INDEX verifications_of_session ON verifications (session);

-- What reviewer sessions say of exactly one state of another session's change.
CREATE TABLE judgements (
    reviewer    INTEGER PRIMARY KEY REFERENCES sessions DEFERRABLE INITIALLY DEFERRED,
    objective   INTEGER NOT NULL REFERENCES objectives DEFERRABLE INITIALLY DEFERRED,
    author      INTEGER NOT NULL REFERENCES sessions DEFERRABLE INITIALLY DEFERRED,
    workspace   INTEGER NOT NULL REFERENCES workspaces DEFERRABLE INITIALLY DEFERRED,
    fingerprint TEXT NOT NULL,
    verdict     TEXT NOT NULL CHECK (verdict IN ('awaited', 'approved', 'changes_requested', 'overruled', 'missing')),
    words       TEXT,
    judged_at   INTEGER,
    created_at  INTEGER NOT NULL,
    CHECK ((verdict = 'awaited') = (words IS NULL)),
    CHECK ((verdict = 'awaited') = (judged_at IS NULL))
) STRICT;
CREATE INDEX judgements_of_objective ON judgements (objective);

-- The log. Its sequence is given by the core and never reused.
CREATE TABLE events (
    sequence  INTEGER PRIMARY KEY CHECK (sequence > 0),
    at        INTEGER NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('objective', 'session', 'attempt', 'activity', 'message', 'question',
                                            'workspace', 'pull_request', 'target', 'supervisor')),
    objective INTEGER REFERENCES objectives DEFERRABLE INITIALLY DEFERRED,
    session   INTEGER REFERENCES sessions DEFERRABLE INITIALLY DEFERRED,
    text      TEXT NOT NULL
) STRICT;
CREATE INDEX events_of_session ON events (session, sequence) WHERE session IS NOT NULL;

-- A branch offered for review: on a forge, or local, where it is reviewed and merged on this machine.
CREATE TABLE pull_requests (
    id               INTEGER PRIMARY KEY CHECK (id > 0),
    objective        INTEGER NOT NULL REFERENCES objectives DEFERRABLE INITIALLY DEFERRED,
    session          INTEGER NOT NULL REFERENCES sessions DEFERRABLE INITIALLY DEFERRED,
    workspace        INTEGER REFERENCES workspaces DEFERRABLE INITIALLY DEFERRED,
    repository       TEXT NOT NULL,
    forge            TEXT NOT NULL CHECK (forge IN ('local', 'github')),
    number           INTEGER CHECK (number > 0),
    url              TEXT,
    branch           TEXT NOT NULL,
    base             TEXT NOT NULL,
    title            TEXT NOT NULL,
    head             TEXT,
    state            TEXT NOT NULL CHECK (state IN ('draft', 'open', 'closed', 'merged')),
    merge_commit     TEXT,
    state_since      INTEGER NOT NULL,
    step             TEXT CHECK (step IN ('publish', 'describe', 'comment', 'merge', 'close')),
    step_text        TEXT,
    step_method      TEXT CHECK (step_method IN ('merge', 'squash', 'rebase')),
    step_moves       INTEGER CHECK (step_moves IN (0, 1)),
    problem          TEXT,
    checks_passed    INTEGER NOT NULL CHECK (checks_passed >= 0),
    checks_pending   INTEGER NOT NULL CHECK (checks_pending >= 0),
    checks_failed    TEXT NOT NULL CHECK (json_type(checks_failed) = 'array'),
    review           TEXT NOT NULL CHECK (review IN ('none', 'approved', 'changes_requested')),
    mergeable        TEXT NOT NULL CHECK (mergeable IN ('unknown', 'clean', 'conflicts')),
    conflicts        TEXT CHECK (json_type(conflicts) = 'array'),
    aside_branch     TEXT,
    aside_commit     TEXT,
    seen_at          INTEGER,
    created_at       INTEGER NOT NULL,
    -- Last, because it can be long.
    body             TEXT NOT NULL,
    CHECK (forge <> 'local' OR (number IS NULL AND url IS NULL)),
    CHECK (state = 'merged' OR merge_commit IS NULL),
    CHECK (step IS NOT 'comment' OR step_text IS NOT NULL),
    CHECK ((step IS 'merge') = (step_method IS NOT NULL)),
    CHECK ((step IS 'merge') = (step_moves IS NOT NULL)),
    CHECK ((mergeable = 'conflicts') = (conflicts IS NOT NULL)),
    CHECK ((aside_branch IS NULL) = (aside_commit IS NULL))
) STRICT;
CREATE INDEX pull_requests_of_objective ON pull_requests (objective);

-- What somebody said about a pull request; a forge's key comes once.
CREATE TABLE remarks (
    id           INTEGER PRIMARY KEY CHECK (id > 0),
    pull_request INTEGER NOT NULL REFERENCES pull_requests DEFERRABLE INITIALLY DEFERRED,
    key          TEXT NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('comment', 'line_comment', 'approval', 'changes_requested',
                                               'check_failed', 'conflict')),
    author       TEXT NOT NULL,
    text         TEXT NOT NULL,
    place        TEXT,
    url          TEXT,
    state        TEXT NOT NULL CHECK (state IN ('pending', 'given', 'settled')),
    session      INTEGER REFERENCES sessions DEFERRABLE INITIALLY DEFERRED,
    why          TEXT,
    created_at   INTEGER NOT NULL,
    UNIQUE (pull_request, key),
    CHECK ((state = 'given') = (session IS NOT NULL)),
    CHECK ((state = 'settled') = (why IS NOT NULL))
) STRICT;

-- What an objective leaves behind beside its branches.
CREATE TABLE artifacts (
    id         INTEGER PRIMARY KEY CHECK (id > 0),
    objective  INTEGER NOT NULL REFERENCES objectives DEFERRABLE INITIALLY DEFERRED,
    session    INTEGER NOT NULL REFERENCES sessions DEFERRABLE INITIALLY DEFERRED,
    kind       TEXT NOT NULL CHECK (kind IN ('report', 'note', 'patch', 'benchmark', 'verify', 'setup',
                                           'review')),
    title      TEXT NOT NULL,
    bytes      INTEGER NOT NULL CHECK (bytes >= 0),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX artifacts_of_objective ON artifacts (objective);

-- Apart from their artifacts, so that no list ever reads them.
CREATE TABLE artifact_bodies (
    artifact INTEGER PRIMARY KEY REFERENCES artifacts DEFERRABLE INITIALLY DEFERRED,
    body     TEXT NOT NULL
) STRICT;

-- What an attempt has used of one model on one day; for whom, and as which agent, is said with it.
CREATE TABLE usage (
    attempt            INTEGER NOT NULL REFERENCES attempts DEFERRABLE INITIALLY DEFERRED,
    day                TEXT NOT NULL CHECK (day GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    model              TEXT NOT NULL,
    session            INTEGER NOT NULL REFERENCES sessions DEFERRABLE INITIALLY DEFERRED,
    profile            TEXT NOT NULL,
    input_tokens       INTEGER NOT NULL CHECK (input_tokens >= 0),
    output_tokens      INTEGER NOT NULL CHECK (output_tokens >= 0),
    cache_read_tokens  INTEGER NOT NULL CHECK (cache_read_tokens >= 0),
    cache_write_tokens INTEGER NOT NULL CHECK (cache_write_tokens >= 0),
    requests           INTEGER NOT NULL CHECK (requests >= 0),
    PRIMARY KEY (attempt, day, model)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_of_session ON usage (session);

-- What an attempt's meters show now; money in millionths of a US dollar, by the agent's own word.
CREATE TABLE meters (
    attempt      INTEGER PRIMARY KEY REFERENCES attempts DEFERRABLE INITIALLY DEFERRED,
    session      INTEGER NOT NULL REFERENCES sessions DEFERRABLE INITIALLY DEFERRED,
    model        TEXT,
    cost_micros  INTEGER CHECK (cost_micros >= 0),
    context_used INTEGER CHECK (context_used >= 0),
    context_size INTEGER CHECK (context_size >= 0),
    at           INTEGER NOT NULL,
    CHECK ((context_used IS NULL) = (context_size IS NULL))
) STRICT;
CREATE INDEX meters_of_session ON meters (session);

-- The limits of the account that an attempt works on.
CREATE TABLE meter_limits (
    attempt      INTEGER NOT NULL REFERENCES meters DEFERRABLE INITIALLY DEFERRED,
    position     INTEGER NOT NULL CHECK (position >= 0),
    name         TEXT NOT NULL,
    used_percent INTEGER NOT NULL CHECK (used_percent BETWEEN 0 AND 100),
    resets_at    INTEGER,
    PRIMARY KEY (attempt, position)
) STRICT, WITHOUT ROWID;

-- Full-text search. The indexes hold words only; the text stays in its own table.
CREATE VIRTUAL TABLE objective_words USING fts5 (
    title, content = 'objectives', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2');
CREATE TRIGGER objectives_indexed AFTER INSERT ON objectives BEGIN
    INSERT INTO objective_words (rowid, title) VALUES (new.id, new.title);
END;
CREATE TRIGGER objectives_reindexed AFTER UPDATE OF title ON objectives WHEN new.title <> old.title BEGIN
    INSERT INTO objective_words (objective_words, rowid, title) VALUES ('delete', old.id, old.title);
    INSERT INTO objective_words (rowid, title) VALUES (new.id, new.title);
END;

CREATE VIRTUAL TABLE session_words USING fts5 (
    title, content = 'sessions', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2');
CREATE TRIGGER sessions_indexed AFTER INSERT ON sessions BEGIN
    INSERT INTO session_words (rowid, title) VALUES (new.id, new.title);
END;
CREATE TRIGGER sessions_reindexed AFTER UPDATE OF title ON sessions WHEN new.title <> old.title BEGIN
    INSERT INTO session_words (session_words, rowid, title) VALUES ('delete', old.id, old.title);
    INSERT INTO session_words (rowid, title) VALUES (new.id, new.title);
END;

CREATE VIRTUAL TABLE question_words USING fts5 (
    text, content = 'questions', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2');
CREATE TRIGGER questions_indexed AFTER INSERT ON questions BEGIN
    INSERT INTO question_words (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER questions_reindexed AFTER UPDATE OF text ON questions WHEN new.text <> old.text BEGIN
    INSERT INTO question_words (question_words, rowid, text) VALUES ('delete', old.id, old.text);
    INSERT INTO question_words (rowid, text) VALUES (new.id, new.text);
END;

CREATE VIRTUAL TABLE body_words USING fts5 (
    body, content = 'message_bodies', content_rowid = 'message', tokenize = 'unicode61 remove_diacritics 2');
CREATE TRIGGER bodies_indexed AFTER INSERT ON message_bodies BEGIN
    INSERT INTO body_words (rowid, body) VALUES (new.message, new.body);
END;

-- An artifact's two texts stand in two tables; the index reads them as one row. It has no row without a body.
CREATE VIEW artifact_texts (id, title, body) AS
    SELECT id, title, body FROM artifacts JOIN artifact_bodies ON artifact = id;
CREATE VIRTUAL TABLE artifact_words USING fts5 (
    title, body, content = 'artifact_texts', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2');
CREATE TRIGGER artifacts_indexed AFTER INSERT ON artifact_bodies BEGIN
    INSERT INTO artifact_words (rowid, title, body) SELECT id, title, body FROM artifact_texts WHERE id = new.artifact;
END;
CREATE TRIGGER artifacts_reindexed AFTER UPDATE OF title ON artifacts WHEN new.title <> old.title BEGIN
    INSERT INTO artifact_words (artifact_words, rowid, title, body)
        SELECT 'delete', artifact, old.title, body FROM artifact_bodies WHERE artifact = new.id;
    INSERT INTO artifact_words (rowid, title, body) SELECT id, title, body FROM artifact_texts WHERE id = new.id;
END;

CREATE VIRTUAL TABLE event_words USING fts5 (
    text, content = 'events', content_rowid = 'sequence', tokenize = 'unicode61 remove_diacritics 2');
CREATE TRIGGER events_indexed AFTER INSERT ON events BEGIN
    INSERT INTO event_words (rowid, text) VALUES (new.sequence, new.text);
END;
CREATE TRIGGER events_unindexed AFTER DELETE ON events BEGIN
    INSERT INTO event_words (event_words, rowid, text) VALUES ('delete', old.sequence, old.text);
END;
