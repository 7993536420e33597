//! Times, spans, counts and reasons in words.

use std::time::Duration;

use switchlab_core::{Instant, RequestError};
use switchlab_http::reason_phrase;

/// A moment of the run, to the millisecond: `18.000 s`.
pub(super) fn moment(at: Instant) -> String {
    let millis = at.as_micros().saturating_add(500) / 1000;
    format!("{}.{:03} s", grouped(millis / 1000), millis % 1000)
}

/// A span in the unit that suits it, to three digits: `4.50 s`, `317 µs`.
pub(super) fn span(span: Duration) -> String {
    const UNITS: [(u128, &str); 4] = [
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "µs"),
        (1, "ns"),
    ];
    let nanos = span.as_nanos();
    let (unit, name) = UNITS
        .into_iter()
        .find(|(unit, _)| nanos >= *unit)
        .unwrap_or((1, "ns"));
    let decimals = match nanos / unit {
        _ if unit == 1 => 0,
        0..10 => 2,
        10..100 => 1,
        _ => 0,
    };
    format!("{:.decimals$} {name}", nanos as f64 / unit as f64)
}

/// A count with its thousands apart: `100,000`.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many of something: `1 request`, `2 requests`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
}

/// A share in whole per cent: `69 %`.
pub(super) fn share(part: u64, whole: u64) -> String {
    let whole = whole.max(1);
    let percent = (u128::from(part) * 200 + u128::from(whole)) / (u128::from(whole) * 2);
    match percent {
        0 if part > 0 => "< 1 %".to_owned(),
        100 if part < whole => "> 99 %".to_owned(),
        _ => format!("{percent} %"),
    }
}

/// What kept a client from a good answer.
pub(super) fn failure(status: Option<u16>, error: Option<RequestError>) -> String {
    match (error, status) {
        (Some(RequestError::Unresolved), _) => "name not resolved".to_owned(),
        (Some(RequestError::Refused), _) => "connection refused".to_owned(),
        (Some(RequestError::Reset), _) => "connection reset".to_owned(),
        (Some(RequestError::Closed), _) => "closed before the whole answer had come".to_owned(),
        (Some(RequestError::Timeout), _) => "no answer in time".to_owned(),
        (Some(RequestError::Unreachable), _) => "server unreachable".to_owned(),
        (Some(RequestError::Malformed), _) => "the answer is not HTTP".to_owned(),
        (Some(RequestError::Unfinished), _) => "unfinished".to_owned(),
        (Some(error), _) => error.name().to_owned(),
        (None, Some(status)) => format!("{status} {}", reason_phrase(status))
            .trim_end()
            .to_owned(),
        (None, None) => "unfinished".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let rows = [
            (moment(Instant::from_millis(18_500)), "18.500 s"),
            (moment(Instant::from_micros(999_999)), "1.000 s"),
            (moment(Instant::from_secs(86_400)), "86,400.000 s"),
            (span(Duration::from_millis(4_500)), "4.50 s"),
            (span(Duration::from_micros(317)), "317 µs"),
            (span(Duration::from_nanos(12_345)), "12.3 µs"),
            (span(Duration::from_secs(120)), "120 s"),
            (span(Duration::ZERO), "0 ns"),
            (grouped(100_000), "100,000"),
            (grouped(999), "999"),
            (grouped(1_234_567), "1,234,567"),
            (counted(1, "request"), "1 request"),
            (counted(0, "request"), "0 requests"),
            (share(2, 3), "67 %"),
            (share(1, 1_000), "< 1 %"),
            (share(999, 1_000), "> 99 %"),
            (share(0, 0), "0 %"),
        ];
        for (text, expected) in rows {
            assert_eq!(text, expected);
        }
    }
}
