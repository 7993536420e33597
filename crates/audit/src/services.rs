//! Services, and the single nodes and links that they cannot do without.
//!
//! A service is what a client asks for, or what a balancer offers. Whether it is answered is asked of the graph with
//! its addresses: once as it is, and once without each part on the way that was found. A part that is not on that way
//! is none that the service cannot do without.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use serde::Serialize;
use switchlab_dns::{DnsName, PORT};
use switchlab_host::{AppConfig, AppKind, HttpClientConfig, HttpUrl, UrlServers};
use switchlab_l4::ServiceProtocol;
use switchlab_l7::{Action, Advisor, L7Config, ListenerConfig, Taker};
use switchlab_scenario::{Scenario, Switch};

use crate::fabric::Part;
use crate::ways::Ways;
use crate::{Finding, Kind, Outline, names};

/// How many balancers may stand behind each other.
const MOST_TIERS: usize = 4;

/// How many services are told of in one finding.
const MOST_TOLD: usize = 3;

/// A service, and what it cannot do without.
///
/// As JSON: an object of these fields; what does not apply is null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Service {
    /// Who asks: the node, or `NODE.APP` where it has several clients. None if it is what a balancer offers, whoever asks.
    pub client: Option<String>,
    /// What is asked for: a URL, an address, or the name of a listener or service of a balancer.
    pub asks: String,
    /// Whether the graph has a way to an answer and back as it is.
    pub answered: bool,
    /// Why not, in a sentence.
    pub because: Option<String>,
    /// The nodes each of which leaves the service without an answer when it is gone, in the order of their text; without the
    /// client's own.
    pub nodes: Vec<String>,
    /// The links each of which does, by their ends; in the order of their text.
    pub links: Vec<[String; 2]>,
}

/// What is asked of a server.
#[derive(Clone, Copy)]
enum Asked<'a> {
    Echo,
    Datagram,
    /// A request as HTTP has it.
    Http(&'a [u8]),
    /// Where a name is.
    Name(&'a DnsName),
    /// Anything at all of whoever listens.
    Any,
}

/// What was found of a service: the parts of one way, or why there is none.
type Found = Result<BTreeSet<Part>, String>;

/// All services of a lab: what clients ask for, in the order of nodes and applications, then what balancers offer.
pub(crate) fn services(lab: &Scenario) -> Vec<Service> {
    let ways = Ways::of(lab);
    let seeker = Seeker { lab, ways: &ways };
    let mut services = Vec::new();
    for host in &lab.hosts {
        let Some(node) = lab.plan.find(&host.name) else {
            continue;
        };
        for app in &host.apps {
            let name = lab.directory.client_name(node, &app.name);
            for (asks, answer) in seeker.asked(node.index(), app) {
                services.push(seeker.judge(Some(&name), Some(node.index()), asks, &*answer));
            }
        }
    }
    let mut known = BTreeSet::new();
    for balancer in &lab.balancers {
        let config = &balancer.config;
        if !known.insert(&config.load_balancer.name) {
            continue;
        }
        for listener in &config.listeners {
            let asks = format!("{}:{}", config.load_balancer.name, listener.port);
            services.push(seeker.judge(None, None, asks, &|gone| {
                seeker.offered(config, listener, gone)
            }));
        }
    }
    for (name, switch) in &lab.switches {
        let (Switch::L4(config), Some(node)) = (switch, lab.plan.find(name)) else {
            continue;
        };
        for service in &config.services {
            let asks = format!("{name}.{}", service.name);
            let targets: Vec<_> = service
                .backends
                .iter()
                .filter(|it| it.weight > 0)
                .map(|it| it.address)
                .collect();
            let asked = datagrams(service.protocol);
            services.push(seeker.judge(None, None, asks, &|gone| {
                seeker.any(node.index(), &targets, asked, &[], MOST_TIERS, gone)
            }));
        }
    }
    services
}

/// What a service of this protocol is asked.
fn datagrams(protocol: ServiceProtocol) -> Asked<'static> {
    match protocol {
        ServiceProtocol::Udp => Asked::Datagram,
        ServiceProtocol::Tcp => Asked::Any,
    }
}

/// Whether a question is answered when a part is gone.
type Answer<'a> = dyn Fn(Option<Part>) -> Found + 'a;

struct Seeker<'a> {
    lab: &'a Scenario,
    ways: &'a Ways<'a>,
}

impl<'a> Seeker<'a> {
    /// What an application asks for, if it asks.
    fn asked(&'a self, node: usize, app: &'a AppConfig) -> Vec<(String, Box<Answer<'a>>)> {
        match &app.kind {
            AppKind::HttpClient(client) => {
                let mut urls: Vec<&HttpUrl> = client.urls.iter().collect();
                urls.sort_by(|a, b| a.text.cmp(&b.text));
                urls.dedup();
                let ask = |url: &'a HttpUrl| {
                    let request = request(client, url);
                    let (name, servers) = self.servers(url);
                    let resolvers = client.resolvers.iter();
                    let resolvers: Vec<_> = resolvers
                        .map(|it| SocketAddr::new((*it).into(), PORT))
                        .collect();
                    let answer = move |gone| {
                        let mut way = BTreeSet::new();
                        if let Some(name) = name {
                            let name = Asked::Name(name);
                            way = self.any(node, &resolvers, name, &[], MOST_TIERS, gone)?;
                        }
                        let request = Asked::Http(&request);
                        way.extend(self.any(node, &servers, request, &[], MOST_TIERS, gone)?);
                        Ok(way)
                    };
                    (url.text.to_string(), Box::new(answer) as Box<Answer<'a>>)
                };
                urls.into_iter().map(ask).collect()
            }
            AppKind::Ping(ping) => {
                let target = SocketAddr::new(ping.target.into(), 0);
                let answer =
                    move |gone| self.any(node, &[target], Asked::Echo, &[], MOST_TIERS, gone);
                vec![(format!("ping {}", ping.target), Box::new(answer))]
            }
            AppKind::UdpSource(source) => {
                let target = SocketAddr::V4(source.target);
                let answer =
                    move |gone| self.any(node, &[target], Asked::Datagram, &[], MOST_TIERS, gone);
                vec![(format!("udp {target}"), Box::new(answer))]
            }
            _ => Vec::new(),
        }
    }

    /// Where a URL's host may be; and its name, if somebody has to be asked.
    fn servers(&self, url: &'a HttpUrl) -> (Option<&'a DnsName>, Vec<SocketAddr>) {
        match &url.servers {
            UrlServers::At(servers) => (None, servers.iter().copied().map(Into::into).collect()),
            UrlServers::Named(name, port) => {
                let addresses = names::addresses(self.lab, name).into_iter();
                let servers = addresses.map(|address| SocketAddr::new(address, *port));
                (Some(name), servers.collect())
            }
        }
    }

    /// Finds the parts without each of which there is no answer.
    fn judge(
        &self,
        client: Option<&str>,
        own: Option<usize>,
        asks: String,
        answer: &Answer<'_>,
    ) -> Service {
        let mut service = Service {
            client: client.map(str::to_owned),
            asks,
            answered: true,
            because: None,
            nodes: Vec::new(),
            links: Vec::new(),
        };
        let way = match answer(None) {
            Ok(way) => way,
            Err(because) => {
                (service.answered, service.because) = (false, Some(because));
                return service;
            }
        };
        let outline = Outline::from(&self.lab.plan);
        for part in way {
            if own.map(Part::Node) == Some(part) || answer(Some(part)).is_ok() {
                continue;
            }
            match part {
                Part::Node(node) => service.nodes.push(outline.nodes[node].clone()),
                Part::Link(link) => service.links.push(outline.pair(outline.links[link])),
            }
        }
        service.nodes.sort();
        service.links.sort();
        service.links.dedup();
        service
    }

    /// Whether any of these answers a node. Answers go back to it, or to one of the addresses `back`.
    fn any(
        &self,
        from: usize,
        servers: &[SocketAddr],
        asked: Asked<'_>,
        back: &[IpAddr],
        tiers: usize,
        gone: Option<Part>,
    ) -> Found {
        let mut why = Err("there is nobody to ask".to_owned());
        for server in servers {
            let found = self.one(from, *server, asked, back, tiers, gone);
            if found.is_ok() {
                return found;
            }
            why = found;
        }
        why
    }

    fn one(
        &self,
        from: usize,
        server: SocketAddr,
        asked: Asked<'_>,
        back: &[IpAddr],
        tiers: usize,
        gone: Option<Part>,
    ) -> Found {
        let asker = &self.lab.directory.nodes[from];
        let address = server.ip();
        let owner = self
            .ways
            .owner(address)
            .ok_or_else(|| format!("nobody has the address {address}"))?;
        let to = &self.lab.directory.nodes[owner];
        let mut parts = self
            .ways
            .way(from, address, gone)
            .ok_or_else(|| format!("{asker} has no way to {address}, which is {to}"))?;
        let own = self.ways.source(from, address);
        let returns = || own.iter().chain(back);
        let way = returns().find_map(|it| self.ways.way(owner, *it, gone));
        if owner != from {
            parts.extend(way.ok_or_else(|| format!("{to} has no way back to {asker}"))?);
        }
        let back: Vec<_> = returns().copied().collect();
        parts.extend(self.served(owner, server, asked, &back, tiers, gone)?);
        Ok(parts)
    }

    /// Whether a node answers what has come to one of its addresses.
    fn served(
        &self,
        node: usize,
        server: SocketAddr,
        asked: Asked<'_>,
        back: &[IpAddr],
        tiers: usize,
        gone: Option<Part>,
    ) -> Found {
        let name = &self.lab.directory.nodes[node];
        let nothing = Ok(BTreeSet::new());
        let port = server.port();
        if matches!(asked, Asked::Echo) {
            return nothing;
        }
        let tiers = tiers.checked_sub(1).ok_or_else(|| {
            format!("too many balancers stand one behind another, {name} the last")
        })?;
        if let Some(host) = self.lab.hosts.iter().find(|it| it.name == *name) {
            let answers = |app: &AppConfig| match (&app.kind, asked) {
                (AppKind::HttpServer(server), Asked::Http(_) | Asked::Any) => server.port == port,
                (AppKind::UdpEcho(echo), Asked::Datagram | Asked::Any) => echo.port == port,
                (AppKind::DnsServer(server), Asked::Name(name)) => {
                    server.port == port && names::answers_for(server, name)
                }
                _ => false,
            };
            if let Asked::Name(asked_for) = asked
                && let Some(resolver) = host.apps.iter().find_map(|app| match &app.kind {
                    AppKind::DnsResolver(resolver) if resolver.port == port => Some(resolver),
                    _ => None,
                })
            {
                let servers = names::asks(resolver, asked_for).into_iter();
                let servers: Vec<_> = servers.map(|it| SocketAddr::new(it, PORT)).collect();
                return self.any(node, &servers, asked, &[], tiers, gone);
            }
            return match host.apps.iter().any(answers) {
                true => nothing,
                false => Err(format!("nothing on {name} answers at port {port}")),
            };
        }
        if let Some(balancer) = self.lab.balancers.iter().find(|it| it.config.name == *name) {
            let config = &balancer.config;
            let listener = config.listeners.iter().find(|it| it.port == port);
            let listener =
                listener.ok_or_else(|| format!("{name} has no listener at port {port}"))?;
            return match self.targets(config, listener, asked, back) {
                None => nothing,
                Some(targets) => self.any(node, &targets, asked, &[], tiers, gone),
            };
        }
        if let Some(Switch::L4(config)) = self.lab.switches.get(name) {
            let is_asked = |it: &&switchlab_l4::ServiceConfig| {
                it.address == server
                    && (it.protocol == ServiceProtocol::Udp) == matches!(asked, Asked::Datagram)
            };
            let service = config.services.iter().find(is_asked);
            let service = service.ok_or_else(|| format!("{name} has no service at {server}"))?;
            let alive = service.backends.iter().filter(|it| it.weight > 0);
            let targets: Vec<_> = alive.map(|it| it.address).collect();
            return self.any(node, &targets, asked, back, tiers, gone);
        }
        Err(format!("nothing on {name} answers at port {port}"))
    }

    /// The targets that a listener has for a request; `None` if it answers by itself.
    fn targets(
        &self,
        config: &L7Config,
        listener: &ListenerConfig,
        asked: Asked<'_>,
        back: &[IpAddr],
    ) -> Option<Vec<SocketAddr>> {
        let actions: Vec<&Action> = match (asked, Advisor::new(config.clone())) {
            (Asked::Http(request), Ok(advisor)) => {
                let from = back
                    .first()
                    .copied()
                    .unwrap_or(IpAddr::from([192, 0, 2, 1]));
                let route = advisor.route(listener.port, from, request)?;
                match route.rule? {
                    Taker::Default => vec![&listener.default],
                    Taker::Rule(priority) => {
                        let mut rules = listener.rules.iter();
                        rules
                            .find(|it| it.priority == priority)
                            .map(|it| &it.action)
                            .into_iter()
                            .collect()
                    }
                }
            }
            _ => {
                let rules = listener.rules.iter().map(|it| &it.action);
                rules.chain([&listener.default]).collect()
            }
        };
        let mut targets = BTreeSet::new();
        for action in actions {
            // An answer of its own needs nobody.
            let Action::Forward(forward) = action else {
                return None;
            };
            let used = forward.shares.iter().filter(|it| it.weight != Some(0));
            let groups = used.filter_map(|share| {
                config
                    .groups
                    .iter()
                    .find(|it| it.config.name == share.group)
            });
            targets.extend(
                groups.flat_map(|it| it.config.targets.iter().map(|target| target.address)),
            );
        }
        Some(targets.into_iter().collect())
    }

    /// Whether a node of a load balancer has anybody to ask for a listener.
    fn offered(&self, config: &L7Config, listener: &ListenerConfig, gone: Option<Part>) -> Found {
        let name = &config.load_balancer.name;
        let nodes = self
            .lab
            .balancers
            .iter()
            .filter(|it| it.config.load_balancer.name == *name);
        let mut why = Err(format!("{name} has no node"));
        for node in nodes {
            let Some(id) = self.lab.plan.find(&node.config.name) else {
                continue;
            };
            let own = Part::Node(id.index());
            if gone == Some(own) {
                continue;
            }
            let found = match self.targets(&node.config, listener, Asked::Any, &[]) {
                None => Ok(BTreeSet::new()),
                Some(targets) => self.any(id.index(), &targets, Asked::Any, &[], MOST_TIERS, gone),
            };
            if let Ok(mut parts) = found {
                parts.insert(own);
                return Ok(parts);
            }
            why = found;
        }
        why
    }
}

/// The octets that a client would send.
fn request(client: &HttpClientConfig, url: &HttpUrl) -> Vec<u8> {
    let mut text = format!(
        "{} {} HTTP/1.1\r\nHost: {}\r\n",
        client.method, url.target, url.host
    );
    for (name, value) in &client.headers {
        text += &format!("{name}: {value}\r\n");
    }
    if !client.body.is_empty() {
        text += &format!("Content-Length: {}\r\n", client.body.len());
    }
    let mut octets = (text + "\r\n").into_bytes();
    octets.extend_from_slice(&client.body);
    octets
}

/// A finding for each part without which some client gets no answer: nodes in the order of their text, then links.
pub(crate) fn single_points(services: &[Service]) -> Vec<Finding> {
    let asked: Vec<_> = services
        .iter()
        .filter_map(|it| Some((it.client.as_deref()?, it)))
        .collect();
    let nodes: BTreeSet<_> = asked.iter().flat_map(|(_, it)| &it.nodes).collect();
    let links: BTreeSet<_> = asked.iter().flat_map(|(_, it)| &it.links).collect();
    let told = |is_meant: &dyn Fn(&Service) -> bool| {
        let meant = asked.iter().filter(|(_, it)| is_meant(it));
        let tell =
            |(client, it): &(&str, &Service)| format!("{client} gets no answer from {}", it.asks);
        let mut all: Vec<_> = meant.map(tell).collect();
        let more = all.len().saturating_sub(MOST_TOLD);
        all.truncate(MOST_TOLD);
        if more > 0 {
            all.push(format!("and {more} more"));
        }
        all.join(", ")
    };
    let nodes = nodes.into_iter().map(|node| Finding {
        because: format!("without {node}, {}", told(&|it| it.nodes.contains(node))),
        remedy: format!("put a second one beside {node}, and let those who ask know both"),
        ..Finding::about(Kind::SinglePointOfFailure, node)
    });
    let links = links.into_iter().map(|link| Finding {
        link: Some(link.clone()),
        because: format!(
            "without the link {}, {}",
            link.join(" - "),
            told(&|it| it.links.contains(link))
        ),
        remedy: "lay a second link, or a way round".to_owned(),
        ..Finding::about(Kind::SinglePointOfFailure, &link[0])
    });
    nodes.chain(links).collect()
}
