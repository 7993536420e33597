//! The lab file: a node for each application load balancer, a host for each of their targets.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use switchlab_balance::HealthCheck;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use super::Imported;
use super::account::Account;
use super::plan::Plan;
use super::quotas::Quota;
use super::targets::Addresses;
use super::write::{balancer, comment, group, quotas};
use super::write_rules::listener;

/// With more targets than this a lab has no hosts: nobody would read it.
const MOST_HOSTS: usize = 50;

/// The node that all others are plugged into.
const SWITCH: &str = "vpc";

/// Ends a run: nothing in the file does, for a client is the reader's to add.
const UNTIL: &str = "60 s";

/// Writes the lab of these plans.
pub(super) fn lab(
    account: &Account,
    plans: &[Plan<'_>],
    addresses: &Addresses,
    raised: &[Quota],
) -> Imported {
    let mut notes = account.notes.clone();
    let mut document = DocumentMut::new();
    document["until"] = value(UNTIL);
    let network = Network::of(plans, addresses);
    let mut nodes = Table::new();
    nodes.set_implicit(true);
    let mut ends = Vec::new();
    for (place, plan) in plans.iter().enumerate() {
        let name = &plan.balancer.name;
        let mut node = balancer(plan.balancer, network.balancer(place));
        if !raised.is_empty() {
            node["quotas"] = value(quotas(raised));
        }
        comment(node.decor_mut(), [&*plan.balancer.resource]);
        let mut listeners = ArrayOfTables::new();
        for (listening, config) in &plan.listeners {
            listeners.push(listener(listening, config));
        }
        if !listeners.is_empty() {
            node.insert("listener", Item::ArrayOfTables(listeners));
        }
        let mut groups = Table::new();
        groups.set_implicit(true);
        for it in &plan.groups {
            groups.insert(&it.name, Item::Table(group(it, addresses)));
        }
        if !groups.is_empty() {
            node.insert("target_group", Item::Table(groups));
        }
        nodes.insert(name, Item::Table(node));
        ends.push(name.clone());
    }
    let hosts = hosts(plans, addresses);
    if hosts.len() > MOST_HOSTS {
        notes.push(format!(
            "the {} targets are no hosts of the lab: more than {MOST_HOSTS} would be too much to read; \
             `switchlab route` does not miss them",
            hosts.len()
        ));
    } else if !hosts.is_empty() {
        for (address, host) in &hosts {
            let name = host.name(*address, &nodes);
            nodes.insert(&name, Item::Table(host.table(*address, &network)));
            ends.push(name);
        }
    }
    let mut links = ArrayOfTables::new();
    if ends.len() > 1 {
        let name = free_name(SWITCH, &nodes);
        let mut switch = Table::new();
        switch["kind"] = value("l2-switch");
        switch["ports"] = value(i64::try_from(ends.len()).unwrap_or(i64::MAX));
        comment(
            switch.decor_mut(),
            ["Everybody is next door to everybody: replies tell no subnets."],
        );
        nodes.insert(&name, Item::Table(switch));
        for end in &ends {
            let mut link = Table::new();
            let mut between = toml_edit::Array::new();
            between.push(end.as_str());
            between.push(name.as_str());
            link["between"] = value(between);
            links.push(link);
        }
    }
    document.insert("node", Item::Table(nodes));
    if !links.is_empty() {
        document.insert("link", Item::ArrayOfTables(links));
    }
    let listeners = plans.iter().flat_map(|plan| &plan.listeners);
    let listeners: Vec<String> = listeners
        .map(|(listening, _)| listening.name.clone())
        .collect();
    Imported {
        lab: introduction(&listeners) + &document.to_string(),
        listeners,
        notes,
    }
}

fn introduction(listeners: &[String]) -> String {
    let mut text = "# Imported from replies of `aws elbv2`. Times, states of targets and rules are the account's;\n\
                    # addresses of what is no IPv4 address there are made from its id.\n"
        .to_owned();
    if let Some(listener) = listeners.first() {
        text += "#\n#   switchlab route THIS_FILE --listener ";
        text += listener;
        text += " --request 'GET http://shop.example/'\n";
    }
    text + "\n"
}

/// One subnet for everybody: the smallest that holds all targets and the balancers.
struct Network {
    net: Ipv4Net,
    /// Addresses of the balancers: the last free ones that end in no more than 254, from the /24 of the
    /// last target downwards.
    balancers: Vec<Ipv4Addr>,
}

impl Network {
    fn of(plans: &[Plan<'_>], addresses: &Addresses) -> Self {
        let taken: BTreeSet<Ipv4Addr> = addresses.all().collect();
        let last = taken.last().copied().unwrap_or(Ipv4Addr::new(10, 0, 0, 1));
        let is_free = |address: &Ipv4Addr| {
            !taken.contains(address) && !matches!(address.octets()[3], 0 | 255)
        };
        let downwards = (0..=u32::from(last) | 255).rev().map(Ipv4Addr::from);
        let balancers: Vec<_> = downwards.filter(is_free).take(plans.len()).collect();
        let everybody = || taken.iter().chain(&balancers);
        let mut net = Ipv4Net::new(last, 24).expect("24 is a length").trunc();
        let fits = |net: &Ipv4Net| {
            everybody().all(|it| net.contains(it) && *it != net.network() && *it != net.broadcast())
        };
        while let Some(wider) = net.supernet().filter(|_| !fits(&net)) {
            net = wider;
        }
        Self { net, balancers }
    }

    fn with_length(&self, address: Ipv4Addr) -> String {
        format!("{address}/{}", self.net.prefix_len())
    }

    /// The address of the balancer at this place of the plans.
    fn balancer(&self, place: usize) -> String {
        self.with_length(self.balancers[place])
    }
}

/// A machine behind an address.
#[derive(Default)]
struct Host {
    id: String,
    /// Its ports: those that requests go to, and those of health checks.
    ports: BTreeMap<u16, Server>,
}

/// Who answers at a port.
#[derive(Default)]
struct Server {
    /// Whether it is unhealthy in the account: then there is nobody.
    is_silent: bool,
    /// The path of a health check to which 200 would be the wrong answer, and a right one.
    health: Option<(String, u16)>,
}

/// What a server answers where nothing else is said, and the highest status that it could.
const OK: u16 = 200;
const MOST_STATUS: u16 = 599;

impl Server {
    /// Lets it pass this health check, too.
    fn pass(&mut self, check: &HealthCheck) {
        let path = check.path.split('?').next().unwrap_or_default();
        let status = (OK..=MOST_STATUS).find(|status| check.matcher.matches(*status));
        if let Some(status) = status.filter(|status| *status != OK) {
            self.health.get_or_insert((path.to_owned(), status));
        }
    }
}

/// The machines that targets are, by their addresses.
fn hosts(plans: &[Plan<'_>], addresses: &Addresses) -> BTreeMap<Ipv4Addr, Host> {
    let mut hosts: BTreeMap<Ipv4Addr, Host> = BTreeMap::new();
    for group in plans.iter().flat_map(|plan| &plan.groups) {
        for target in &group.targets {
            let Some(place) = group.place(target, addresses) else {
                continue;
            };
            let host = hosts.entry(*place.ip()).or_default();
            target.id().clone_into(&mut host.id);
            let is_silent = target.state() == Some("unhealthy");
            let check = group.has_checks().then(|| group.health_check());
            let asked = check.as_ref().and_then(|check| check.port);
            for port in [place.port()].into_iter().chain(asked) {
                host.ports.entry(port).or_default().is_silent |= is_silent;
            }
            if let Some(check) = check {
                let port = asked.unwrap_or(place.port());
                host.ports.entry(port).or_default().pass(&check);
            }
        }
    }
    hosts
}

impl Host {
    /// What the host is called: the id of an instance, else by its address.
    fn name(&self, address: Ipv4Addr, nodes: &Table) -> String {
        let is_fine = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let name = match self.id.starts_with("i-") && self.id.chars().all(is_fine) {
            true => self.id.clone(),
            false => format!("target-{}", address.to_string().replace('.', "-")),
        };
        free_name(&name, nodes)
    }

    fn table(&self, address: Ipv4Addr, network: &Network) -> Table {
        let mut host = Table::new();
        host["kind"] = value("host");
        host["address"] = value(network.with_length(address));
        let mut servers = toml_edit::Array::new();
        for (port, known) in &self.ports {
            if known.is_silent {
                continue;
            }
            let mut server = toml_edit::InlineTable::new();
            server.insert("port", i64::from(*port).into());
            server.insert("body", format!("{} at port {port}", self.id).into());
            if let Some((path, status)) = &known.health {
                server.insert("health_path", path.as_str().into());
                server.insert("health_status", i64::from(*status).into());
            }
            let mut app = toml_edit::InlineTable::new();
            app.insert("http_server", server.into());
            if self.ports.len() > 1 {
                app.insert("name", format!("http_server-{port}").into());
            }
            servers.push(app);
        }
        let silent: Vec<String> = self
            .ports
            .iter()
            .filter(|(_, server)| server.is_silent)
            .map(|(port, _)| port.to_string())
            .collect();
        if !servers.is_empty() {
            host["app"] = value(servers);
        }
        if !silent.is_empty() {
            let silent = silent.join(", ");
            comment(
                host.decor_mut(),
                [&*format!(
                    "Unhealthy in the account: nobody answers at port {silent}."
                )],
            );
        }
        host
    }
}

/// The name, or the name with a number, so that no other node has it.
fn free_name(name: &str, nodes: &Table) -> String {
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names
        .find(|name| !nodes.contains_key(name))
        .expect("numbers have no end")
}
