//! Waiting for something to become true of the world.

use std::ops::ControlFlow;

use futures_util::StreamExt;

use crate::{
    api::{Client, client::Error},
    domain::World,
};

/// Looks at the world now and after each step until `look` has its answer.
///
/// # Errors
/// When the daemon goes away; what was committed until then is not lost.
pub(crate) async fn until<T>(client: &Client, mut look: impl FnMut(&World) -> ControlFlow<T>) -> Result<T, Error> {
    loop {
        let mut world = client.world().await?;
        if let ControlFlow::Break(found) = look(&world) {
            return Ok(found);
        }
        let mut steps = Box::pin(client.changes(world.revision).await?);
        loop {
            let Some(step) = steps.next().await else {
                let gone = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
                return Err(Error::Broken(gone.into()));
            };
            let step = step?;
            if step.reload {
                break;
            }
            for change in step.changes {
                world.apply(change);
            }
            world.revision = step.revision;
            if let ControlFlow::Break(found) = look(&world) {
                return Ok(found);
            }
        }
    }
}
