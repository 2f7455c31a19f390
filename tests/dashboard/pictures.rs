//! What a person sees.

use quarterdeck::domain::World;

use crate::{
    script::Script,
    world::{asking, crew, session_id},
};

const PANE: &str = "\x1b[1m● I'll look at the scheduler first.\x1b[0m\r\n\r\n\x1b[32m✓\x1b[0m 14 tests passed\r\n> ";

macro_rules! picture {
    ($name:ident, $world:expr, $columns:literal x $rows:literal, $keys:literal) => {
        #[test]
        fn $name() {
            let mut script = Script::new($world, $columns, $rows);
            let selected = script.model.session().map_or(session_id(1), |session| session.id);
            script.screen(selected, PANE);
            script.keys($keys);
            insta::assert_snapshot!(script.picture());
        }
    };
}

picture!(the_board_at_80x24, crew(), 80 x 24, "");
picture!(the_board_at_120x40, crew(), 120 x 40, "");
picture!(the_board_at_200x50, crew(), 200 x 50, "");
picture!(the_board_at_20x5, crew(), 20 x 5, "");
picture!(a_terminal_too_small_says_so, crew(), 12 x 3, "");
picture!(the_first_screen_at_80x24, World::default(), 80 x 24, "");
picture!(a_steer_is_written_below_the_screen, crew(), 120 x 40, "j j j s h i");
picture!(a_question_in_front_shows_its_answers, crew(), 80 x 24, "Enter");
picture!(the_questions, crew(), 80 x 24, "2");
picture!(the_targets, crew(), 80 x 24, "4");
picture!(a_cancel_names_what_goes_with_it, crew(), 80 x 24, "j x");
picture!(the_form_of_a_new_objective, crew(), 80 x 24, "n g o Tab Tab");
picture!(the_palette_finds_fuzzily, crew(), 80 x 24, ": c a n c");
picture!(a_filter_shows_what_fits, crew(), 80 x 24, "/ a g e n t : c o d e x");
picture!(the_help_at_80x24, crew(), 80 x 24, "?");
picture!(the_themes_are_tried_on, crew(), 80 x 24, "T j");
picture!(the_selected_screen_alone_at_80x24, crew(), 80 x 24, "j l");
picture!(a_command_is_judged_at_80x24, asking(), 80 x 24, "2 G k");
picture!(a_change_is_judged_at_140x40, asking(), 140 x 40, "2 G k k");
picture!(a_question_with_marks_at_200x50, asking(), 200 x 50, "2 G k k k 1 3");
picture!(a_plan_at_80x24, asking(), 80 x 24, "2 G k k k k k");
picture!(an_answer_in_words_at_80x24, asking(), 80 x 24, "2 G k t n o");
picture!(an_answer_under_way, asking(), 80 x 24, "2 G k y");
picture!(everybody_asks_at_80x24, asking(), 80 x 24, "Space");
picture!(everybody_asks_at_140x40, asking(), 140 x 40, "Space");
