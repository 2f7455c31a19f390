//! What a person sees.

use quarterdeck::domain::World;

use crate::{
    script::Script,
    world::{crew, session_id},
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
