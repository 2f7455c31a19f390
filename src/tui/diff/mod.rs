//! What a session changed, made fit to be read: pure functions of a [`Diff`](crate::domain::diff::Diff).
//!
//! A file becomes a [`Text`] once, when it arrives: numbered lines, and which removed line became which added one. Its
//! [`Rows`] are what stands below each other in one of two layouts; they are made anew when the layout or a comment
//! changes. Words and colours are found for the lines that are seen, and for no others, so a file of any length costs
//! a frame the same.
//!
//! - [`pairs`]: which removed line became which added line
//! - [`words`]: what changed within a line
//! - [`text`]: one file's lines
//! - [`rows`]: what stands on which row
//! - [`tree`]: the files, by folder
//! - [`syntax`]: what is a comment, a string, a keyword
//! - [`comment`]: what the person has to say about a line or a hunk, and the message that says it

pub mod comment;
pub mod pairs;
pub mod rows;
pub mod syntax;
pub mod text;
pub mod tree;
pub mod words;

pub use comment::{Comment, Comments};
pub use rows::{Layout, Row, Rows, Spot};
pub use syntax::{Language, Token};
pub use text::Text;
pub use tree::Tree;
