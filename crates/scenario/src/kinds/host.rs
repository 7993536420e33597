//! `kind = "host"`: interfaces, and the applications on them.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::ops::Range;
use std::sync::Arc;

use switchlab_host::{
    AppConfig, AppError, AppKind, Host, HostConfig, HostError, HttpClientConfig, HttpServerConfig,
    HttpUrl, PingConfig, SocketsConfig, UdpEchoConfig, UdpSinkConfig, UdpSourceConfig,
};

use super::names::{Hears, dns_resolver, dns_server, server_place};
use super::station::station;
use super::{Context, Machine, Role};
use crate::names;
use crate::read::{Located, Problems, Section, Size, Url, one_of};
use crate::settings::NodeSettings;
use crate::world::World;

const KINDS: [&str; 8] = [
    "http_server",
    "http_client",
    "ping",
    "udp_echo",
    "udp_sink",
    "udp_source",
    "dns_server",
    "dns_resolver",
];

pub(super) fn host(section: &mut Section<'_>, context: &mut Context<'_>) -> Option<Machine> {
    let station = station(section, SocketsConfig::default(), context);
    let resolvers = section.list::<Ipv4Addr>("resolver", context.problems);
    let resolvers: Vec<_> = resolvers.into_iter().flatten().map(|it| it.value).collect();
    let mut is_whole = true;
    let mut hears = Hears::new();
    let mut reader = Reader {
        resolvers: &resolvers,
        world: context.world,
        hears: &mut hears,
    };
    let (apps, tables) = apps(section, &mut reader, &mut is_whole, context.problems);
    let station = station?;
    let config = HostConfig {
        name: Arc::clone(&context.name),
        station: station.config,
        apps,
        seed: context.seed,
    };
    let errors = errors(&config);
    for error in &errors {
        context.refused(&place(error, &config, &tables, section), error);
    }
    // Of a host that is not whole nobody can say what it lacks.
    if !errors.is_empty() || !is_whole {
        return None;
    }
    let clients = config.apps.iter().filter_map(client).collect();
    let congestion_control = Some(config.station.sockets.congestion_control);
    let settings = Some(NodeSettings::Host(config.clone()));
    let make = move || Host::new(config.clone()).expect("one was made when the file was read");
    Some(Machine {
        addresses: station.addresses,
        clients,
        hears,
        congestion_control,
        role: Role::Host,
        settings,
        ..Machine::new(make)
    })
}

/// How often an application asks, if it asks others: HTTP clients and pings.
fn client(app: &AppConfig) -> Option<(Arc<str>, Option<u64>)> {
    let count = match &app.kind {
        AppKind::HttpClient(client) => client.count,
        AppKind::Ping(ping) => ping.count,
        _ => return None,
    };
    Some((Arc::clone(&app.name), count))
}

/// All that is not right with a host: its applications each by itself, and then together.
fn errors(config: &HostConfig) -> Vec<HostError> {
    let alone = |app: &AppConfig| {
        let apps = vec![app.clone()];
        Host::new(HostConfig {
            apps,
            ..config.clone()
        })
        .err()
    };
    let mut errors: Vec<_> = config.apps.iter().filter_map(alone).collect();
    if errors.is_empty() {
        errors.extend(Host::new(config.clone()).err());
    }
    errors
}

/// The place of what is wrong with a host.
fn place(
    error: &HostError,
    config: &HostConfig,
    tables: &[Section<'_>],
    section: &Section<'_>,
) -> Range<usize> {
    let HostError::App { app, source } = error else {
        return section.span.clone();
    };
    let Some(at) = config.apps.iter().position(|other| other.name == *app) else {
        return section.span.clone();
    };
    let table = &tables[at];
    if let Some(place) = server_place(table, source) {
        return place;
    }
    let key = match source {
        AppError::PortZero | AppError::PortTaken { .. } => "port",
        AppError::Status { status } => match &config.apps[at].kind {
            AppKind::HttpServer(server) if server.status != *status => "health_status",
            _ => "status",
        },
        AppError::Field(_) if !table.has("headers") => "content_type",
        AppError::Field(_) | AppError::Reserved { .. } => "headers",
        AppError::Request { .. } if table.has("method") => "method",
        AppError::Request { .. } | AppError::NoUrl | AppError::NoAddress => "url",
        AppError::NoConcurrency => "concurrency",
        AppError::Endless | AppError::NoInterval => "every",
        AppError::TooLong { .. } => "size",
        AppError::NoCache => "cache",
        _ => return table.span.clone(),
    };
    table.place(key)
}

/// What reading an application needs besides its table.
struct Reader<'r> {
    /// Whom the host asks for names.
    resolvers: &'r [Ipv4Addr],
    world: &'r World,
    hears: &'r mut Hears,
}

/// Reads the applications, each with the table of its settings, and notes if one cannot be read.
fn apps<'a>(
    section: &mut Section<'a>,
    reader: &mut Reader<'_>,
    is_whole: &mut bool,
    problems: &mut Problems,
) -> (Vec<AppConfig>, Vec<Section<'a>>) {
    let (mut apps, mut tables) = (Vec::new(), Vec::new());
    let mut names = BTreeSet::new();
    for mut table in section.sections("app", problems) {
        let name = table.value::<String>("name", problems);
        let kinds: Vec<_> = KINDS.into_iter().filter(|kind| table.has(kind)).collect();
        let read = kinds.first().and_then(|kind| {
            let mut settings = table.section(kind, problems)?;
            let read = app(kind, &mut settings, reader, problems);
            settings.finish(problems);
            read.map(|read| (read, settings))
        });
        KINDS.into_iter().for_each(|kind| table.ignore(kind));
        let all_known = table.finish(problems);
        if kinds.len() > 1 || kinds.is_empty() && all_known {
            problems.helped(
                &table.span,
                "an application is of one kind",
                if kinds.is_empty() {
                    "of none"
                } else {
                    "of several"
                },
                format!("write one of {}", one_of(KINDS)),
            );
        }
        let Some((kind, settings)) = read else {
            *is_whole = false;
            continue;
        };
        let (name, span) = match name {
            Some(Located { value, span }) => (value, span),
            None => (kind.name().to_owned(), table.span.clone()),
        };
        names::judge(&name, &span, problems);
        if !names.insert(name.clone()) {
            problems.helped(
                &span,
                format!("another application here is called {name:?}"),
                "taken",
                "give it a name of its own, as in `{ name = \"second\", … }`",
            );
            *is_whole = false;
            continue;
        }
        apps.push(AppConfig::new(kind).named(name));
        tables.push(settings);
    }
    (apps, tables)
}

fn app(
    kind: &str,
    table: &mut Section<'_>,
    reader: &mut Reader<'_>,
    problems: &mut Problems,
) -> Option<AppKind> {
    Some(match kind {
        "http_server" => http_server(table, problems).into(),
        "http_client" => http_client(table, reader.resolvers, problems)?.into(),
        "ping" => {
            let target = table.required::<Ipv4Addr>("target", problems);
            let mut ping = PingConfig::new(target.map_or(Ipv4Addr::UNSPECIFIED, |it| it.value));
            ping.count = count(table, problems);
            ping.every = table.or("every", ping.every, problems);
            ping.timeout = table.or("timeout", ping.timeout, problems);
            ping.size = size(table, ping.size, problems);
            ping.start = table.or("start", ping.start, problems);
            (!ping.target.is_unspecified()).then_some(ping)?.into()
        }
        "dns_server" => dns_server(table, reader.world, reader.hears, problems)?.into(),
        "dns_resolver" => dns_resolver(table, problems)?.into(),
        "udp_echo" => {
            let port = table.or("port", UdpEchoConfig::default().port, problems);
            UdpEchoConfig { port }.into()
        }
        "udp_sink" => {
            let port = table.or("port", UdpSinkConfig::default().port, problems);
            UdpSinkConfig { port }.into()
        }
        _ => {
            let target = table.required::<SocketAddrV4>("target", problems);
            let nobody = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0);
            let mut source = UdpSourceConfig::new(target.map_or(nobody, |it| it.value));
            source.port = table.value("port", problems).map(|port| port.value);
            source.count = count(table, problems);
            source.every = table.or("every", source.every, problems);
            source.size = size(table, source.size, problems);
            source.start = table.or("start", source.start, problems);
            (source.target != nobody).then_some(source)?.into()
        }
    })
}

fn http_server(table: &mut Section<'_>, problems: &mut Problems) -> HttpServerConfig {
    let default = HttpServerConfig::default();
    let headers = table.section("headers", problems);
    let headers = headers.map(|headers| headers.all::<String>(problems));
    HttpServerConfig {
        port: table.or("port", default.port, problems),
        status: table.or("status", default.status, problems),
        body: table.or("body", String::new(), problems).into(),
        content_type: table.or("content_type", default.content_type, problems),
        headers: headers.unwrap_or_default(),
        delay: table.or("delay", default.delay, problems),
        health_path: table.value("health_path", problems).map(|path| path.value),
        health_status: table.or("health_status", default.health_status, problems),
    }
}

fn http_client(
    table: &mut Section<'_>,
    resolvers: &[Ipv4Addr],
    problems: &mut Problems,
) -> Option<HttpClientConfig> {
    table.require(
        "url",
        "whom to ask, as in \"http://10.0.1.10/\"; several are taken in turn",
        problems,
    );
    let default = HttpClientConfig::default();
    let urls = urls(table, resolvers, problems);
    let headers = table.section("headers", problems);
    let headers = headers.map(|headers| headers.all::<String>(problems));
    let client = HttpClientConfig {
        urls,
        resolvers: resolvers.to_vec(),
        count: count(table, problems),
        every: table.value("every", problems).map(|every| every.value),
        concurrency: table
            .value("concurrency", problems)
            .map(|limit| limit.value),
        start: table.or("start", default.start, problems),
        keep_alive: table.or("keep_alive", default.keep_alive, problems),
        cookies: table.or("cookies", default.cookies, problems),
        timeout: table.or("timeout", default.timeout, problems),
        address_timeout: table.or("address_timeout", default.address_timeout, problems),
        method: table.or("method", default.method, problems),
        headers: headers.unwrap_or_default(),
        body: table.or("body", String::new(), problems).into(),
    };
    (!client.urls.is_empty()).then_some(client)
}

/// Reads `url` and `addresses`: where the names of the URLs are, unless a resolver is asked.
fn urls(table: &mut Section<'_>, resolvers: &[Ipv4Addr], problems: &mut Problems) -> Vec<HttpUrl> {
    let urls = table.list::<Url>("url", problems).unwrap_or_default();
    let addresses = table.list::<Ipv4Addr>("addresses", problems);
    let named = urls
        .iter()
        .find_map(|url| Some((url.value.name()?, &url.span)));
    match (named, &addresses) {
        (Some((name, span)), None) if resolvers.is_empty() => problems.helped(
            span,
            format!("nothing says who {name:?} is"),
            "no address",
            "write `resolver = \"10.0.0.53\"` at the node, or `addresses = [\"10.0.1.10\"]` beside the URL, or the address in its place",
        ),
        (None, Some(addresses)) if !urls.is_empty() => {
            let place = addresses.first().map_or_else(|| table.place("addresses"), |it| it.span.clone());
            problems.helped(
                &place,
                "`addresses` says where a name is, and `url` has none",
                "of nobody",
                "write a name in the URL, as in \"http://shop.example/\"",
            );
        }
        (Some(_), Some(addresses)) if addresses.is_empty() => problems.helped(
            &table.place("addresses"),
            "`addresses` is empty",
            "nobody",
            "one address at least would be right, as in `addresses = [\"10.0.1.10\"]`",
        ),
        _ => {}
    }
    let urls = urls.into_iter().map(|url| url.value);
    let Some(addresses) = addresses else {
        let can_be_found = |url: &Url| !resolvers.is_empty() || url.name().is_none();
        return urls.filter(can_be_found).map(Url::asked_for).collect();
    };
    let addresses: Vec<_> = addresses.into_iter().map(|it| it.value).collect();
    let known = urls.filter(|url| !addresses.is_empty() || url.name().is_none());
    known.map(|url| url.at(&addresses)).collect()
}

/// How often somebody asks; once at least.
fn count(table: &mut Section<'_>, problems: &mut Problems) -> Option<u64> {
    let count = table.value::<u64>("count", problems)?;
    if count.value == 0 {
        problems.helped(
            &count.span,
            "a count of 0 asks for nothing",
            "nothing",
            "`count` is 1 or more; without it there is no end",
        );
    }
    Some(count.value)
}

fn size(table: &mut Section<'_>, default: usize, problems: &mut Problems) -> usize {
    let Size(size) = table.or("size", Size(default as u64), problems);
    usize::try_from(size).unwrap_or(usize::MAX)
}
