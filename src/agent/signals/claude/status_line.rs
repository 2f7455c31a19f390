//! What Claude Code tells the command of its status line.

use serde_json::Value;

use super::super::{Told, payload::Payload, words::line};
use crate::domain::{
    Meter, Timestamp,
    signal::Says,
    usage::{Context, Limit},
};

/// `None` where it shows nothing that we know.
pub(in super::super) fn status_line(payload: &Payload) -> Option<Told> {
    let model = payload.value("model");
    let model = model.get("id").or_else(|| model.get("display_name")).and_then(Value::as_str);
    let meter = Meter {
        model: model.map(|model| line(model, 100)),
        cost_micros: payload.value("cost").get("total_cost_usd").and_then(Value::as_f64).and_then(micros),
        context: context(payload.value("context_window")),
        limits: limits(payload.value("rate_limits")),
    };
    (meter != Meter::default()).then(|| Told::new(words(&meter), Says::Metered(meter)))
}

/// Millionths of a US dollar.
fn micros(dollars: f64) -> Option<u64> {
    (0.0..1e9).contains(&dollars).then_some((dollars * 1e6).round() as u64)
}

/// What the last request held: everything that the model read, from its cache or not.
fn context(window: &Value) -> Option<Context> {
    let size = window.get("context_window_size").and_then(Value::as_u64).filter(|size| *size > 0)?;
    let usage = window.get("current_usage").and_then(Value::as_object)?;
    let read = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
    let known: Vec<u64> = read.iter().filter_map(|kind| usage.get(*kind).and_then(Value::as_u64)).collect();
    let used = known.iter().fold(0, |sum: u64, tokens| sum.saturating_add(*tokens));
    (!known.is_empty()).then_some(Context { used, size })
}

fn limits(limits: &Value) -> Vec<Limit> {
    let named = [("five_hour", "5 hours"), ("seven_day", "7 days")];
    let shown = named.iter().filter_map(|(field, name)| {
        let limit = limits.get(field)?;
        let percent = limit.get("used_percentage").and_then(Value::as_f64).filter(|percent| percent.is_finite())?;
        let seconds = limit.get("resets_at").and_then(Value::as_i64).filter(|seconds| *seconds > 0);
        Some(Limit {
            name: (*name).to_owned(),
            used_percent: percent.clamp(0.0, 100.0).round() as u8,
            resets_at: seconds.and_then(|seconds| seconds.checked_mul(1000)).map(Timestamp),
        })
    });
    shown.collect()
}

fn words(meter: &Meter) -> String {
    let cost = meter.cost_micros.map(|micros| format!("${:.2}", micros as f64 / 1e6));
    let context = meter.context.map(|context| format!("context {} %", context.percent()));
    let limits = meter.limits.iter().map(|limit| format!("{} {} %", limit.name, limit.used_percent));
    [meter.model.clone(), cost, context].into_iter().flatten().chain(limits).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(json: &str) -> Option<Meter> {
        match status_line(&Payload::parse(json.as_bytes())?)?.says {
            Says::Metered(meter) => Some(meter),
            _ => None,
        }
    }

    #[test]
    fn figures_that_can_not_be_are_not_shown() {
        let odd = meter(
            r#"{"model":{"id":"m"},"cost":{"total_cost_usd":-1},"context_window":{"context_window_size":0,"current_usage":{"input_tokens":1}},
            "rate_limits":{"five_hour":{"used_percentage":120.6,"resets_at":0},"seven_day":{"used_percentage":"x"}}}"#,
        );
        let limit = Limit { name: "5 hours".into(), used_percent: 100, resets_at: None };
        assert_eq!(odd, Some(Meter { model: Some("m".into()), limits: vec![limit], ..Meter::default() }));
        assert_eq!(meter(r#"{"model":7,"cost":"free"}"#), None);
    }
}
