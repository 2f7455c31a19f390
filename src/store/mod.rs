//! All state, in one SQLite database.
//!
//! What `commit` has answered is durable against the death of the daemon at any moment; a power cut may cost the last
//! moments, never the whole (WAL, `synchronous = NORMAL`). One thread writes, in the order in which it was asked, and
//! puts everything that waits into one transaction. After a commit that failed nothing more is written, because the
//! engine's world and the database have parted: the daemon says so and stops.
//!
//! The rows are the domain's nouns in typed columns. What a noun may become is decided there; the database only refuses
//! what would change a final state, point at nothing or carry what its state does not have.
//!
//! Reads have their own connections and never wait for the writer.

mod batch;
mod columns;
mod error;
mod everything;
mod file;
mod handle;
mod history;
mod load;
mod migrate;
mod readers;
mod rows;
mod search;
mod spending;
mod writer;

pub use batch::Batch;
pub use error::Error;
pub use everything::Everything;
pub use handle::{Opened, Store};
pub use history::EventQuery;
pub use search::{Found, Place};
pub use spending::UsageQuery;
