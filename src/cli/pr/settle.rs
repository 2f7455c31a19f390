//! `qd pr settle`: let nothing come of a remark.

use color_eyre::Result;

use crate::{
    cli::{act::act, context::Context, failure::Exit, ids::candidates},
    domain::{Command, RemarkId},
};

/// Let nothing come of a remark; `qd pr show p1` names them
#[derive(Debug, clap::Args)]
pub(super) struct Settle {
    /// The remark
    #[arg(value_name = "REMARK", add = candidates("r"))]
    remark: RemarkId,
    /// Why; words are joined by spaces
    #[arg(value_name = "WHY")]
    why: Vec<String>,
}

impl Settle {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let Self { remark, why } = self;
        let why = Some(why.join(" ")).filter(|why| !why.trim().is_empty());
        act(context, &Command::SettleRemark { remark, why }, format!("{remark} is settled")).await
    }
}
