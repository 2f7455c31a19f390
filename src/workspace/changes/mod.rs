//! What a workspace changed, and states of it to come back to.
//!
//! **A state is a tree of git.** [`snapshot`] writes the files as they are, committed or not, with an index of our own
//! that began as a copy of the checkout's: what git already knows of unchanged files makes it fast, and nothing that the
//! person or an agent can see is touched. All else compares two trees, so that committed and uncommitted changes come
//! together and two comparisons with one fingerprint are one.
//!
//! **Counting writes nothing** ([`count`]): it happens again and again while an agent works. Trial merges ([`overlap`])
//! write into a store of objects of their own that is thrown away.
//!
//! **Going back loses nothing** ([`rollback`]): first what is there is kept and compared with what is there, then git
//! moves from the one tree to the other and refuses whatever has changed in between. Ignored files stay.

mod aside;
mod checkout;
mod checkpoint;
mod count;
mod difference;
mod folders;
mod listing;
mod overlap;
mod patch;
mod rollback;
mod sides;
mod snapshot;

pub(super) use checkpoint::forget_checkpoints;
pub use checkpoint::{Kept, checkpoint, looked};
pub use count::{Counted, changed};
pub use difference::{Wanted, diff};
pub use folders::{Folders, folders, ignored};
pub use overlap::{Merge, Shared, Trials};
pub use rollback::{RolledBack, rollback};
pub use snapshot::{Snapshot, snapshot};
