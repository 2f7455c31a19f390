//! What a command writes, and to whom: a person at a terminal, or a program behind a pipe.

mod output;
mod table;
mod text;
mod words;

pub(super) use output::{Notices, Output, Unwritable};
pub(super) use table::{Cell, Paint, Table};
pub(super) use text::{block, line, plain, sgr_only};
pub(super) use words::{age, bytes, clock, count, home};
