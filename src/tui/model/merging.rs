//! The sheet on which the person says how a pull request is merged.

use crate::domain::{
    Command, PullRequest, PullRequestId,
    pull_request::{Forge, Method},
};

/// The sheet on which the person says how a pull request is merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merging {
    /// Which.
    pub pull_request: PullRequestId,
    /// How.
    pub method: Method,
    /// The person's own checkout of the base may move with it.
    pub move_checkout: bool,
    /// Whatever speaks against it.
    pub regardless: bool,
    /// The line the keys go to.
    pub field: Field,
    /// It was wanted while something speaks against it that nobody has overruled.
    pub held_back: bool,
}

/// A line on which something is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// How.
    Method,
    /// Whether the person's checkout of the base moves, too.
    Checkout,
    /// Whether what speaks against it counts.
    Regardless,
}

impl Merging {
    /// As it is mostly done. One that waits for the person's checkout is about to take it.
    pub fn of(pull_request: &PullRequest) -> Self {
        Self {
            pull_request: pull_request.id,
            method: Method::default(),
            move_checkout: pull_request.aside.is_some(),
            regardless: false,
            field: Field::Method,
            held_back: false,
        }
    }

    /// What can be chosen, from the top: only a merge on this machine moves a checkout, and only what something speaks
    /// against is done regardless.
    pub fn fields(pull_request: &PullRequest, against: &[String]) -> Vec<Field> {
        let mut fields = vec![Field::Method];
        fields.extend((pull_request.forge == Forge::Local).then_some(Field::Checkout));
        fields.extend((!against.is_empty()).then_some(Field::Regardless));
        fields
    }

    /// Goes to the next of `fields`, or the one before, round and round.
    pub fn move_field(&mut self, fields: &[Field], forward: bool) {
        let here = fields.iter().position(|field| *field == self.field).unwrap_or(0);
        let step = if forward { 1 } else { fields.len() - 1 };
        self.field = fields[(here + step) % fields.len()];
    }

    /// Chooses the next on the line the keys go to, or the one before.
    pub fn choose(&mut self, forward: bool) {
        match self.field {
            Field::Method => {
                let here = Method::ALL.iter().position(|method| *method == self.method).unwrap_or(0);
                let step = if forward { 1 } else { Method::ALL.len() - 1 };
                self.method = Method::ALL[(here + step) % Method::ALL.len()];
            }
            Field::Checkout => self.move_checkout = !self.move_checkout,
            Field::Regardless => {
                self.regardless = !self.regardless;
                self.held_back = false;
            }
        }
    }

    /// The command it stands for.
    pub fn command(&self) -> Command {
        Command::MergePullRequest {
            pull_request: self.pull_request,
            method: self.method,
            move_checkout: self.move_checkout,
            regardless: self.regardless,
        }
    }
}
