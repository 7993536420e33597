//! The rows of the policies, and laws of their draws.

use proptest::prelude::*;

use super::*;

fn place(text: &str) -> Place {
    let mut parts = text
        .split('/')
        .map(|part| (!part.is_empty()).then(|| part.into()));
    Place {
        continent: parts.next().flatten(),
        country: parts.next().flatten(),
        subdivision: parts.next().flatten(),
    }
}

/// Who asks from here: Seoul is near to "seoul", Tokyo is farther away, and of "mars" nobody knows.
fn latency(region: &str) -> Option<Duration> {
    let milliseconds = match region {
        "seoul" => 1,
        "tokyo" => 31,
        "oregon" => 118,
        _ => return None,
    };
    Some(Duration::from_millis(milliseconds))
}

fn told(group: &RoutingGroup, healthy: &[bool], place: &Place, stream: &mut Stream) -> Vec<usize> {
    let latency = &latency;
    group.choose(healthy, Asker { place, latency }, stream)
}

fn group(records: &[Routing]) -> RoutingGroup {
    RoutingGroup::new(records.to_vec()).expect("they stand together")
}

fn region(name: &str) -> Routing {
    Routing::Latency(name.into())
}

fn area(text: &str) -> Routing {
    Routing::Geolocation(text.parse().expect("an area"))
}

#[test]
fn who_is_told_what() {
    use Routing::{Primary, Secondary, Simple};
    let regions = [region("tokyo"), region("seoul"), region("mars")];
    let both = [Primary, Secondary];
    let areas = [area("*"), area("continent:AS"), area("KR"), area("US-CA")];
    let some = [area("KR"), area("US-CA")];
    let (up, down) = (true, false);
    type Row<'a> = (&'a [Routing], &'a [bool], &'a str, &'a [usize], &'a str);
    #[rustfmt::skip]
    let rows: &[Row<'_>] = &[
        (&[Simple],  &[up],               "",         &[0], "the only record"),
        (&[Simple],  &[down],             "",         &[0], "even if it is unhealthy"),
        (&regions,   &[up, up, up],       "",         &[1], "the nearest region"),
        (&regions,   &[up, down, up],     "",         &[0], "the nearest of the healthy"),
        (&regions,   &[down, down, up],   "",         &[2], "even if nobody knows how far it is"),
        (&regions,   &[down, down, down], "",         &[1], "none is healthy: as if all were"),
        (&both,      &[up, up],           "",         &[0], "the primary"),
        (&both,      &[up, down],         "",         &[0], "whatever the secondary is"),
        (&both,      &[down, up],         "",         &[1], "the secondary instead"),
        (&both,      &[down, down],       "",         &[0], "none is healthy: the primary"),
        (&[Secondary, Primary], &[up, up], "",        &[1], "the order does not matter"),
        (&areas,     &[up; 4],            "AS/KR",    &[2], "the country before the continent"),
        (&areas,     &[up; 4],            "AS/JP",    &[1], "the continent before everything"),
        (&areas,     &[up; 4],            "EU/DE",    &[0], "everything"),
        (&areas,     &[up; 4],            "",         &[0], "nobody knows where that is"),
        (&areas,     &[up; 4],            "NA/US/CA", &[3], "the state before the country"),
        (&areas,     &[up; 4],            "NA/US/OR", &[0], "another state"),
        (&areas,     &[up, up, down, up], "AS/KR",    &[1], "its record is unhealthy: the next larger area"),
        (&areas,     &[up, down, down, up], "AS/KR",  &[0], "and the next"),
        (&areas,     &[down; 4],          "AS/KR",    &[2], "none is healthy: as if all were"),
        (&areas,     &[down, down, down, up], "AS/KR", &[2], "nor is any that could be told"),
        (&some,      &[up, up],           "EU/DE",    &[],  "no match and no `*`: no answer"),
        (&some,      &[up, up],           "NA/CA",    &[],  "a country that is called as a state is"),
    ];
    for (records, healthy, from, expected, because) in rows {
        let mut stream = Stream::of(7, "names");
        let told = told(&group(records), healthy, &place(from), &mut stream);
        assert_eq!(told, *expected, "{because}");
    }
}

#[test]
fn weights_are_shares() {
    let (up, down) = (true, false);
    type Row<'a> = (&'a [u8], &'a [bool], &'a [u32], &'a str);
    #[rustfmt::skip]
    let rows: &[Row<'_>] = &[
        (&[1, 3],        &[up, up],         &[250, 750],      "weight / sum"),
        (&[255, 0],      &[up, up],         &[1000, 0],       "0 is never told"),
        (&[0, 0],        &[up, up],         &[500, 500],      "unless all are 0"),
        (&[2, 1, 1],     &[down, up, up],   &[0, 500, 500],   "of the healthy"),
        (&[2, 0, 0],     &[down, up, up],   &[0, 500, 500],   "all with a weight are unhealthy: those without"),
        (&[1, 1],        &[down, down],     &[500, 500],      "none is healthy: as if all were"),
        (&[1, 0],        &[down, down],     &[1000, 0],       "and 0 is never told"),
    ];
    for (weights, healthy, shares, because) in rows {
        let group = group(
            &weights
                .iter()
                .copied()
                .map(Routing::Weighted)
                .collect::<Vec<_>>(),
        );
        let mut stream = Stream::of(7, "names");
        let mut counts = vec![0_u32; weights.len()];
        for _ in 0..10_000 {
            for at in told(&group, healthy, &Place::default(), &mut stream) {
                counts[at] += 1;
            }
        }
        assert_eq!(counts.iter().sum::<u32>(), 10_000, "one is told: {because}");
        for (count, share) in counts.iter().zip(*shares) {
            let is_near = count.abs_diff(share * 10) <= 200;
            assert!(
                is_near && (*share > 0 || *count == 0),
                "{counts:?}: {because}"
            );
        }
    }
}

#[test]
fn several_values_are_drawn() {
    #[rustfmt::skip]
    let rows = [
        (3,  0,  3, 3,  "all there are"),
        (12, 0,  8, 12, "eight of more"),
        (12, 10, 2, 2,  "only healthy ones"),
        (12, 12, 8, 12, "none is healthy: eight unhealthy ones"),
    ];
    for (records, unhealthy, told_at_once, told_ever, because) in rows {
        let group = group(&vec![Routing::Multivalue; records]);
        let healthy: Vec<_> = (0..records).map(|at| at >= unhealthy).collect();
        let mut stream = Stream::of(7, "names");
        let mut ever = std::collections::BTreeSet::new();
        for _ in 0..200 {
            let mut told = told(&group, &healthy, &Place::default(), &mut stream);
            ever.extend(told.iter().copied());
            told.sort_unstable();
            told.dedup();
            assert_eq!(told.len(), told_at_once, "{because}");
        }
        assert_eq!(ever.len(), told_ever, "{because}");
    }
}

#[test]
fn some_records_cannot_stand_together() {
    let weighted = |count| vec![Routing::Weighted(1); count];
    #[rustfmt::skip]
    let rows = [
        (vec![], None, "nothing to tell"),
        (vec![Routing::Weighted(1), region("seoul")], Some("records of one name and type follow one policy, not weighted and latency"), "two policies"),
        (vec![Routing::Simple, Routing::Simple], Some("a simple record stands twice among the records of one name and type; once would be right"), "nothing tells them apart"),
        (vec![region("seoul"), region("seoul")], Some("the region \"seoul\" stands twice among the records of one name and type; once would be right"), "one record per region"),
        (vec![Routing::Secondary, Routing::Secondary], Some("the secondary record stands twice among the records of one name and type; once would be right"), "one of each"),
        (vec![area("KR"), area("*"), area("KR")], Some("the area KR stands twice among the records of one name and type; once would be right"), "one record per area"),
        (weighted(100), None, "as many as may be"),
        (weighted(101), Some("there are 101 weighted records of one name and type; at most 100 would be right"), "one more"),
        (vec![Routing::Multivalue; 20], None, "of which eight are told"),
    ];
    for (records, expected, because) in rows {
        let error = RoutingGroup::new(records)
            .err()
            .map(|error| error.to_string());
        assert_eq!(error.as_deref(), expected, "{because}");
    }
}

#[test]
fn areas_are_written_in_four_ways() {
    for text in ["*", "continent:AS", "KR", "US-CA"] {
        assert_eq!(
            text.parse::<Area>().map(|area| area.to_string()),
            Ok(text.to_owned())
        );
    }
    for text in ["", "kr", "KOR", "continent:KR", "US-", "-CA", "asia"] {
        assert!(text.parse::<Area>().is_err(), "{text:?}");
    }
}

#[test]
fn more_than_18_percent_of_the_checkers_make_an_endpoint_healthy() {
    #[rustfmt::skip]
    let rows = [
        (16, 0,  false, "nobody finds it so"),
        (16, 2,  false, "12.5 %"),
        (16, 3,  true,  "18.75 %"),
        (50, 9,  false, "18 % sharp"),
        (50, 10, true,  "20 %"),
        (1,  1,  true,  "the only one there is"),
        (1,  0,  false, "the only one there is"),
    ];
    for (checkers, well, expected, because) in rows {
        let check = EndpointCheck::default();
        let mut endpoint = Endpoint::new(&check, checkers);
        assert!(endpoint.is_healthy(), "nobody has looked yet");
        for _ in 0..check.threshold {
            (0..checkers).for_each(|checker| endpoint.observe(checker, checker < well));
        }
        assert_eq!(endpoint.is_healthy(), expected, "{because}");
    }
}

#[test]
fn a_checker_changes_its_mind_by_results_in_a_row() {
    let mut endpoint = Endpoint::new(&EndpointCheck::default(), 1);
    #[rustfmt::skip]
    let story = [
        (false, true,  "too little is known"),
        (false, true,  "still"),
        (true,  true,  "and it begins anew"),
        (false, true,  "and anew"),
        (false, true,  "two in a row"),
        (false, false, "three"),
        (true,  false, "one the other way"),
        (true,  false, "two"),
        (false, false, "forgets them"),
        (true,  false, "one"),
        (true,  false, "two"),
        (true,  true,  "three"),
        (false, true,  "one failure is not three"),
    ];
    for (step, (is_success, expected, because)) in story.into_iter().enumerate() {
        endpoint.observe(0, is_success);
        assert_eq!(endpoint.is_healthy(), expected, "step {step}: {because}");
    }
}

fn any_group() -> impl Strategy<Value = (RoutingGroup, Vec<bool>)> {
    let records = prop_oneof![
        prop::collection::vec(any::<u8>().prop_map(Routing::Weighted), 1..12),
        prop::collection::vec(Just(Routing::Multivalue), 1..12),
        Just(vec![
            region("tokyo"),
            region("mars"),
            region("oregon"),
            region("seoul")
        ]),
        Just(vec![Routing::Secondary, Routing::Primary]),
        Just(vec![area("*"), area("KR"), area("continent:AS")]),
    ];
    records.prop_flat_map(|records| {
        let healthy = prop::collection::vec(any::<bool>(), records.len());
        healthy.prop_map(move |healthy| (group(&records), healthy))
    })
}

proptest! {
    /// Nobody unhealthy is told while somebody healthy could be; and equal seeds draw alike.
    #[test]
    fn the_unhealthy_are_told_only_if_nobody_else_can_be((group, healthy) in any_group(), seed in any::<u64>()) {
        let place = place("AS/KR");
        let draw = || told(&group, &healthy, &place, &mut Stream::of(seed, "names"));
        let chosen = draw();
        prop_assert_eq!(&chosen, &draw());
        prop_assert!(!chosen.is_empty());
        let is_bad = chosen.iter().any(|at| !healthy[*at]);
        prop_assert!(!is_bad || healthy.iter().all(|is_healthy| !is_healthy));
    }
}
