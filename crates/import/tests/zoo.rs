//! Graphs of the Internet Topology Zoo (`zoo/README.md`): what is read is what falls apart as it should.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use switchlab_analysis::{UnGraph, cuts};
use switchlab_import::graphml::{self, Network};

/// What is known of a graph.
#[derive(Debug, PartialEq, Deserialize)]
struct Answer {
    nodes: usize,
    edges: usize,
    components: usize,
    cut_nodes: Vec<String>,
    bridges: Vec<[String; 2]>,
}

fn zoo(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/zoo")
        .join(file);
    fs::read_to_string(path).expect("it is in the zoo")
}

fn network(name: &str) -> Network {
    let file = format!("{name}.graphml");
    graphml::read(&zoo(&file), &file).expect("the zoo is GraphML")
}

fn answer(network: &Network) -> Answer {
    let mut graph = UnGraph::<&str, ()>::with_capacity(network.nodes.len(), network.edges.len());
    for node in &network.nodes {
        graph.add_node(&node.id);
    }
    for edge in &network.edges {
        let [a, b] = edge.ends.map(|end| (end as u32).into());
        graph.add_edge(a, b, ());
    }
    let found = cuts(&graph);
    let mut cut_nodes: Vec<_> = found
        .nodes
        .iter()
        .map(|node| graph[*node].to_owned())
        .collect();
    cut_nodes.sort();
    let mut bridges = Vec::new();
    for bridge in found.bridges {
        let (a, b) = graph.edge_endpoints(bridge).expect("it is in the graph");
        let mut ends = [a, b].map(|end| graph[end].to_owned());
        ends.sort();
        bridges.push(ends);
    }
    bridges.sort();
    Answer {
        nodes: network.nodes.len(),
        edges: network.edges.len(),
        components: found.components,
        cut_nodes,
        bridges,
    }
}

#[test]
fn every_graph_of_the_zoo_falls_apart_where_it_is_known_to() {
    let known: BTreeMap<String, Answer> =
        serde_json::from_str(&zoo("answers.json")).expect("answers");
    assert_eq!(known.len(), 30);
    for (name, expected) in known {
        assert_eq!(answer(&network(&name)), expected, "{name}");
    }
}

/// Labels, places and speeds are read where a graph has them.
#[test]
fn what_a_graph_tells_of_nodes_and_edges_is_read() {
    let esnet = network("Esnet");
    assert_eq!(esnet.name.as_deref(), Some("ESnet"));
    let vision = network("VisionNet");
    let glasgow = &vision.nodes[0];
    assert_eq!(
        (&*glasgow.id, glasgow.label.as_deref()),
        ("0", Some("Glasgow"))
    );
    let place = glasgow.place.expect("it has one");
    assert_eq!((place.latitude, place.longitude), (48.19696, -106.63671));
    assert_eq!(
        vision.nodes[10].place, None,
        "the network of somebody else stands nowhere"
    );
    let speeds: Vec<_> = network("Abilene")
        .edges
        .iter()
        .map(|edge| edge.speed)
        .collect();
    let geant: Vec<_> = network("Geant2012")
        .edges
        .iter()
        .filter_map(|edge| edge.speed)
        .collect();
    assert!(
        speeds.iter().all(Option::is_none),
        "labels such as \"OC-192c\" are no numbers"
    );
    assert!(geant.contains(&155e6) && geant.contains(&1e10), "{geant:?}");
}
