//! Servers and resolvers of names: applications of a host.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use switchlab_balance::{Area, EndpointCheck, Routing};
use switchlab_dns::DnsName;
use switchlab_host::{
    AppError, DnsResolverConfig, DnsServerConfig, RecordCheck, RecordSet, Values, ZoneConfig,
};
use switchlab_topology::Region;

use crate::read::{Located, Problems, Section, nearest, one_of};
use crate::world::World;

/// How long it takes until a server of names knows what a node of a load balancer tells, unless the file says
/// otherwise.
const CONTROL_DELAY: Duration = Duration::from_secs(1);

/// How a record says what it tells, and who is told.
const VALUES: [&str; 3] = ["address", "cname", "alias"];
const POLICIES: [&str; 5] = ["weight", "region", "failover", "location", "multivalue"];

/// Which load balancers somebody hears of, and how long after they told.
pub(super) type Hears = Vec<(Arc<str>, Duration)>;

pub(super) fn dns_server(
    table: &mut Section<'_>,
    world: &World,
    hears: &mut Hears,
    problems: &mut Problems,
) -> Option<DnsServerConfig> {
    table.require(
        "zone",
        "the name of the zone it answers for, or several",
        problems,
    );
    let default = DnsServerConfig::default();
    let port = table.or("port", default.port, problems);
    let zones = table.list::<DnsName>("zone", problems);
    let negative_ttl = seconds(table, "negative_ttl", problems);
    let delay = table.or("control_delay", CONTROL_DELAY, problems);
    let mut records = Vec::new();
    let mut is_whole = zones.is_some();
    for mut table in table.sections("record", problems) {
        let read = record(&mut table, world, problems);
        table.finish(problems);
        is_whole &= read.is_some();
        records.extend(read);
    }
    for record in &records {
        if let Values::Balancer { name, .. } = &record.values
            && !hears.iter().any(|(heard, _)| heard == name)
        {
            hears.push((Arc::clone(name), delay));
        }
    }
    let zones = zones.into_iter().flatten().map(|zone| {
        let zone = ZoneConfig::new(zone.value);
        ZoneConfig {
            negative_ttl: negative_ttl.unwrap_or(zone.negative_ttl),
            ..zone
        }
    });
    let config = DnsServerConfig {
        port,
        zones: zones.collect(),
        records,
        geography: world.geography(),
    };
    is_whole.then_some(config)
}

fn record(table: &mut Section<'_>, world: &World, problems: &mut Problems) -> Option<RecordSet> {
    let name = table.required::<DnsName>("name", problems);
    let values = values(table, world, problems);
    let ttl = seconds(table, "ttl", problems);
    let routing = routing(table, problems);
    let check = health_check(table, values.as_ref(), problems);
    let values = values?;
    if let (Some(_), Values::Balancer { .. }) = (ttl, &values) {
        problems.helped(
            &table.place("ttl"),
            "an alias of a load balancer has the TTL of its addresses, which is 60 s",
            "not of its own",
            "leave it out",
        );
    }
    let record = RecordSet::new(name?.value, values);
    Some(RecordSet {
        ttl: ttl.unwrap_or(record.ttl),
        routing: routing?,
        check,
        ..record
    })
}

/// Says that of several keys only one may stand; gives back which does.
fn one_key(
    table: &Section<'_>,
    keys: &[&'static str],
    what: &str,
    problems: &mut Problems,
) -> Option<&'static str> {
    let there: Vec<_> = keys.iter().copied().filter(|key| table.has(key)).collect();
    if let [_, second, ..] = &*there {
        problems.helped(
            &table.place(second),
            format!("a record {what} in one way"),
            "another way",
            format!("write one of {}", one_of(keys.iter().copied())),
        );
    }
    there.first().copied()
}

/// Reads what a record tells.
fn values(table: &mut Section<'_>, world: &World, problems: &mut Problems) -> Option<Values> {
    if one_key(table, &VALUES, "says where a name is", problems).is_none() {
        problems.helped(
            &table.span,
            "a record says where a name is",
            "nowhere",
            format!("write one of {}", one_of(VALUES)),
        );
    }
    let addresses = table.list::<IpAddr>("address", problems);
    let cname = table.value::<DnsName>("cname", problems);
    let alias = table.value::<String>("alias", problems);
    let evaluates = table.value::<bool>("evaluate_target_health", problems);
    if let (Some(evaluates), None) = (&evaluates, &alias) {
        problems.helped(
            &evaluates.span,
            "only an alias of a load balancer has targets to be healthy",
            "of nobody",
            "write `alias = \"NAME\"` beside it, or leave it out",
        );
    }
    if let Some(addresses) = addresses {
        return Some(Values::Addresses(
            addresses.into_iter().map(|it| it.value).collect(),
        ));
    }
    if let Some(cname) = cname {
        return Some(Values::Cname(cname.value));
    }
    let Located { value: name, span } = alias?;
    let Some(nodes) = world.balancers().get(&name) else {
        let known = || world.balancers().keys().map(String::as_str);
        let help = match nearest(&name, known()) {
            Some(name) => format!("did you mean {name:?}?"),
            None if world.balancers().is_empty() => {
                "there is no node of kind `l7-switch`".to_owned()
            }
            None => format!("the load balancers are {}", one_of(known())),
        };
        let message = format!("there is no load balancer {name:?}");
        problems.helped(&span, message, "not in this lab", help);
        return None;
    };
    Some(Values::Balancer {
        name: name.into(),
        nodes: nodes.clone(),
        evaluates_target_health: evaluates.is_none_or(|it| it.value),
    })
}

/// Reads who is told of a record.
fn routing(table: &mut Section<'_>, problems: &mut Problems) -> Option<Routing> {
    let policy = one_key(table, &POLICIES, "is chosen", problems);
    let weight = table.value::<u8>("weight", problems);
    let region = table.value::<Region>("region", problems);
    let sides = [
        ("primary", Routing::Primary),
        ("secondary", Routing::Secondary),
    ];
    let failover = table.choice("failover", &sides, problems);
    let location = table.value::<Area>("location", problems);
    let multivalue = table.value::<bool>("multivalue", problems);
    match policy {
        None => Some(Routing::Simple),
        Some("weight") => Some(Routing::Weighted(weight?.value)),
        Some("region") => Some(Routing::Latency(region?.value.name.into())),
        Some("failover") => failover.map(|it| it.value),
        Some("location") => Some(Routing::Geolocation(location?.value)),
        Some(_) => Some(match multivalue?.value {
            true => Routing::Multivalue,
            false => Routing::Simple,
        }),
    }
}

/// Reads how the server looks whether what a record tells of is well: its one address, unless another is named.
fn health_check(
    table: &mut Section<'_>,
    values: Option<&Values>,
    problems: &mut Problems,
) -> Option<RecordCheck> {
    let mut table = table.section("health_check", problems)?;
    let default = EndpointCheck::default();
    let address = table
        .value::<Ipv4Addr>("address", problems)
        .map(|it| it.value);
    let port = table.or("port", 80, problems);
    let path = table.value::<String>("path", problems).map(|it| it.value);
    let interval = table.value::<Duration>("interval", problems);
    let threshold = table.value::<u32>("threshold", problems);
    table.finish(problems);
    let choices = [10, 30].map(Duration::from_secs);
    if let Some(interval) = interval.as_ref().filter(|it| !choices.contains(&it.value)) {
        problems.helped(
            &interval.span,
            "Route 53 checks every 10 s or every 30 s",
            "neither",
            "`interval` is \"10 s\" or \"30 s\"",
        );
    }
    if let Some(threshold) = threshold
        .as_ref()
        .filter(|it| !(1..=10).contains(&it.value))
    {
        problems.helped(
            &threshold.span,
            format!("a threshold of {} is out of range", threshold.value),
            "out of range",
            "`threshold` is 1 to 10",
        );
    }
    let own = match values {
        Some(Values::Addresses(addresses)) => match &addresses[..] {
            [IpAddr::V4(only)] => Some(*only),
            _ => None,
        },
        _ => None,
    };
    let Some(address) = address.or(own) else {
        problems.helped(
            &table.span,
            "nothing says whom to check",
            "no `address` here",
            "`address` is an IPv4 address; a record with one alone is checked there",
        );
        return None;
    };
    Some(RecordCheck {
        address,
        port,
        path,
        check: EndpointCheck {
            interval: interval.map_or(default.interval, |it| it.value),
            threshold: threshold.map_or(default.threshold, |it| it.value),
        },
    })
}

pub(super) fn dns_resolver(
    table: &mut Section<'_>,
    problems: &mut Problems,
) -> Option<DnsResolverConfig> {
    table.require(
        "zone",
        "a list of `{ name, servers }`: whom to ask",
        problems,
    );
    let default = DnsResolverConfig::default();
    let port = table.or("port", default.port, problems);
    let cache = table.or("cache", default.cache, problems);
    let mut zones = Vec::new();
    for mut zone in table.tables("zone", problems) {
        let name = zone.required::<DnsName>("name", problems);
        zone.require(
            "servers",
            "the addresses of those who answer for it",
            problems,
        );
        let servers = zone.list::<Ipv4Addr>("servers", problems);
        zone.finish(problems);
        let servers = servers.into_iter().flatten().map(|it| it.value).collect();
        zones.extend(name.map(|name| (name.value, servers)));
    }
    Some(DnsResolverConfig { port, zones, cache })
}

/// A duration in whole seconds, as DNS counts.
fn seconds(table: &mut Section<'_>, key: &'static str, problems: &mut Problems) -> Option<u32> {
    let duration = table.value::<Duration>(key, problems)?;
    let seconds = u32::try_from(duration.value.as_secs()).ok();
    let is_whole = duration.value.subsec_nanos() == 0;
    let seconds = seconds.filter(|seconds| is_whole && *seconds < 1 << 31);
    if seconds.is_none() {
        problems.helped(
            &duration.span,
            format!("`{key}` is counted in whole seconds, at most 2 147 483 647"),
            "not so",
            format!("`{key}` is a duration such as \"60 s\""),
        );
    }
    seconds
}

/// The place of what is wrong with a server of names: the first record of the name that is meant.
pub(super) fn server_place(table: &Section<'_>, error: &AppError) -> Option<Range<usize>> {
    let (AppError::NoZone { name: meant }
    | AppError::CnameAndMore { name: meant }
    | AppError::Addresses { name: meant }
    | AppError::Multivalue { name: meant }
    | AppError::Routing { name: meant, .. }) = error
    else {
        return None;
    };
    let ignored = &mut Problems::default();
    let records = table.clone().sections("record", ignored);
    records.into_iter().find_map(|mut record| {
        let name = record.value::<DnsName>("name", ignored)?;
        (name.value == *meant).then_some(name.span)
    })
}
