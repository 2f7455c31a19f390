//! Everything a key can do, by its one name.

/// Declares the actions: the variant, its name in key files, help, palette and tests, and what it does in words.
macro_rules! actions {
    ($($variant:ident $name:literal $words:literal;)*) => {
        /// Something a key can do. Its name is the one spelling that key files, the help, the palette and tests use.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $(#[doc = $words] $variant,)*
        }

        impl Action {
            /// Every action, in the order of the help.
            pub const ALL: &[Action] = &[$(Action::$variant,)*];

            /// Its one spelling.
            pub fn name(self) -> &'static str {
                match self { $(Action::$variant => $name,)* }
            }

            /// What it does, in a few words.
            pub fn words(self) -> &'static str {
                match self { $(Action::$variant => $words,)* }
            }
        }
    };
}

actions! {
    MoveDown "move_down" "down";
    MoveUp "move_up" "up";
    MoveFirst "move_first" "to the first";
    MoveLast "move_last" "to the last";
    Open "open" "open: fold, question, screen";
    NextThatNeedsYou "next_that_needs_you" "next that needs you";
    NewObjective "new_objective" "new objective";
    NewSession "new_session" "new session in this objective";
    Steer "steer" "steer: write to the agent";
    TakeOver "take_over" "take over: type into the pane, here";
    Attach "attach" "attach full screen, with tmux";
    CopyAttachLine "copy_attach_line" "copy the command line that attaches";
    Interrupt "interrupt" "interrupt the agent";
    Cancel "cancel" "cancel (asks once)";
    MarkDone "mark_done" "mark as done (asks once)";
    Resume "resume" "resume a session that waits";
    Why "why" "why: how do we know this state?";
    SaveWhy "save_why" "save all of why in a file: a bug report";
    Diff "diff" "what it changed";
    Artifacts "artifacts" "what was left: reports, notes, patches";
    ExportReport "export_report" "write all of this objective into a file";
    Publish "publish" "publish: offer its commits for review";
    Merge "merge" "merge its pull request (asks once)";
    Verify "verify" "run the commands that verify its work";
    Overrule "overrule" "let its change pass, whatever its reviewer says";
    Rename "rename" "rename";
    Archive "archive" "put an ended objective away";
    Reclaim "reclaim" "remove the workspace";
    ReclaimUnused "reclaim_unused" "remove all that can go (asks once)";
    Filter "filter" "filter";
    Fold "fold" "fold or unfold the objective";
    Undo "undo" "undo the last filter or fold";
    FocusScreen "focus_screen" "to the screen";
    FocusBoard "focus_board" "to the board";
    PageUp "page_up" "a page back";
    PageDown "page_down" "a page on";
    ScrollUp "scroll_up" "a line back";
    ScrollDown "scroll_down" "a line on";
    ScrollFirst "scroll_first" "to the oldest line";
    ScrollLast "scroll_last" "to the live screen";
    Search "search" "look for a text in the screen's past";
    SearchNext "search_next" "the match before this one";
    SearchPrevious "search_previous" "the match after this one";
    Answer1 "answer_1" "give answer 1";
    Answer2 "answer_2" "give answer 2";
    Answer3 "answer_3" "give answer 3";
    Answer4 "answer_4" "give answer 4";
    Answer5 "answer_5" "give answer 5";
    Answer6 "answer_6" "give answer 6";
    Answer7 "answer_7" "give answer 7";
    Answer8 "answer_8" "give answer 8";
    Answer9 "answer_9" "give answer 9";
    AnswerYes "answer_yes" "yes, this once";
    AnswerAlways "answer_always" "yes, for this session";
    AnswerNo "answer_no" "no";
    AnswerInWords "answer_in_words" "answer in your own words";
    NextHunk "next_hunk" "to the next hunk, on into the next file";
    PreviousHunk "previous_hunk" "to the hunk before";
    NextFile "next_file" "to the next file";
    PreviousFile "previous_file" "to the file before";
    OtherPane "other_pane" "between files and text";
    ScrollLeft "scroll_left" "to the left, and on to the files";
    ScrollRight "scroll_right" "to the right";
    ChangeLayout "change_layout" "side by side, or below each other";
    CompareWith "compare_with" "choose what is compared";
    Comment "comment" "comment on the line or the hunk";
    DeleteComment "delete_comment" "take the comment back";
    SendComments "send_comments" "send all comments as one message";
    EditFile "edit_file" "open the file in your editor, at this line";
    Refresh "refresh" "read the changes anew";
    CloseDiff "close_diff" "close the changes; comments are kept";
    CommentPullRequest "comment_pull_request" "say something about it";
    FollowUp "follow_up" "fix now: give what was said to an agent";
    SettleRemark "settle_remark" "let nothing come of the remark";
    ClosePullRequest "close_pull_request" "close it without merging (asks once)";
    CopyUrl "copy_url" "copy its address";
    NextRemark "next_remark" "to the next remark";
    PreviousRemark "previous_remark" "to the remark before";
    OpenTarget "open_target" "let the target take sessions";
    DrainTarget "drain_target" "no new sessions here";
    DisableTarget "disable_target" "switch the target off";
    AddTarget "add_target" "let sessions run on a host";
    EditTarget "edit_target" "change what was said of the target";
    SetCapacity "set_capacity" "how many sessions run on the target";
    CheckTarget "check_target" "look now what the target has of what sessions need";
    RemoveTarget "remove_target" "remove the target (asks once)";
    ViewBoard "view_board" "the board";
    ViewQuestions "view_questions" "open questions";
    ViewPullRequests "view_pull_requests" "pull requests";
    ViewTargets "view_targets" "targets";
    ViewActivity "view_activity" "activity: the log";
    ViewUsage "view_usage" "usage: tokens, costs and limits";
    ViewWorkspaces "view_workspaces" "workspaces: sizes, and what can go";
    NextView "next_view" "next view";
    PreviousView "previous_view" "previous view";
    ChooseTheme "choose_theme" "choose a theme";
    KeepTheme "keep_theme" "keep this theme: write it into your settings";
    Palette "palette" "palette: every action by name";
    Help "help" "keys that work here";
    Redraw "redraw" "draw everything anew";
    Submit "submit" "send what is written";
    NewLine "new_line" "new line";
    NextField "next_field" "next field";
    PreviousField "previous_field" "previous field";
    Close "close" "close; what is written is kept";
    Confirm "confirm" "yes, do it";
    Decline "decline" "no, leave it";
    Back "back" "back";
    Leave "leave" "leave; agents go on";
}

impl Action {
    /// The action called `name`.
    pub fn named(name: &str) -> Option<Action> {
        Action::ALL.iter().copied().find(|action| action.name() == name)
    }

    /// The number of the answer it gives, from 1.
    pub fn answer(self) -> Option<usize> {
        let number = self.name().strip_prefix("answer_")?;
        number.parse().ok()
    }
}
