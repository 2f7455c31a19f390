//! What was used, added up in every way in which people ask for it.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use serde::{Deserialize, Serialize};

use super::{
    AttemptId, Metered, Objective, ObjectiveId, ProfileName, Session, SessionId, Timestamp, Usage, World,
    usage::{Context, Cost, Limit, Prices, Spent, Total},
};

/// What was used, added up in every way in which people ask for it. Whatever is not a day or a limit is ordered by its
/// costs and then by its tokens, the most first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spending {
    /// All of it.
    pub total: Total,
    /// By the person's days, the oldest first.
    pub days: Vec<Share<String>>,
    /// By agent, and with it by provider.
    pub agents: Vec<Share<ProfileName>>,
    /// By model, as the agents name them.
    pub models: Vec<Share<String>>,
    /// By objective.
    pub objectives: Vec<Share<ObjectiveId>>,
    /// By session.
    pub sessions: Vec<Share<SessionId>>,
    /// By attempt.
    pub attempts: Vec<OfAttempt>,
    /// The limits of the agents' accounts, as each was told last.
    pub limits: Vec<OfAccount>,
}

/// What one thing has used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share<Of> {
    /// Which.
    pub of: Of,
    /// What people call it; empty where that is its name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// How much.
    #[serde(flatten)]
    pub total: Total,
}

/// What one attempt has used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfAttempt {
    /// Which.
    pub of: AttemptId,
    /// Whose.
    pub session: SessionId,
    /// The model it used last.
    pub model: Option<String>,
    /// How full its context was at the last request.
    pub context: Option<Context>,
    /// How much.
    #[serde(flatten)]
    pub total: Total,
}

/// A limit of an agent's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfAccount {
    /// The agent.
    pub agent: ProfileName,
    /// The limit.
    #[serde(flatten)]
    pub limit: Limit,
    /// When it was told.
    pub at: Timestamp,
}

impl Spending {
    /// What everything in `world` has used.
    pub fn of_world(world: &World, prices: &Prices) -> Self {
        let whose = |id| {
            let session = world.sessions.get(&id)?;
            Some((world.objectives.get(&session.objective)?, session))
        };
        Self::of(world.usage.values().flatten(), world.metered.values(), whose, None, prices)
    }

    /// Adds up `usage`, which holds all rows of each attempt it knows, and what the meters say; `since` leaves out the
    /// days before. `whose` knows the sessions.
    pub fn of<'a>(
        usage: impl IntoIterator<Item = &'a Usage>,
        metered: impl IntoIterator<Item = &'a Metered>,
        whose: impl Fn(SessionId) -> Option<(&'a Objective, &'a Session)>,
        since: Option<&str>,
        prices: &Prices,
    ) -> Self {
        let mut adding = Adding::default();
        for (id, bill) in &bills(usage, metered) {
            adding.add(*id, bill, whose(bill.session), since, prices);
        }
        adding.ordered()
    }
}

/// What each session of `world` has used.
pub fn by_session(world: &World, prices: &Prices) -> HashMap<SessionId, Total> {
    let mut sessions: HashMap<SessionId, Total> = HashMap::new();
    for bill in bills(world.usage.values().flatten(), world.metered.values()).values() {
        *sessions.entry(bill.session).or_default() += bill.part(prices, |_| true);
    }
    sessions
}

fn bills<'a>(
    usage: impl IntoIterator<Item = &'a Usage>,
    metered: impl IntoIterator<Item = &'a Metered>,
) -> BTreeMap<AttemptId, Bill<'a>> {
    let mut bills: BTreeMap<AttemptId, Bill<'a>> = BTreeMap::new();
    for usage in usage {
        let bill = bills.entry(usage.attempt).or_insert_with(|| Bill::of(usage.session));
        bill.profile = Some(&usage.profile);
        bill.rows.push(&usage.spent);
    }
    for metered in metered {
        bills.entry(metered.attempt).or_insert_with(|| Bill::of(metered.session)).metered = Some(metered);
    }
    let mut earlier: BTreeMap<SessionId, Said> = BTreeMap::new();
    for bill in bills.values_mut() {
        let Some(said) = bill.metered.and_then(|metered| metered.meter.cost_micros) else { continue };
        let tokens = bill.rows.iter().fold(0, |sum: u64, row| sum.saturating_add(row.tokens.total()));
        let cost = earlier.get(&bill.session).map_or(said, |earlier| earlier.cost_since(said, tokens));
        bill.cost = Some(cost);
        earlier.insert(bill.session, Said { said, cost, tokens });
    }
    bills
}

/// What an agent said that it cost, and what that was of it which the attempt itself has spent.
struct Said {
    said: u64,
    cost: u64,
    tokens: u64,
}

impl Said {
    /// What the session's next attempt has spent, which used `tokens`, if its agent says `said`.
    ///
    /// Claude Code goes on counting where a resumed conversation stopped, unless it was killed or begins another: then
    /// it counts anew. Which it was is told by what a token has cost before.
    fn cost_since(&self, said: u64, tokens: u64) -> u64 {
        let Some(more) = said.checked_sub(self.said) else { return said };
        if tokens == 0 || self.tokens == 0 {
            return more;
        }
        let expected = u128::from(self.cost) * u128::from(tokens) / u128::from(self.tokens);
        let nearer = expected.abs_diff(more.into()) <= expected.abs_diff(said.into());
        if nearer { more } else { said }
    }
}

/// What is known of an attempt.
struct Bill<'a> {
    session: SessionId,
    profile: Option<&'a ProfileName>,
    rows: Vec<&'a Spent>,
    metered: Option<&'a Metered>,
    /// What it has cost by its agent's own word.
    cost: Option<u64>,
}

impl Bill<'_> {
    fn of(session: SessionId) -> Self {
        Self { session, profile: None, rows: Vec::new(), metered: None, cost: None }
    }

    /// What the rows that `picks` have used.
    ///
    /// What an agent says that it cost is said of all its rows together: of some of them, their part of it is an
    /// estimate.
    fn part(&self, prices: &Prices, picks: impl Fn(&Spent) -> bool) -> Total {
        let all = Total::of_attempt(self.rows.iter().copied(), self.cost, prices);
        let picked: Vec<&Spent> = self.rows.iter().copied().filter(|row| picks(row)).collect();
        if picked.len() == self.rows.len() {
            return all;
        }
        let mut part = Total::of_attempt(picked, None, prices);
        if self.cost.is_some() {
            let by_list = Total::of_attempt(self.rows.iter().copied(), None, prices);
            let share = |part: u64, whole: u64| {
                let share = u128::from(all.cost.micros) * u128::from(part) / u128::from(whole.max(1));
                u64::try_from(share).unwrap_or(u64::MAX)
            };
            let micros = if by_list.cost.partial || by_list.cost.micros == 0 {
                share(part.tokens.total(), by_list.tokens.total())
            } else {
                share(part.cost.micros, by_list.cost.micros)
            };
            part.cost = Cost { micros, estimated: true, partial: false };
        }
        part
    }
}

/// Sums that are not in order yet.
#[derive(Default)]
struct Adding {
    total: Total,
    days: BTreeMap<String, Total>,
    agents: BTreeMap<ProfileName, Total>,
    models: BTreeMap<String, Total>,
    objectives: BTreeMap<ObjectiveId, (String, Total)>,
    sessions: BTreeMap<SessionId, (String, Total)>,
    attempts: Vec<OfAttempt>,
    limits: BTreeMap<(ProfileName, String), OfAccount>,
}

impl Adding {
    fn add(
        &mut self,
        id: AttemptId,
        bill: &Bill<'_>,
        whose: Option<(&Objective, &Session)>,
        since: Option<&str>,
        prices: &Prices,
    ) {
        let Some((objective, session)) = whose else { return };
        let counts = |row: &Spent| since.is_none_or(|since| row.day.as_str() >= since);
        let agent = bill.profile.unwrap_or(&session.profile);
        if let Some(metered) = bill.metered {
            self.limits(agent, metered);
        }
        // Of what has no day it is not known whether it was since.
        if since.is_some() && !bill.rows.iter().any(|row| counts(row)) {
            return;
        }
        let total = bill.part(prices, counts);
        if total.is_nothing() {
            return;
        }
        for day in bill.rows.iter().filter(|row| counts(row)).map(|row| &row.day).collect::<BTreeSet<_>>() {
            *self.days.entry(day.clone()).or_default() += bill.part(prices, |row| row.day == *day);
        }
        for model in bill.rows.iter().filter(|row| counts(row)).map(|row| &row.model).collect::<BTreeSet<_>>() {
            let part = bill.part(prices, |row| row.model == *model && counts(row));
            *self.models.entry(model.clone()).or_default() += part;
        }
        self.total += total;
        *self.agents.entry(agent.clone()).or_default() += total;
        let (_, of_objective) =
            self.objectives.entry(objective.id).or_insert_with(|| (objective.title.clone(), Total::default()));
        *of_objective += total;
        let (_, of_session) =
            self.sessions.entry(session.id).or_insert_with(|| (session.title.clone(), Total::default()));
        *of_session += total;
        let meter = bill.metered.map(|metered| &metered.meter);
        let model = meter.and_then(|meter| meter.model.clone()).or_else(|| Some(bill.rows.last()?.model.clone()));
        let context = meter.and_then(|meter| meter.context);
        self.attempts.push(OfAttempt { of: id, session: session.id, model, context, total });
    }

    fn limits(&mut self, agent: &ProfileName, metered: &Metered) {
        for limit in &metered.meter.limits {
            let told = OfAccount { agent: agent.clone(), limit: limit.clone(), at: metered.at };
            let known = self.limits.entry((agent.clone(), limit.name.clone())).or_insert_with(|| told.clone());
            if told.at > known.at {
                *known = told;
            }
        }
    }

    fn ordered(mut self) -> Spending {
        self.attempts.sort_by_key(|attempt| most_first(&attempt.total));
        let untitled = |(of, total)| (of, (String::new(), total));
        Spending {
            total: self.total,
            days: self.days.into_iter().map(|(of, total)| Share { of, title: String::new(), total }).collect(),
            agents: shares(self.agents.into_iter().map(untitled)),
            models: shares(self.models.into_iter().map(|(of, total)| (of, (String::new(), total)))),
            objectives: shares(self.objectives),
            sessions: shares(self.sessions),
            attempts: self.attempts,
            limits: self.limits.into_values().collect(),
        }
    }
}

fn shares<Of>(sums: impl IntoIterator<Item = (Of, (String, Total))>) -> Vec<Share<Of>> {
    let mut shares: Vec<_> = sums.into_iter().map(|(of, (title, total))| Share { of, title, total }).collect();
    shares.sort_by_key(|share| most_first(&share.total));
    shares
}

fn most_first(total: &Total) -> Reverse<(u64, u64)> {
    Reverse((total.cost.micros, total.tokens.total()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Activity, Meter, Placement,
        activity::{Doing, Evidence, Source},
        objective, session,
        usage::{Price, Tokens},
        workspace,
    };

    fn prices() -> Prices {
        Prices([("dear".to_owned(), Price { output: 10_000_000, ..Price::default() })].into())
    }

    fn world() -> World {
        let mut world = World::default();
        let evidence =
            Evidence { source: Source::Supervisor, rule: String::new(), text: String::new(), at: Timestamp(0) };
        let doing = Doing::Nothing;
        let activity = Activity { doing, since: Timestamp(0), note: String::new(), until: None, evidence };
        let objective = Objective {
            id: ObjectiveId::FIRST,
            title: "Ship it".into(),
            mode: objective::Mode::Plain,
            repository: None,
            base: None,
            agents_publish: false,
            state: objective::State::Open,
            archived: false,
            created_at: Timestamp(0),
        };
        let session = Session {
            id: SessionId::FIRST,
            objective: objective.id,
            parent: None,
            depends_on: Vec::new(),
            role: session::Role::Worker,
            title: "Test it".into(),
            profile: "claude".parse().unwrap(),
            target: "local".parse().unwrap(),
            placement: Placement::default(),
            repository: None,
            workspace_kind: workspace::Kind::Isolated,
            workspace: None,
            base: None,
            follow_up: None,
            state: session::State::Canceled,
            state_since: Timestamp(0),
            attempt: None,
            activity,
            progress: None,
            report: None,
            person_typing_since: None,
            created_at: Timestamp(0),
        };
        world.objectives.insert(objective.id, objective);
        world.sessions.insert(session.id, session);
        world
    }

    fn spend(world: &mut World, attempt: u32, day: &str, model: &str, output: u64) {
        let attempt = AttemptId::from_number(attempt).unwrap();
        let spent =
            Spent { day: day.into(), model: model.into(), tokens: Tokens { output, ..Tokens::default() }, requests: 1 };
        let (session, profile) = (SessionId::FIRST, "claude".parse().unwrap());
        world.usage.entry(attempt).or_default().push(Usage { attempt, session, profile, spent });
    }

    fn meter(world: &mut World, attempt: u32, cost: Option<u64>, limits: Vec<Limit>) {
        let attempt = AttemptId::from_number(attempt).unwrap();
        let meter = Meter { cost_micros: cost, limits, ..Meter::default() };
        let at = Timestamp(i64::from(attempt.number()));
        world.metered.insert(attempt, Metered { attempt, session: SessionId::FIRST, meter, at });
    }

    #[test]
    fn an_agents_own_word_is_exact_of_the_whole_and_an_estimate_of_its_parts() {
        let mut world = world();
        spend(&mut world, 1, "2026-11-20", "dear-1", 1_000_000);
        spend(&mut world, 1, "2026-11-21", "dear-1", 3_000_000);
        meter(&mut world, 1, Some(8_000_000), Vec::new());
        let spending = Spending::of_world(&world, &prices());
        assert_eq!(spending.total.cost, Cost { micros: 8_000_000, estimated: false, partial: false });
        assert_eq!(spending.models[0].total.cost, spending.total.cost);
        let days: Vec<_> = spending.days.iter().map(|day| (day.of.as_str(), day.total.cost.micros)).collect();
        assert_eq!(days, [("2026-11-20", 2_000_000), ("2026-11-21", 6_000_000)]);
        assert!(spending.days.iter().all(|day| day.total.cost.estimated));
    }

    #[test]
    fn a_resumed_conversation_that_goes_on_counting_is_not_counted_twice() {
        let costs = |said: [(u64, u64); 3]| {
            let mut world = world();
            for (attempt, (cost, output)) in (1..).zip(said) {
                if output > 0 {
                    spend(&mut world, attempt, "2026-11-20", "dear-1", output);
                }
                meter(&mut world, attempt, Some(cost), Vec::new());
            }
            let spending = Spending::of_world(&world, &prices());
            assert_eq!(by_session(&world, &prices())[&SessionId::FIRST], spending.total);
            spending.total.cost.micros
        };
        // As Claude Code says it when each of three launches makes the same request.
        assert_eq!(costs([(9_240, 100), (18_480, 100), (27_720, 100)]), 27_720);
        assert_eq!(costs([(9_240, 100), (9_240, 0), (9_240, 0)]), 9_240, "resumed, and not used yet");
        // It was killed, and does not remember what it had cost before.
        assert_eq!(costs([(9_240, 100), (9_240, 100), (27_720, 300)]), 46_200);
        assert_eq!(costs([(9_240, 100), (4_620, 50), (9_240, 50)]), 18_480, "killed, and resumed in order later");
    }

    #[test]
    fn every_way_of_adding_up_comes_to_the_same_sum() {
        let mut world = world();
        spend(&mut world, 1, "2026-11-20", "dear-1", 1_000_000);
        spend(&mut world, 2, "2026-11-21", "dear-1", 3_000_000);
        spend(&mut world, 2, "2026-11-21", "unknown", 5);
        let spending = Spending::of_world(&world, &prices());
        assert_eq!(spending.total.cost, Cost { micros: 40_000_000, estimated: true, partial: true });
        let sum = |totals: Vec<Total>| {
            let mut sum = Total::default();
            totals.into_iter().for_each(|total| sum += total);
            sum
        };
        for totals in [
            spending.days.iter().map(|share| share.total).collect(),
            spending.agents.iter().map(|share| share.total).collect(),
            spending.models.iter().map(|share| share.total).collect(),
            spending.objectives.iter().map(|share| share.total).collect(),
            spending.sessions.iter().map(|share| share.total).collect(),
            spending.attempts.iter().map(|attempt| attempt.total).collect::<Vec<_>>(),
        ] {
            assert_eq!(sum(totals), spending.total);
        }
        assert_eq!(spending.attempts[0].of.number(), 2, "the most first");
    }

    #[test]
    fn what_was_before_a_day_is_left_out() {
        let mut world = world();
        spend(&mut world, 1, "2026-11-20", "dear-1", 1_000_000);
        spend(&mut world, 2, "2026-11-20", "dear-1", 1_000_000);
        spend(&mut world, 2, "2026-11-21", "dear-1", 3_000_000);
        meter(&mut world, 2, Some(8_000_000), Vec::new());
        let session = &world.sessions[&SessionId::FIRST];
        let objective = &world.objectives[&ObjectiveId::FIRST];
        let (usage, metered) = (world.usage.values().flatten(), world.metered.values());
        let spending = Spending::of(usage, metered, |_| Some((objective, session)), Some("2026-11-21"), &prices());
        assert_eq!(spending.total.cost, Cost { micros: 6_000_000, estimated: true, partial: false });
        assert_eq!((spending.days.len(), spending.attempts.len()), (1, 1));
    }

    #[test]
    fn a_limit_is_told_once_and_as_it_was_told_last() {
        let mut world = world();
        let limit = |used_percent| Limit { name: "5 hours".into(), used_percent, resets_at: Some(Timestamp(9)) };
        meter(&mut world, 1, None, vec![limit(40)]);
        meter(&mut world, 2, None, vec![limit(95)]);
        let spending = Spending::of_world(&world, &prices());
        assert_eq!(spending.limits.len(), 1);
        assert_eq!((spending.limits[0].limit.used_percent, spending.attempts.len()), (95, 0));
    }

    #[test]
    fn as_json_it_is_what_it_was() {
        let mut world = world();
        spend(&mut world, 1, "2026-11-20", "dear-1", 1_000_000);
        meter(&mut world, 1, Some(1), vec![Limit { name: "week".into(), used_percent: 1, resets_at: None }]);
        let spending = Spending::of_world(&world, &prices());
        let json = serde_json::to_string(&spending).unwrap();
        assert_eq!(serde_json::from_str::<Spending>(&json).unwrap(), spending);
        assert!(json.contains(r#""cost":{"micros":1,"estimated":false,"partial":false}"#), "{json}");
    }
}
