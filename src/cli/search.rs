//! `qd search`: find words anywhere.

use color_eyre::Result;

use super::{
    context::Context,
    failure::Exit,
    rows,
    terminal::{Cell, Table, age},
};

/// Find words in titles, messages, questions, the log and transcripts
///
/// Transcripts have no index: of the newest screens, as many are looked through as two seconds and 64 MiB allow, and
/// their hits come last.
///
/// JSON: a list of hits, best first.
#[derive(Debug, clap::Args)]
pub(super) struct Search {
    /// The words, all of which must be there
    #[arg(required = true)]
    words: Vec<String>,
    /// At most so many hits
    #[arg(long, short = 'n', default_value_t = 50, value_name = "N")]
    limit: usize,
}

impl Search {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let hits = context.client().await?.search(&self.words.join(" "), self.limit).await?;
        if context.json() {
            context.output.json(&hits)?;
            return Ok(Exit::Done);
        }
        let now = rows::now();
        let mut table = Table::new(&["IN", "ID", "SESSION", "AGE", "TEXT"]);
        for hit in hits {
            table.row([
                Cell::plain(hit.place),
                Cell::plain(hit.id),
                Cell::plain(hit.session.map_or_else(|| "-".into(), |session| session.to_string())),
                Cell::plain(age(now.since(hit.at))),
                Cell::plain(hit.excerpt),
            ]);
        }
        table.write(&mut context.output, "nothing was found")?;
        Ok(Exit::Done)
    }
}
